#!/bin/sh
# The release binary, .build/release/dunlin, or another product beside it, with Swift's and the traits' libraries inside
# where they are there to be linked so.
#
#   scripts/build.sh [--enable-all-traits] [--product NAME]
#
# With the traits it needs the headers of zlib, nghttp2 and OpenSSL: installed when this runs as root on a Debian system, explained otherwise.
set -eu
cd "$(dirname "$0")/.."
case " $* " in
*traits*)
    scripts/install-build-dependencies.sh
    export DUNLIN_STATIC_LIBRARIES=1
    for library in z nghttp2 ssl crypto; do
        [ -f "$(clang -print-file-name=lib$library.a 2>/dev/null)" ] || unset DUNLIN_STATIC_LIBRARIES
    done
    ;;
esac
case " $* " in
*" --product "*) ;;
*) set -- --product dunlin "$@" ;;
esac
exec scripts/swift-build.sh -c release --static-swift-stdlib -Xlinker -s -Xlinker --gc-sections "$@"
