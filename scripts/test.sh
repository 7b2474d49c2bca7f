#!/usr/bin/env bash
# Everything `make test` stands for, in order; ends with a line of counts.
set -euo pipefail
cd "$(dirname "$0")/.."
passed=0
failed=()

step() { # name, command...
  local name=$1 start=$SECONDS
  shift
  echo "== $name"
  if "$@"; then
    passed=$((passed + 1))
    echo "== $name: passed in $((SECONDS - start)) s"
  else
    failed+=("$name")
    echo "== $name: FAILED after $((SECONDS - start)) s"
  fi
}

unit() { swift test --skip-build --enable-all-traits "$@"; }

# The same cases on each instruction set this CPU has; the kernels' own tests go through all of them by themselves.
every_instruction_set() {
  local isa
  # So that a binary that does not run is not taken for a CPU without the instructions.
  DUNLIN_ISA=baseline .build/debug/dunlin kernels >/dev/null || return 1
  for isa in baseline v3 v4; do
    if ! DUNLIN_ISA=$isa .build/debug/dunlin kernels >/dev/null 2>&1; then
      echo "DUNLIN_ISA=$isa: this CPU does not have it"
      continue
    fi
    echo "DUNLIN_ISA=$isa"
    # pipefail: a failing test fails the step although grep found its line.
    DUNLIN_ISA=$isa unit --filter 'DunlinEngineTests|BackendAgreementTests' 2>&1 |
      grep -E '^agreement|^conformance|✘|Test run with' || return 1
  done
}

step "dependencies" scripts/install-test-dependencies.sh
step "lint" make lint
step "build" scripts/swift-build.sh --build-tests --enable-all-traits --explicit-target-dependency-import-check=error
step "unit tests" unit
step "instruction sets" every_instruction_set
step "release build" make build
step "weak symbols" scripts/check-weak-symbols.sh .build/release
step "AMX instructions" scripts/check-amx.sh .build/release
step "clients" scripts/test-clients.sh
step "embedding" scripts/test-embedding.sh

echo
[ ${#failed[@]} -eq 0 ] || printf 'failed: %s\n' "${failed[@]}"
echo "$passed passed, ${#failed[@]} failed"
[ ${#failed[@]} -eq 0 ]
