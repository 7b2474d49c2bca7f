#!/bin/sh
# What the HTTP protocols do for the clients that people use, as tables: every method of the clients, Hopsworks' and
# TensorFlow Serving's requests, API keys against every route, and what is refused. Ends with a line of counts.
#
#   scripts/prove-http.sh [BINARY]
#
# BINARY is .build/release/dunlin otherwise, or DUNLIN_BINARY. BOMB_BYTES (10 GiB) is what the largest bomb inflates to. With
# HOPSWORKS=1 Hopsworks' own package is asked as well (scripts/test-hopsworks.sh), which takes its 70 packages to install.
set -eu
cd "$(dirname "$0")/.."
. scripts/prove/sections.sh

section "clients" $python scripts/prove/http_clients.py
section "requests" $python scripts/prove/http_requests.py
[ "${HOPSWORKS:-0}" = 0 ] || section "Hopsworks' package" scripts/test-hopsworks.sh
section "API keys against every route" $python Tests/python/access_table.py
section "keys as expected" $python -m pytest -p no:cacheprovider -p no:schemathesis -q --import-mode=importlib \
    --override-ini=pythonpath=Tests/python Tests/python/test_access.py
section "compressed bodies that mean harm" $python scripts/attacks/compression.py --bomb-bytes "${BOMB_BYTES:-10737418240}"
section "shared memory that lies" $python scripts/attacks/shared_memory.py

conclude
