#!/bin/sh
# From start to ready with 1 and with 100 models, and the memory of a server that waits: scripts/bench/start.py.
set -eu
cd "$(dirname "$0")/.."
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
exec python3 scripts/bench/start.py "$@"
