#!/usr/bin/env bash
# libFuzzer with AddressSanitizer on every reader of bytes from outside.
#
#   scripts/fuzz.sh TARGET SECONDS      one of: http http2 route inflate json infer protobuf grpc v1 bodies trace access headers generate sharedmemory pbtxt toml load onnx engine; or all
#
# Starts from the seeds in Tests/Fixtures/fuzz/TARGET (onnx and engine: also from the models of ONNX's conformance cases,
# where scripts/install-test-dependencies.sh has put them) and keeps what it finds in .build-fuzz/corpus/TARGET. An input that
# crashes, hangs or allocates without bound is left in .build-fuzz/findings, and the exit code is 1.
set -euo pipefail
cd "$(dirname "$0")/.."
targets=${1:-all}
seconds=${2:-60}
[ "$targets" != all ] || targets="http http2 route inflate json infer protobuf grpc v1 bodies trace access headers generate sharedmemory pbtxt toml load onnx engine"

toolchain=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")
driver=$(find -L "$toolchain/lib" -name "libclang_rt.fuzzer_no_main-$(uname -m).a" 2>/dev/null | head -n 1)
[ -n "$driver" ] || { echo "fuzz: the toolchain in $toolchain has no libFuzzer" >&2; exit 1; }
export DUNLIN_FUZZ_DRIVER=$driver
# The crash printer of Swift's runtime hangs under AddressSanitizer.
export SWIFT_BACKTRACE=enable=no
export ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=0

scratch=.build-fuzz
log=$(mktemp)
scripts/swift-build.sh -c release --scratch-path $scratch --enable-all-traits --product dunlin-fuzz --sanitize address -Xswiftc -enable-testing \
  -Xswiftc -sanitize-coverage=edge,trace-cmp,inline-8bit-counters,pc-table >"$log" 2>&1 || { tail -40 "$log"; exit 1; }
rm -f "$log"
fuzzer=$scratch/release/dunlin-fuzz

failed=()
mkdir -p $scratch/findings
for target in $targets; do
  seeds=Tests/Fixtures/fuzz/$target
  corpus=$scratch/corpus/$target
  [ -d "$seeds" ] || { echo "fuzz: there is no target '$target'" >&2; exit 2; }
  mkdir -p "$corpus"
  cases=/usr/share/libonnx-testdata/data/node
  case $target in
    onnx | engine)
      [ ! -d $cases ] || for model in "$cases"/*/model.onnx; do
        cp -n "$model" "$corpus/$(basename "$(dirname "$model")")"
      done ;;
  esac
  log=$scratch/findings/$target.log
  # Files of models are larger than messages and texts.
  case $target in onnx | engine) longest=65536 ;; *) longest=8192 ;; esac
  if DUNLIN_FUZZ_TARGET=$target "$fuzzer" "$corpus" "$seeds" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
    -malloc_limit_mb=512 -max_len=$longest -use_value_profile=1 -print_final_stats=1 \
    -artifact_prefix="$scratch/findings/$target-" >"$log" 2>&1; then
    runs=$(sed -n 's/stat::number_of_executed_units: *//p' "$log")
    echo "fuzz $target: clean, $runs inputs in $seconds s, $(find "$corpus" -type f | wc -l) in the corpus"
  else
    failed+=("$target")
    echo "fuzz $target: FAILED, see $log"
    grep -m 1 -A 25 -E 'ERROR: |Fatal error|SUMMARY' "$log" || tail -25 "$log"
  fi
done
[ ${#failed[@]} -eq 0 ] || { echo "fuzz: failed: ${failed[*]}"; exit 1; }
