#!/usr/bin/env python3
"""Resident memory with models loaded, native beside ONNX Runtime in the same server.

    scripts/bench/resident.py REPOSITORY [MODEL ...]

Each backend gets a fresh server with one instance a model. Prints what is resident once the models are loaded and after
RUNS inferences of each, as one process's VmRSS in MiB. Inputs are zeros. Plain Python, no packages; needs the release
binary and, for the second figure, scripts/install-onnxruntime.sh.
"""

import os
import pathlib
import shutil
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/python"))

from dunlin_server import Server, json_of  # noqa: E402
from zero_request import zero_request  # noqa: E402

RUNS = 20


def resident(repository, backend, library):
    with Server("--backends", backend, "--instance-count", "1", repository=repository,
                environment={"DUNLIN_ONNXRUNTIME_LIBRARY": str(library)} if library else None) as server:
        loaded = server.resident_bytes()
        for model in json_of(server.get("/v2/models"))["models"]:
            head, body = zero_request(json_of(server.get(f"/v2/models/{model}"))["inputs"])
            for _ in range(RUNS):
                answer = server.post(f"/v2/models/{model}/infer", body,
                                     headers={"Inference-Header-Content-Length": str(len(head))})
                assert answer.status == 200, answer
        return loaded, server.resident_bytes()


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    source = pathlib.Path(sys.argv[1]).resolve()
    models = sys.argv[2:] or sorted(entry.name for entry in source.iterdir() if entry.is_dir())
    library = next(iter(sorted((ROOT / ".cache/onnxruntime/lib").glob("libonnxruntime.so*"))), None)
    library = os.environ.get("DUNLIN_ONNXRUNTIME_LIBRARY", library)
    with tempfile.TemporaryDirectory(prefix="dunlin-resident-") as folder:
        for model in models:
            shutil.copytree(source / model, pathlib.Path(folder, model))
        for backend in ["native", "onnxruntime"]:
            loaded, used = resident(folder, backend, library)
            print(f"{backend:<12} loaded {loaded / 2**20:6.0f} MiB   after {RUNS} inferences each {used / 2**20:6.0f} MiB")


main()
