#!/bin/sh
# What the package's traits need beyond Swift: zlib's headers and library. Does nothing when they are there.
set -eu

# The toolchain's own compiler says whether it finds them.
echo '#include <zlib.h>' | clang -x c -E - >/dev/null 2>&1 && exit 0

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "installing: zlib1g-dev"
    apt-get update -qq
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends zlib1g-dev >/dev/null
    exit 0
fi
cat >&2 <<'TEXT'
zlib's headers are missing; compression of requests and answers needs them. Either
    install zlib1g-dev (Debian, Ubuntu) or zlib-devel (Fedora), or
    build without compression: make serve TRAITS=
TEXT
exit 1
