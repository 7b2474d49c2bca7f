#!/bin/sh
# Hopsworks' own Python client against Dunlin: does it still send what Tests/Fixtures/hopsworks has, and read our answers?
# Not part of `make test`: the package brings 70 others.
#
#   scripts/test-hopsworks.sh [--record]
#
# DUNLIN_BINARY names another binary than .build/release/dunlin.
set -eu
cd "$(dirname "$0")/.."
environment=.cache/hopsworks-client
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
[ -x $environment/bin/python ] || python3 -m venv $environment
$environment/bin/python -c 'import hopsworks' 2>/dev/null ||
    $environment/bin/python -m pip install --quiet --disable-pip-version-check 'hopsworks==5.2.1'
exec $environment/bin/python Tests/hopsworks/capture.py "$@"
