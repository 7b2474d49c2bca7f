#!/bin/sh
# Real clients against the release binary: tritonclient, KServe, schemathesis, plain sockets. Prints counts.
#
#   scripts/test-clients.sh [pytest arguments]
#
# DUNLIN_BINARY names another binary; DUNLIN_SCHEMATHESIS_EXAMPLES (25) how many requests are generated an operation.
set -eu
cd "$(dirname "$0")/.."
scripts/python-env.sh
scripts/install-onnxruntime.sh
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
exec .venv/bin/python -m pytest -p no:cacheprovider -p no:schemathesis -q -rs --tb=short --import-mode=importlib \
    --override-ini=pythonpath=Tests/python Tests/python "$@"
