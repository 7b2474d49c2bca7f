#!/bin/sh
# What the package's traits need beyond Swift: the headers and libraries of zlib, nghttp2 and OpenSSL. Does nothing when
# they are there.
set -eu

# The toolchain's own compiler says whether it finds them.
missing=
needs() {
    echo "#include <$1>" | clang -x c -E - >/dev/null 2>&1 || missing="$missing $2"
}
needs zlib.h zlib1g-dev
needs nghttp2/nghttp2.h libnghttp2-dev
needs openssl/ssl.h libssl-dev
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing:$missing"
    # Another program may be installing, and a mirror may stumble.
    patience="-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
    # shellcheck disable=SC2086 # one word for each option and package
    apt-get $patience update -qq
    # shellcheck disable=SC2086
    DEBIAN_FRONTEND=noninteractive apt-get $patience install -y -qq --no-install-recommends $missing >/dev/null
    exit 0
fi
cat >&2 <<TEXT
Headers are missing:$missing (the names of Debian's and Ubuntu's packages).
Compression needs zlib, gRPC and HTTP/2 need nghttp2, TLS needs OpenSSL. Either
    install them (Fedora: zlib-devel libnghttp2-devel openssl-devel), or
    build without these three: make serve TRAITS=
TEXT
exit 1
