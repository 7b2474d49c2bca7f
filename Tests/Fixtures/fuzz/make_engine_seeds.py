"""Writes small models with many operators into onnx/ and engine/: the seeds from which libFuzzer breeds others."""

import pathlib

import numpy as np
from onnx import TensorProto, helper, numpy_helper

HERE = pathlib.Path(__file__).parent
F, I, S = TensorProto.FLOAT, TensorProto.INT64, TensorProto.STRING


def save(name, nodes, inputs, outputs, weights=None, opset=17):
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes, name, [value(*entry) for entry in inputs], [value(*entry) for entry in outputs],
        [numpy_helper.from_array(np.asarray(array), key) for key, array in (weights or {}).items()])
    model = helper.make_model(
        graph, ir_version=8, opset_imports=[helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3)])
    for folder in ("onnx", "engine"):
        (HERE / folder / f"{name}.onnx").write_bytes(model.SerializeToString())


node = helper.make_node
f32, i64 = np.float32, np.int64
x, y = ("x", F, ["n", 4]), ("y", F, None)

save("mlp", [node("MatMul", ["x", "w"], ["a"]), node("Add", ["a", "b"], ["c"]), node("Relu", ["c"], ["d"]),
             node("Gemm", ["d", "v", "b"], ["e"], transB=1), node("Softmax", ["e"], ["y"], axis=-1)], [x], [y],
     {"w": np.ones((4, 3), f32), "b": np.zeros(3, f32), "v": np.ones((3, 3), f32)})
save("cnn", [node("Conv", ["x", "w", "b"], ["a"], pads=[1, 1, 1, 1], strides=[2, 2]),
             node("BatchNormalization", ["a", "b", "b", "b", "b"], ["n"]),
             node("MaxPool", ["n"], ["c"], kernel_shape=[2, 2]), node("GlobalAveragePool", ["c"], ["d"]),
             node("Flatten", ["d"], ["y"])], [("x", F, ["n", 1, 6, 6])], [y],
     {"w": np.ones((2, 1, 3, 3), f32), "b": np.ones(2, f32)})
save("shapes", [node("Shape", ["x"], ["s"]), node("Gather", ["s", "zero"], ["n"]), node("Unsqueeze", ["n", "axis"], ["u"]),
                node("Concat", ["u", "rest"], ["t"], axis=0), node("Reshape", ["x", "t"], ["r"]),
                node("Transpose", ["r"], ["p"], perm=[0, 2, 1]), node("Slice", ["p", "from", "to"], ["l"]),
                node("Squeeze", ["l"], ["y"])], [x], [y],
     {"zero": np.array(0, i64), "axis": np.array([0], i64), "rest": np.array([2, 2], i64),
      "from": np.array([0], i64), "to": np.array([1], i64)})
save("movement", [node("Split", ["x"], ["a", "b"], axis=1), node("Concat", ["b", "a"], ["c"], axis=1),
                  node("Pad", ["c", "pads"], ["d"]), node("Expand", ["d", "shape"], ["e"]),
                  node("Tile", ["e", "times"], ["y"])], [x], [y],
     {"pads": np.array([0, 1, 0, 1], i64), "shape": np.array([1, 1, 1], i64), "times": np.array([2, 1, 1], i64)})
save("reductions", [node("ReduceMean", ["x"], ["a"], axes=[1], keepdims=1), node("ReduceSum", ["x", "axes"], ["b"]),
                    node("Sub", ["x", "a"], ["c"]), node("Div", ["c", "b"], ["d"]),
                    node("ArgMax", ["d"], ["l"], axis=1), node("Cast", ["l"], ["y"], to=F)], [x], [y],
     {"axes": np.array([1], i64)})
save("elementwise", [node("Exp", ["x"], ["a"]), node("Log", ["a"], ["b"]), node("Sqrt", ["a"], ["c"]),
                     node("Sigmoid", ["b"], ["d"]), node("Tanh", ["c"], ["e"]), node("Pow", ["d", "two"], ["f"]),
                     node("Mul", ["f", "e"], ["g"]), node("Max", ["g", "x"], ["h"]), node("Min", ["h", "x"], ["i"]),
                     node("Erf", ["i"], ["j"]), node("Clip", ["j", "low", "two"], ["k"]), node("Neg", ["k"], ["l"]),
                     node("Abs", ["l"], ["y"])], [x], [y],
     {"two": np.array(2, f32), "low": np.array(-1, f32)})
