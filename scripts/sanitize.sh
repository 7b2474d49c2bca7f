#!/usr/bin/env bash
# The Swift tests under AddressSanitizer, then under ThreadSanitizer:  scripts/sanitize.sh [address|thread [--filter ...]]
# Each has a build folder of its own. Fails on a report, on a failing test, and when no test ran.
set -euo pipefail
cd "$(dirname "$0")/.."
# The crash printer of Swift's runtime hangs under AddressSanitizer.
export SWIFT_BACKTRACE=enable=no
# Statics and Dispatch's caches live as long as the process: not leaks of ours.
export ASAN_OPTIONS=detect_leaks=0
selection=("${@:2}")
log=$(mktemp)
trap 'rm -f "$log"' EXIT

check() { # sanitizer, flags...
  local sanitizer=$1 start=$SECONDS status=0 tests
  shift
  set -- --enable-all-traits --sanitize="$sanitizer" --scratch-path ".build-$sanitizer" "$@"
  scripts/swift-build.sh --build-tests "$@" >"$log" 2>&1 || { tail -40 "$log"; return 1; }
  swift test --skip-build "$@" "${selection[@]}" >"$log" 2>&1 || status=$?

  if grep -qE 'Sanitizer: |runtime error: ' "$log"; then
    grep -E -m 1 -A 60 '(ERROR|WARNING): [A-Za-z]*Sanitizer: ' "$log" || true
    grep -E '^SUMMARY: ' "$log" | sort | uniq -c | sort -rn
    status=1
  fi
  tests=$(sed -nE 's/^.* Test run with ([0-9]+) tests? .* passed after .*/\1/p' "$log")
  if [ "$status" -ne 0 ] || [ "${tests:-0}" -eq 0 ]; then
    grep -aE '^✘ Test .* (recorded|failed)' "$log" || tail -20 "$log"
    echo "$sanitizer: FAILED after $((SECONDS - start)) s (status $status, ${tests:-no} tests passed)"
    return 1
  fi
  echo "$sanitizer: $tests tests, clean, in $((SECONDS - start)) s"
}

failed=0
for sanitizer in ${1:-address thread}; do
  case $sanitizer in
    address) check address || failed=1 ;;
    # Synchronization.Mutex hides its order from this one: see ThreadSanitizerMutex.swift.
    thread) check thread -Xswiftc -DDUNLIN_TSAN || failed=1 ;;
    *) echo "usage: scripts/sanitize.sh [address|thread [--filter ...]]" >&2; exit 2 ;;
  esac
done
exit "$failed"
