"""The sample models' inputs, and what ONNX Runtime answers to them."""

import functools
import json
import sys

import numpy
import onnxruntime

from dunlin_server import REPOSITORY

sys.path.insert(0, str(REPOSITORY))  # for splits.py, which gives the very test rows of the training script

TYPES = {"tensor(float)": "FP32", "tensor(double)": "FP64", "tensor(int64)": "INT64", "tensor(string)": "BYTES"}


@functools.cache
def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(
        REPOSITORY / model / "1" / "model.onnx", options, providers=["CPUExecutionProvider"])


def sample(model):
    """Name, datatype and array of the sample request's one input."""
    given = json.loads((REPOSITORY / model / "sample-request.json").read_text())["inputs"][0]
    kind = object if given["datatype"] == "BYTES" else numpy.float32
    return given["name"], given["datatype"], numpy.array(given["data"], dtype=kind).reshape(given["shape"])


def expected(model, array):
    """Output name to array, in the model's order; a sequence of maps as one array of its values."""
    outputs = session(model).run(None, {session(model).get_inputs()[0].name: array})
    names = [output.name for output in session(model).get_outputs()]
    return {name: flattened(value) for name, value in zip(names, outputs)}


def flattened(value):
    if isinstance(value, list):
        return numpy.array([list(row.values()) for row in value], dtype=numpy.float32)
    return value


def assert_close(name, given, wanted):
    """Labels equal, numbers within what FP32 summed in another order differs."""
    assert given is not None, f"output {name} is missing"
    assert list(given.shape) == list(wanted.shape), name
    if wanted.dtype == object or wanted.dtype.kind in "iu":
        texts = [item.decode() if isinstance(item, bytes) else item for item in given.ravel().tolist()]
        assert texts == wanted.ravel().tolist(), name
    else:
        numpy.testing.assert_allclose(given, wanted, rtol=1e-4, atol=1e-5, err_msg=name)
