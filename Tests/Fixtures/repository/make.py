#!/usr/bin/env python3
"""Makes the models of this repository: `make.py` beside onnx 1.16 or later.

`millimetres` divides by ten, `confidence` takes the largest element of each row: parts of the ensemble `iris_millimetres`,
beside the sample model `iris`. `accumulator` adds its input to the state that it gave before.
"""

import pathlib

import onnx
from onnx import TensorProto, helper

HERE = pathlib.Path(__file__).resolve().parent


def tensor(name, shape, kind=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def write(name, nodes, inputs, outputs, initializers=()):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    path = HERE / name / "1" / "model.onnx"
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(model, path)


write(
    "millimetres",
    [helper.make_node("Div", ["millimetres", "ten"], ["centimetres"])],
    [tensor("millimetres", ["rows", 4])], [tensor("centimetres", ["rows", 4])],
    [helper.make_tensor("ten", TensorProto.FLOAT, [1], [10.0])])

write(
    "confidence",
    [helper.make_node("ReduceMax", ["probabilities"], ["confidence"], axes=[1], keepdims=1)],
    [tensor("probabilities", ["rows", 3])], [tensor("confidence", ["rows", 1])])

write(
    "accumulator",
    [
        helper.make_node("Add", ["input", "state_in"], ["sum"]),
        helper.make_node("Identity", ["sum"], ["state_out"]),
        helper.make_node("Identity", ["START"], ["started"]),
        helper.make_node("Identity", ["CORRID"], ["sequence"]),
    ],
    [
        tensor("input", ["rows", 2]), tensor("START", ["rows", 1]), tensor("CORRID", ["rows", 1], TensorProto.INT64),
        tensor("state_in", ["rows", 2]),
    ],
    [
        tensor("sum", ["rows", 2]), tensor("started", ["rows", 1]), tensor("sequence", ["rows", 1], TensorProto.INT64),
        tensor("state_out", ["rows", 2]),
    ])
