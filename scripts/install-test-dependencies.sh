#!/usr/bin/env bash
# What the tests need beyond Swift: the headers of zlib, nghttp2 and OpenSSL, ONNX's conformance data (two releases), binutils, ONNX Runtime, a Python environment
# with the clients. Installs only what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

missing=()
[ -d /usr/share/libonnx-testdata ] || missing+=(libonnx-testdata)
command -v objdump >/dev/null || missing+=(binutils)
command -v python3 >/dev/null || missing+=(python3)
command -v curl >/dev/null || missing+=(curl)
command -v openssl >/dev/null || missing+=(openssl)
python3 -c 'import venv, ensurepip' 2>/dev/null || missing+=(python3-venv)
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing: ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    echo "not root: run  apt-get install ${missing[*]}  and try again" >&2
    exit 1
  fi
  # Another program may be installing, and a mirror may stumble.
  patience="-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3"
  apt-get $patience update -qq
  DEBIAN_FRONTEND=noninteractive apt-get $patience install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
scripts/install-build-dependencies.sh
scripts/python-env.sh
scripts/install-onnxruntime.sh
scripts/install-onnx-cases.sh
