#!/bin/sh
# Ratios against references measured in the same run: the front end beside a bare epoll echo, the engine beside
# ONNX Runtime, kernels beside their portable form. Runs all and fails when one misses its goal.
set -u
cd "$(dirname "$0")/.."
status=0
scripts/bench-frontend.sh || status=1
scripts/bench-models.sh || status=1
scripts/build.sh --enable-all-traits --product dunlin-bench && .build/release/dunlin-bench --check || status=1
exit $status
