"""Writes the models of this folder, which DunlinOnnxRuntimeTests executes. Needs `onnx`; its output is committed."""

import pathlib

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
TYPES = ["BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32", "INT64", "FLOAT16", "BFLOAT16",
         "FLOAT", "DOUBLE", "STRING"]


def save(name, nodes, inputs, outputs, initializers=(), ml=False):
    opsets = [helper.make_opsetid("", 17)] + ([helper.make_opsetid("ai.onnx.ml", 3)] if ml else [])
    graph = helper.make_graph(nodes, name, inputs, outputs, list(initializers))
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    (HERE / f"{name}.onnx").write_bytes(model.SerializeToString())
    return model


def value(name, kind, shape):
    return helper.make_tensor_value_info(name, getattr(TensorProto, kind), shape)


# One Identity for each datatype: every type in and out.
save("identity",
     [helper.make_node("Identity", [f"in_{t}"], [f"out_{t}"]) for t in TYPES],
     [value(f"in_{t}", t, ["n"]) for t in TYPES], [value(f"out_{t}", t, ["n"]) for t in TYPES])

# y = x + 1 on [n, 2].
save("add", [helper.make_node("Add", ["x", "one"], ["y"])], [value("x", "FLOAT", ["n", 2])],
     [value("y", "FLOAT", ["n", 2])], [numpy_helper.from_array(np.ones(1, np.float32), "one")])

# [n] made [2, 2]: fails in the node when n is not 4.
save("reshape", [helper.make_node("Reshape", ["x", "shape"], ["y"], name="to_square")],
     [value("x", "FLOAT", ["n"])], [value("y", "FLOAT", [2, 2])],
     [numpy_helper.from_array(np.array([2, 2], np.int64), "shape")])

# A classifier as scikit-learn's exporter writes it, with numbers and with names for classes.
for name, labels in (("numbered", {"classlabels_ints": [0, 1, 2]}),
                     ("named", {"classlabels_strings": ["ash", "birch", "oak"]})):
    ints = "classlabels_ints" in labels
    save(f"classes_{name}",
         [helper.make_node("LinearClassifier", ["x"], ["label", "scores"], domain="ai.onnx.ml", multi_class=1,
                           post_transform="SOFTMAX", coefficients=[1.0, 0.0, 0.0, 1.0, -1.0, -1.0],
                           intercepts=[0.0, 0.0, 0.5], **labels),
          helper.make_node("ZipMap", ["scores"], ["probabilities"], domain="ai.onnx.ml",
                           **{key.replace("ints", "int64s"): value for key, value in labels.items()})],
         [value("x", "FLOAT", ["n", 2])],
         [value("label", "INT64" if ints else "STRING", ["n"]),
          helper.make_value_info("probabilities", helper.make_sequence_type_proto(helper.make_map_type_proto(
              TensorProto.INT64 if ints else TensorProto.STRING,
              helper.make_tensor_type_proto(TensorProto.FLOAT, None))))],
         ml=True)

# What cannot be served: a sequence of tensors.
save("sequence", [helper.make_node("SplitToSequence", ["x"], ["parts"], axis=0)], [value("x", "FLOAT", ["n"])],
     [helper.make_value_info("parts", helper.make_sequence_type_proto(
         helper.make_tensor_type_proto(TensorProto.FLOAT, None)))])

# An operator that nobody has.
save("unknown_operator", [helper.make_node("Frobnicate", ["x"], ["y"], name="frob", domain="example.test")],
     [value("x", "FLOAT", ["n"])], [value("y", "FLOAT", ["n"])])

# Weights that are said to stand outside the model's folder.
outside = onnx.TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[1], data_location=TensorProto.EXTERNAL)
for key, text in (("location", "../../../../../../../../etc/hostname"), ("length", "4")):
    outside.external_data.add(key=key, value=text)
save("external_outside", [helper.make_node("Add", ["x", "w"], ["y"])], [value("x", "FLOAT", ["n"])],
     [value("y", "FLOAT", ["n"])], [outside])
