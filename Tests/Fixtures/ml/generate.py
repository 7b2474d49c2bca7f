"""Makes the case folders beside this file: small models, inputs, and what ONNX Runtime answers.

    .venv/bin/python Tests/Fixtures/ml/generate.py            # versions: model-repository/requirements.txt

Each folder has `model.onnx` and `data.bin`; `models/NAME.bin` is the `data.bin` of a model in model-repository, with
the whole of its test split. `data.bin` holds tensors one after another, each as a line
`input|output NAME DATATYPE DIMENSIONS BYTECOUNT` (dimensions joined by commas, `-` for a scalar), a newline and the
bytes; BYTES as length-prefixed elements. A sequence of maps is written as the matrix of its values.
"""

import pathlib
import shutil
import sys
import warnings

import numpy
import onnxruntime

HERE = pathlib.Path(__file__).parent
NAMES = {
    "float32": "FP32", "float64": "FP64", "int64": "INT64", "int32": "INT32", "bool": "BOOL", "uint8": "UINT8",
    "int8": "INT8", "float16": "FP16",
}


def encode(array):
    """Datatype name and raw bytes."""
    if array.dtype.kind in "OUS":
        parts = []
        for element in array.ravel().tolist():
            text = element.encode() if isinstance(element, str) else bytes(element)
            parts.append(len(text).to_bytes(4, "little") + text)
        return "BYTES", b"".join(parts)
    return NAMES[array.dtype.name], numpy.ascontiguousarray(array).tobytes()


def matrix(value):
    """A sequence of maps as a matrix; tensors as they are."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return numpy.array([list(row.values()) for row in value], dtype=numpy.float32)
    return numpy.asarray(value)


def write(name, model, feeds):
    """Runs `feeds` on ONNX Runtime and writes the case."""
    data = model.SerializeToString()
    folder = HERE / name
    answer(data, feeds, folder / "data.bin")
    (folder / "model.onnx").write_bytes(data)
    return len(data)


def answer(data, feeds, path):
    """Runs `feeds` on ONNX Runtime and writes inputs and outputs."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    answers = session.run(None, feeds)
    path.parent.mkdir(exist_ok=True)
    names = [output.name for output in session.get_outputs()]
    with path.open("wb") as file:
        tensors = [("input", *item) for item in feeds.items()] + [("output", *item) for item in zip(names, answers)]
        for role, tensor_name, value in tensors:
            array = matrix(value)
            datatype, raw = encode(array)
            shape = ",".join(map(str, array.shape)) or "-"
            file.write(f"{role} {tensor_name} {datatype} {shape} {len(raw)}\n".encode() + raw)


def write_models():
    """The models that ship, on their test splits."""
    repository = HERE.parent.parent.parent / "model-repository"
    sys.path.insert(0, str(repository))
    import splits

    _, digits, _, _ = splits.digits()
    _, texts, _, _ = splits.language()
    inputs = {
        "iris": {"input": splits.iris()[1]},
        "breast_cancer": {"input": splits.breast_cancer()[1]},
        "digits_mlp": {"input": digits},
        "digits_cnn": {"image": digits.reshape(-1, 1, 8, 8)},
        "language": {"text": numpy.array(texts, dtype=object).reshape(-1, 1)},
    }
    for name, feeds in inputs.items():
        answer((repository / name / "1" / "model.onnx").read_bytes(), feeds, HERE / "models" / f"{name}.bin")


def main():
    import contrib
    import estimators
    import nodes

    warnings.filterwarnings("ignore")
    wanted = sys.argv[1:]
    if not wanted:
        for folder in HERE.iterdir():
            if folder.is_dir():
                shutil.rmtree(folder)
        write_models()
    failed = []
    for source in (estimators, nodes, contrib):
        for name, make in source.CASES.items():
            if wanted and name not in wanted:
                continue
            try:
                model, feeds = make()
                print(f"{name}: {write(name, model, feeds)} bytes")
            except Exception as error:  # a converter's or runtime's own refusal: named, and the rest goes on
                failed.append(name)
                print(f"{name}: FAILED: {type(error).__name__}: {str(error)[:300]}")
    print(f"{len(failed)} failed: {failed}")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(HERE))
    main()
