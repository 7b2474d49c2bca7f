#!/usr/bin/env bash
# A page of another origin in headless Chromium: infers with JSON and with binary tensors, and is refused where its origin is
# not allowed. Not part of `make test`: needs `apt-get install chromium`.
#
#   scripts/test-browser.sh
#
# DUNLIN_BINARY names another binary than .build/release/dunlin.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v chromium >/dev/null || { echo "test-browser: chromium is not there: apt-get install chromium" >&2; exit 1; }
[ -x "${DUNLIN_BINARY:-.build/release/dunlin}" ] || make build
exec python3 Tests/browser/run.py
