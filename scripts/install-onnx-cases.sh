#!/usr/bin/env bash
# Unpacks ONNX's newer node tests into .cache/onnx-cases: the package `onnx` carried them until 1.22.0. Nothing of the
# package is installed or run.
set -euo pipefail
cd "$(dirname "$0")/.."
version=1.22.0
target=.cache/onnx-cases/node
[ -e "$target/.complete" ] && [ "$(cat "$target/.complete")" = "$version" ] && exit 0

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
echo "downloading the node tests of onnx $version"
# Fixed platform: the test data is the same in all wheels, and any Python may fetch this one.
.venv/bin/python -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
  --platform manylinux_2_28_x86_64 --python-version 3.11 --dest "$scratch" "onnx==$version"
.venv/bin/python - "$scratch"/onnx-*.whl "$scratch/node" <<'PYTHON'
import pathlib
import sys
import zipfile

prefix = "onnx/backend/test/data/node/"
with zipfile.ZipFile(sys.argv[1]) as wheel:
    for entry in wheel.infolist():
        if not entry.filename.startswith(prefix) or entry.is_dir():
            continue
        target = pathlib.Path(sys.argv[2], entry.filename.removeprefix(prefix))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(wheel.read(entry))
PYTHON
rm -rf "$target"
mkdir -p "$(dirname "$target")"
mv "$scratch/node" "$target"
echo "$version" > "$target/.complete"
