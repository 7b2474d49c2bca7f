#!/bin/sh
# Generated requests to every operation of the OpenAPI documents, against a server with the sample models.
#
#   scripts/test-openapi.sh [EXAMPLES]      how many requests are generated for an operation and a phase (200)
#
# `make test` does the same with 25. DUNLIN_BINARY names another binary.
set -eu
cd "$(dirname "$0")/.."
scripts/python-env.sh
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
DUNLIN_SCHEMATHESIS_EXAMPLES=${1:-200} exec .venv/bin/python -m pytest -p no:cacheprovider -p no:schemathesis -q -rs \
    --tb=short --import-mode=importlib --override-ini=pythonpath=Tests/python Tests/python/test_openapi.py
