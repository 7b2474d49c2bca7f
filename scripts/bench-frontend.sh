#!/bin/sh
# CPU time of one small JSON inference beside a bare epoll echo of the same sizes: scripts/bench/frontend.py.
# Exit code 1 when the ratio at 8 connections is above the goal.
set -eu
cd "$(dirname "$0")/.."
for tool in wrk cc taskset; do
    command -v "$tool" >/dev/null && continue
    case $tool in wrk) package=wrk ;; cc) package=gcc ;; *) package=util-linux ;; esac
    [ "$(id -u)" = 0 ] || { echo "bench-frontend: $tool is missing: apt-get install $package" >&2; exit 1; }
    apt-get install -y -qq --no-install-recommends "$package" >/dev/null
done
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
exec python3 scripts/bench/frontend.py "$@"
