"""What the zoo's scripts share: where models go, and what ONNX Runtime says of them.

A model's folder is one of a model repository, with two files beside the version:

    MODEL_DIR/<name>/1/model.onnx
    MODEL_DIR/<name>/inputs.npz      what was given, by input name
    MODEL_DIR/<name>/expected.npz    what ONNX Runtime answered, by output name

MODEL_DIR is the variable of that name; `zoo` without it.
"""

import os
import pathlib
import sys
import traceback

import numpy
import onnx
import onnxruntime

MODEL_DIR = pathlib.Path(os.environ.get("MODEL_DIR", "zoo"))


def save(name, model, inputs):
    """Writes one model with its inputs and ONNX Runtime's answers.

    `inputs` maps input names to arrays; text is an array of `object` or `str`.
    """
    folder = MODEL_DIR / name
    (folder / "1").mkdir(parents=True, exist_ok=True)
    path = folder / "1" / "model.onnx"
    onnx.save_model(model, str(path))
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    outputs = session.run(None, inputs)
    numpy.savez(folder / "inputs.npz", **{key: storable(value) for key, value in inputs.items()})
    numpy.savez(
        folder / "expected.npz",
        **{output.name: storable(flat(value)) for output, value in zip(session.get_outputs(), outputs)})
    print(f"{name:<36} {path.stat().st_size / 1e6:8.2f} MB", flush=True)


def flat(value):
    """An output as the protocols carry it: a sequence of maps becomes a matrix, a column for each class."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return numpy.array([list(row.values()) for row in value], dtype=numpy.float32)
    return numpy.asarray(value)


def storable(array):
    """Text as fixed-width characters, so that the files need no pickle."""
    array = numpy.asarray(array)
    return array.astype(str) if array.dtype == object else array


def make_all(cases):
    """Saves cases of `{name: function that returns (model, inputs)}`: all, or those that the command line names.

    Ends the program, with code 1 when one cannot be made.
    """
    names = sys.argv[1:] or list(cases)
    failed = []
    for name in names:
        try:
            save(name, *cases[name]())
        except Exception:
            traceback.print_exc()
            failed.append(name)
    print(f"{len(names) - len(failed)} models in {MODEL_DIR}" + (f"; not made: {', '.join(failed)}" if failed else ""))
    sys.exit(1 if failed else 0)
