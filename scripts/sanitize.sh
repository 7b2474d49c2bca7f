#!/usr/bin/env bash
# The Swift tests under AddressSanitizer, then under ThreadSanitizer. Each has a build folder of its own.
set -euo pipefail
cd "$(dirname "$0")/.."
# The crash printer of Swift's runtime hangs under AddressSanitizer.
export SWIFT_BACKTRACE=enable=no
# Statics and Dispatch's caches live as long as the process: not leaks of ours.
export ASAN_OPTIONS=detect_leaks=0
for sanitizer in ${1:-address thread}; do
  echo "== $sanitizer"
  log=$(mktemp)
  swift test --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" 2>&1 | tee "$log" | tail -5
  if grep -E 'ERROR: AddressSanitizer|WARNING: ThreadSanitizer' "$log"; then
    grep -A 30 -m 1 -E 'ERROR: AddressSanitizer|WARNING: ThreadSanitizer' "$log"
    exit 1
  fi
  rm -f "$log"
done