save("conditions", [node("Greater", ["x", "half"], ["a"]), node("Not", ["a"], ["b"]), node("Or", ["a", "b"], ["c"]),
                    node("Where", ["c", "x", "half"], ["d"]), node("NonZero", ["d"], ["e"]),
                    node("Cast", ["e"], ["y"], to=F)], [x], [y], {"half": np.array(0.5, f32)})
save("normalization", [node("LayerNormalization", ["x", "s", "s"], ["a"]), node("Gelu", ["a"], ["b"]),
                       node("Dropout", ["b"], ["y"])], [x], [y], {"s": np.ones(4, f32)}, opset=20)
save("constants", [node("Constant", [], ["a"], value_floats=[1.0, 2.0, 3.0, 4.0]),
                   node("ConstantOfShape", ["two"], ["b"], value=helper.make_tensor("v", F, [1], [3.0])),
                   node("Range", ["zero", "four", "one"], ["r"]), node("Cast", ["r"], ["c"], to=F),
                   node("Add", ["x", "a"], ["d"]), node("Add", ["d", "c"], ["y"])], [x], [y, ("b", F, None)],
     {"two": np.array([2, 2], i64), "zero": np.array(0, i64), "four": np.array(4, i64), "one": np.array(1, i64)})
save("indices", [node("Gather", ["table", "x"], ["a"]), node("GatherElements", ["table", "rows"], ["b"], axis=0),
                 node("ScatterND", ["table", "at", "new"], ["c"]), node("Add", ["b", "one"], ["y"])],
     [("x", I, ["n"])], [y, ("a", F, None), ("c", F, None)],
     {"table": np.ones((3, 2), f32), "rows": np.zeros((1, 2), i64), "at": np.array([[1]], i64),
      "new": np.zeros((1, 2), f32), "one": np.ones(1, f32)})
save("quantized", [node("QuantizeLinear", ["x", "scale", "zero"], ["a"]),
                   node("DequantizeLinear", ["a", "scale", "zero"], ["y"])], [x], [y],
     {"scale": np.array(0.5, f32), "zero": np.array(3, np.uint8)})

ml = {"domain": "ai.onnx.ml"}
save("trees", [node("TreeEnsembleClassifier", ["x"], ["l", "y"], classlabels_int64s=[0, 1], class_ids=[0, 1],
                    class_nodeids=[1, 2], class_treeids=[0, 0], class_weights=[1.0, 1.0],
                    nodes_falsenodeids=[2, 0, 0], nodes_featureids=[1, 0, 0], nodes_hitrates=[1.0] * 3,
                    nodes_missing_value_tracks_true=[0] * 3, nodes_modes=["BRANCH_LEQ", "LEAF", "LEAF"],
                    nodes_nodeids=[0, 1, 2], nodes_treeids=[0] * 3, nodes_truenodeids=[1, 0, 0],
                    nodes_values=[0.5, 0.0, 0.0], post_transform="NONE", **ml)], [x], [("l", I, ["n"]), y])
save("preparation", [node("Imputer", ["x"], ["a"], imputed_value_floats=[0.0], replaced_value_float=float("nan"), **ml),
                     node("Scaler", ["a"], ["b"], offset=[1.0], scale=[2.0], **ml),
                     node("Normalizer", ["b"], ["c"], norm="L2", **ml), node("Binarizer", ["c"], ["y"], threshold=0.1, **ml)],
     [x], [y])
save("text", [node("StringNormalizer", ["s"], ["a"], case_change_action="LOWER", locale="C.UTF-8"),
              node("TfIdfVectorizer", ["a"], ["y"], mode="TF", min_gram_length=1, max_gram_length=2, max_skip_count=0,
                   ngram_counts=[0, 2], ngram_indexes=[0, 1, 2], pool_strings=["a", "b", "a", "b"])],
     [("s", S, [3])], [y])
save("labels", [node("LabelEncoder", ["s"], ["y"], keys_strings=["a", "b"], values_floats=[1.0, 2.0],
                     default_float=-1.0, **ml)], [("s", S, ["n"])], [y])
