"""Trains the sample models and writes <model>/1/model.onnx, labels.txt and sample-request.json.

    python3.11 -m venv .venv && .venv/bin/pip install -r model-repository/requirements.txt
    .venv/bin/python model-repository/train.py [model ...]

Prints the accuracy on the test split, measured with ONNX Runtime on the file that was written.
"""

import json
import os
import pathlib
import sys

# Sums of several threads end differently from run to run; this must stand before NumPy is imported.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[variable] = "1"

import numpy
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import splits

HERE = pathlib.Path(__file__).parent
OPSET = {"": 18, "ai.onnx.ml": 1}
DIGITS = [str(digit) for digit in range(10)]


def iris():
    """The export that skl2onnx makes when nothing is asked for: label, and a ZipMap of probabilities."""
    train_x, test_x, train_y, test_y = splits.iris()
    model = LogisticRegression(max_iter=1000).fit(train_x, train_y)
    onnx_model = to_onnx(model, initial_types=[("input", FloatTensorType([None, 4]))], target_opset=OPSET)
    return onnx_model, list(model.classes_), "input", test_x, test_y, [("setosa", [5.1, 3.5, 1.4, 0.2])]


def breast_cancer():
    """Gradient-boosted trees, exported without ZipMap: label [n] and probabilities [n, 2]."""
    train_x, test_x, train_y, test_y = splits.breast_cancer()
    model = GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=splits.SEED)
    model.fit(train_x, train_y)
    onnx_model = to_onnx(
        model, initial_types=[("input", FloatTensorType([None, 30]))], target_opset=OPSET,
        options={id(model): {"zipmap": False}})
    return onnx_model, ["malignant", "benign"], "input", test_x, test_y, None


def digits_mlp():
    """Standard scaling and a 64-64-32-10 perceptron, as skl2onnx exports the pipeline."""
    train_x, test_x, train_y, test_y = splits.digits()
    model = make_pipeline(
        StandardScaler(), MLPClassifier((64, 32), alpha=0.1, max_iter=200, random_state=splits.SEED))
    model.fit(train_x, train_y)
    onnx_model = to_onnx(model, initial_types=[("input", FloatTensorType([None, 64]))], target_opset=OPSET)
    return onnx_model, DIGITS, "input", test_x, test_y, None


def digits_cnn():
    """Two convolutions and a linear layer, trained in digits_cnn.py; the graph is written by hand."""
    from digits_cnn import train

    train_x, test_x, train_y, test_y = splits.digits()
    weights = train(train_x.reshape(-1, 1, 8, 8) / 16, train_y, seed=splits.SEED)
    weights["scale"] = numpy.float32(1 / 16)
    nodes = [
        helper.make_node("Mul", ["image", "scale"], ["scaled"]),
        helper.make_node("Conv", ["scaled", "conv1_weight", "conv1_bias"], ["conv1"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv1"], ["relu1"]),
        helper.make_node("MaxPool", ["relu1"], ["pool1"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["pool1", "conv2_weight", "conv2_bias"], ["conv2"], pads=[1, 1, 1, 1]),
        helper.make_node("Relu", ["conv2"], ["relu2"]),
        helper.make_node("MaxPool", ["relu2"], ["pool2"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["pool2"], ["flat"]),
        helper.make_node("Gemm", ["flat", "linear_weight", "linear_bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
    ]
    graph = helper.make_graph(
        nodes, "digits_cnn",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["n", 1, 8, 8])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["n", 10])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()])
    onnx_model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET[""])], ir_version=8)
    return onnx_model, DIGITS, "image", test_x.reshape(-1, 1, 8, 8), test_y, None


def language():
    """TF-IDF of one to three characters and a logistic regression; takes and gives text."""
    train_x, test_x, train_y, test_y = splits.language()
    vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(1, 3), max_features=3500, sublinear_tf=False)
    model = make_pipeline(vectorizer, LogisticRegression(C=30, max_iter=2000))
    model.fit(train_x, train_y)
    # ONNX Runtime lower-cases in this locale; its default, en_US, is missing from most containers.
    onnx_model = to_onnx(
        model, initial_types=[("text", StringTensorType([None, 1]))], target_opset=OPSET,
        options={TfidfVectorizer: {"locale": "C.UTF-8"}})
    sample = [
        ("en", ["The server is ready to answer your questions."]),
        ("fr", ["Le serveur est prêt à répondre à vos questions."]),
        ("el", ["Ο διακομιστής είναι έτοιμος να απαντήσει."]),
    ]
    rows = numpy.array(test_x, dtype=object).reshape(-1, 1)
    return onnx_model, list(model.classes_), "text", rows, numpy.array(test_y), sample


def write(name, onnx_model, labels, input_name, test_x, test_y, sample):
    folder = HERE / name
    (folder / "1").mkdir(parents=True, exist_ok=True)
    path = folder / "1" / "model.onnx"
    imports = sorted(onnx_model.opset_import, key=lambda item: item.domain)  # else in the order of a set
    del onnx_model.opset_import[:]
    onnx_model.opset_import.extend(imports)
    onnx.checker.check_model(onnx_model)
    path.write_bytes(onnx_model.SerializeToString())
    (folder / "labels.txt").write_text("".join(f"{label}\n" for label in labels))

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    answers = session.run(None, {input_name: test_x})[0]
    if answers.ndim == 2:
        answers = answers.argmax(axis=1)
    correct = int((answers == test_y).sum())
    print(f"{name}: {correct}/{len(test_y)} of the test split ({correct / len(test_y):.4f}), "
          f"{path.stat().st_size} bytes, operators {sorted({node.op_type for node in onnx_model.graph.node})}")

    # The sample request: the rows given, or the first test row that the model gets right.
    if sample is None:
        row = int(numpy.flatnonzero(answers == test_y)[0])
        sample = [(str(test_y[row]), test_x[row])]
    rows = [values for _, values in sample]
    shape = [len(rows)] + list(numpy.shape(rows[0]))
    is_text = test_x.dtype == object
    data = [value if is_text else float(value) for row in rows for value in numpy.ravel(row).tolist()]
    data = [int(value) if not is_text and value == int(value) else value for value in data]
    if not is_text:  # the shortest decimals that read back as the same FP32
        data = [value if isinstance(value, int) else float(str(numpy.float32(value))) for value in data]
    request = {"inputs": [{
        "name": input_name, "shape": shape, "datatype": "BYTES" if is_text else "FP32", "data": data}]}
    (folder / "sample-request.json").write_text(json.dumps(request, ensure_ascii=False) + "\n")
    feed = numpy.array(data, dtype=object if is_text else numpy.float32).reshape(shape)
    given = session.run(None, {input_name: feed})[0]
    print(f"  sample-request.json: expected {[label for label, _ in sample]}, answered {given.tolist()}")


MODELS = [iris, breast_cancer, digits_mlp, digits_cnn, language]

if __name__ == "__main__":
    for model in MODELS:
        if len(sys.argv) == 1 or model.__name__ in sys.argv[1:]:
            write(model.__name__, *model())
