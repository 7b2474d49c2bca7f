#!/bin/sh
# What `dunlin bench` itself costs beside h2load with the same calls over gRPC, and over HTTP/1.1: scripts/bench/client.py.
set -eu
cd "$(dirname "$0")/.."
command -v h2load >/dev/null || { echo "bench-client: h2load is missing: apt-get install nghttp2-client" >&2; exit 1; }
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
exec python3 scripts/bench/client.py "$@"
