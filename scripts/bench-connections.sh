#!/bin/sh
# The p99 of 8 clients at work while 10,000 connections are idle and 1,000 send slowly, and the server's memory for an
# idle connection: scripts/bench/connections.py.
set -eu
cd "$(dirname "$0")/.."
command -v wrk >/dev/null || { echo "bench-connections: wrk is missing: apt-get install wrk" >&2; exit 1; }
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
exec python3 scripts/bench/connections.py "$@"
