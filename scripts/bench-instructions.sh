#!/usr/bin/env bash
# Instructions that one inference of the native engine takes, counted by callgrind: they do not change with the machine's
# load. valgrind has no AVX-512, so the kernels are those of DUNLIN_ISA=v3.
#
#   scripts/bench-instructions.sh [REPOSITORY [MODEL ...]]
set -euo pipefail
cd "$(dirname "$0")/.."
command -v valgrind >/dev/null || {
  echo "bench-instructions: valgrind is needed; apt-get install valgrind" >&2
  exit 1
}
repository=${1:-model-repository}
shift || true
models=("$@")
if [ ${#models[@]} -eq 0 ]; then
  for model in "$repository"/*/; do models+=("$(basename "$model")"); done
fi
scripts/build.sh --enable-all-traits --product dunlin-bench-models >/dev/null
# valgrind gives up on the debug information of some toolchains.
program=$(mktemp)
said=$(mktemp)
trap 'rm -f "$program" "$said"' EXIT
strip -o "$program" .build/release/dunlin-bench-models
chmod +x "$program"

instructions() { # model, rows, runs
  DUNLIN_ISA=v3 valgrind --tool=callgrind --callgrind-out-file=/dev/null \
    "$program" --native "$repository" "$@" >"$said" 2>&1 || true
  sed -n 's/.*Collected : //p' "$said" | grep . || {
    echo "bench-instructions: valgrind counted nothing; it said:" >&2
    tail -20 "$said" >&2
    return 1
  }
}

echo "| Model | 1 row | 32 rows |"
echo "|---|---|---|"
for model in "${models[@]}"; do
  row="| $model |"
  for rows in 1 32; do
    # The difference of two runs leaves out start and load.
    few=$(instructions "$model" "$rows" 20)
    many=$(instructions "$model" "$rows" 220)
    row+=" $(((many - few) / 200)) |"
  done
  echo "$row"
done
