#!/bin/sh
# What gRPC does for the clients that people use, as tables: every method of NVIDIA's and KServe's clients, health checks and
# server reflection; over plain text, over TLS, and with API keys. Ends with a line of counts.
#
#   scripts/prove-grpc.sh [BINARY]
#
# BINARY is .build/release/dunlin otherwise, or DUNLIN_BINARY. CASES=0 leaves out the pytest files at the end.
set -eu
cd "$(dirname "$0")/.."
. scripts/prove/sections.sh

for way in plain TLS keys; do
    for client in triton triton.aio kserve health reflection; do
        section "$client, $way" $python scripts/prove/grpc_clients.py "$client" "$way"
    done
done
[ "${CASES:-1}" = 0 ] || section "Triton's cases and the clients' tests" $python -m pytest -p no:cacheprovider \
    -p no:schemathesis -q -rs --import-mode=importlib --override-ini=pythonpath=Tests/python Tests/python/test_grpc*.py
conclude
