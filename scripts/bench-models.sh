#!/bin/sh
# Engine time beside ONNX Runtime's C API for each sample model, batches of 1, 8 and 32, in one process.
# Exit code 1 when the engine is slower on any.
set -eu
cd "$(dirname "$0")/.."
scripts/install-onnxruntime.sh
scripts/build.sh --enable-all-traits --product dunlin-bench-models
exec .build/release/dunlin-bench-models "${1:-model-repository}"
