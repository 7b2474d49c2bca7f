#!/bin/sh
# The release binary: .build/release/dunlin, with Swift's libraries and zlib inside where they are there to be linked so.
#
#   scripts/build.sh [--enable-all-traits]
#
# With the traits it needs zlib's headers: installed when this runs as root on a Debian system, explained otherwise.
set -eu
cd "$(dirname "$0")/.."
case " $* " in
*traits*)
    scripts/install-build-dependencies.sh
    archive=$(clang -print-file-name=libz.a 2>/dev/null || true)
    [ ! -f "$archive" ] || export DUNLIN_STATIC_ZLIB=1
    ;;
esac
exec swift build -c release --static-swift-stdlib -Xlinker -s -Xlinker --gc-sections --product dunlin "$@"
