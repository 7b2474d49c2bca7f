#!/bin/sh
# TLS beside plain text in one run: handshakes a second, CPU time of the server for a request, memory of an idle
# connection. P-256 keys, one event loop, one client process: scripts/bench/tls.py.
set -eu
cd "$(dirname "$0")/.."
command -v openssl >/dev/null || { echo "bench-tls: openssl is missing: apt-get install openssl" >&2; exit 1; }
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
exec python3 scripts/bench/tls.py "$@"
