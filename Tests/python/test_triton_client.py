"""NVIDIA's client for Triton, over HTTP, as its users call it."""

import json

import numpy
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from dunlin_server import MODELS
from reference import assert_close, expected, sample


@pytest.fixture
def client(server):
    with triton.InferenceServerClient(server.address) as client:
        yield client


def infer_input(name, datatype, array, binary=True):
    tensor = triton.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    return tensor


def test_live_and_ready(client):
    assert client.is_server_live()
    assert client.is_server_ready()
    for model in MODELS:
        assert client.is_model_ready(model)
        assert client.is_model_ready(model, "1")
    assert not client.is_model_ready("nonexistent")
    assert not client.is_model_ready("iris", "7")


def test_server_metadata(client):
    metadata = client.get_server_metadata()
    assert metadata["name"] == "dunlin"
    assert {"binary_tensor_data", "model_repository"} <= set(metadata["extensions"])


@pytest.mark.parametrize("version", ["", "1"])
@pytest.mark.parametrize("model", MODELS)
def test_model_metadata(client, model, version):
    metadata = client.get_model_metadata(model, version)
    name, datatype, array = sample(model)
    assert metadata["name"] == model
    assert metadata["versions"] == ["1"]
    assert metadata["platform"].startswith("onnx_")
    assert [(tensor["name"], tensor["datatype"]) for tensor in metadata["inputs"]] == [(name, datatype)]
    assert metadata["inputs"][0]["shape"] == [-1, *array.shape[1:]]
    wanted = expected(model, array)
    assert [tensor["name"] for tensor in metadata["outputs"]] == list(wanted)
    for tensor in metadata["outputs"]:
        assert len(tensor["shape"]) == wanted[tensor["name"]].ndim


@pytest.mark.parametrize("binary_output", [True, False], ids=["binary-out", "json-out"])
@pytest.mark.parametrize("binary_input", [True, False], ids=["binary-in", "json-in"])
@pytest.mark.parametrize("model", MODELS)
def test_infer(client, model, binary_input, binary_output):
    name, datatype, array = sample(model)
    wanted = expected(model, array)
    result = client.infer(
        model, [infer_input(name, datatype, array, binary_input)],
        outputs=[triton.InferRequestedOutput(output, binary_data=binary_output) for output in wanted])
    for output, value in wanted.items():
        assert_close(output, result.as_numpy(output), value)


@pytest.mark.parametrize("model", MODELS)
def test_infer_without_named_outputs_gives_all(client, model):
    name, datatype, array = sample(model)
    result = client.infer(model, [infer_input(name, datatype, array)])
    wanted = expected(model, array)
    assert [output["name"] for output in result.get_response()["outputs"]] == list(wanted)
    for output, value in wanted.items():
        assert_close(output, result.as_numpy(output), value)


def test_requested_outputs_come_in_the_order_asked_for(client):
    name, datatype, array = sample("iris")
    for order in (["output_probability"], ["output_probability", "output_label"]):
        result = client.infer(
            "iris", [infer_input(name, datatype, array)],
            outputs=[triton.InferRequestedOutput(output) for output in order])
        assert [output["name"] for output in result.get_response()["outputs"]] == order


@pytest.mark.parametrize("rows", [1, 2, 7, 64, 1000])
def test_batches(client, rows):
    name, datatype, array = sample("digits_mlp")
    batch = (numpy.arange(rows * 64, dtype=numpy.float32) % 17).reshape(rows, 64)
    result = client.infer("digits_mlp", [infer_input(name, datatype, batch)])
    for output, value in expected("digits_mlp", batch).items():
        assert_close(output, result.as_numpy(output), value)


def test_ids_and_versions(client):
    name, datatype, array = sample("iris")
    response = client.infer(
        "iris", [infer_input(name, datatype, array)], request_id="flower 1", model_version="1").get_response()
    assert response["id"] == "flower 1"
    assert response["model_name"] == "iris"
    assert response["model_version"] == "1"
    assert "id" not in client.infer("iris", [infer_input(name, datatype, array)]).get_response()


def test_parameters_are_accepted(client):
    name, datatype, array = sample("iris")
    client.infer("iris", [infer_input(name, datatype, array)], parameters={"note": "x", "number": 3, "flag": True})


EVERY_DATATYPE = {
    "BOOL": numpy.array([[True, False, True]]),
    "UINT8": numpy.array([[0, 1, 255]], numpy.uint8),
    "UINT16": numpy.array([[0, 1, 65535]], numpy.uint16),
    "UINT32": numpy.array([[0, 1, 2**32 - 1]], numpy.uint32),
    "UINT64": numpy.array([[0, 2**53 + 1, 2**64 - 1]], numpy.uint64),
    "INT8": numpy.array([[-128, 0, 127]], numpy.int8),
    "INT16": numpy.array([[-32768, 0, 32767]], numpy.int16),
    "INT32": numpy.array([[-(2**31), 0, 2**31 - 1]], numpy.int32),
    "INT64": numpy.array([[-(2**63), 2**53 + 1, 2**63 - 1]], numpy.int64),
    "FP16": numpy.array([[0.5, -65504, numpy.inf]], numpy.float16),
    "FP32": numpy.array([[0.1, -3.4028235e38, 1e-45]], numpy.float32),
    "FP64": numpy.array([[0.1, -1.7976931348623157e308, 5e-324]], numpy.float64),
    "BYTES": numpy.array([["", "é\u0000\"\\\n", "🦆"]], object),
}


@pytest.fixture(scope="module")
def identity(server):
    assert server.post("/v2/workers/identity/load").body == b"identity"
    yield "identity"
    server.post("/v2/workers/identity/unload")


# FP16 has no JSON form; its refusal is among the bad requests.
FORMS = [(datatype, binary_input, binary_output) for datatype in EVERY_DATATYPE for binary_input in (True, False)
         for binary_output in (True, False) if datatype != "FP16" or binary_input and binary_output]


@pytest.mark.parametrize("datatype, binary_input, binary_output", FORMS, ids=[
    f"{datatype}-{'binary' if i else 'json'}-in-{'binary' if o else 'json'}-out" for datatype, i, o in FORMS])
def test_every_datatype_passes_unchanged(client, identity, datatype, binary_input, binary_output):
    array = EVERY_DATATYPE[datatype]
    result = client.infer(
        identity, [infer_input("x", datatype, array, binary_input)],
        outputs=[triton.InferRequestedOutput("x", binary_data=binary_output)])
    given = result.as_numpy("x")
    assert list(given.shape) == list(array.shape)
    if datatype == "BYTES":
        assert [item.decode() if isinstance(item, bytes) else item for item in given.ravel()] == array.ravel().tolist()
    else:
        assert given.dtype == array.dtype
        assert given.tobytes() == array.tobytes()


def test_bf16_in_binary(client, identity):
    ml_dtypes = pytest.importorskip("ml_dtypes")
    tensor = triton.InferInput("x", [1, 3], "BF16")
    raw = numpy.array([[1.5, -2.0, 3.0]], ml_dtypes.bfloat16)
    tensor._raw_data = raw.tobytes()
    tensor._parameters["binary_data_size"] = len(tensor._raw_data)
    result = client.infer(identity, [tensor])
    output = result.get_output("x")
    assert (output["datatype"], output["shape"]) == ("BF16", [1, 3])
    assert output["parameters"]["binary_data_size"] == 6


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_zero_elements(client, identity, binary):
    result = client.infer(
        identity, [infer_input("x", "FP32", numpy.zeros((0, 4), numpy.float32), binary)],
        outputs=[triton.InferRequestedOutput("x", binary_data=binary)])
    assert result.get_output("x")["shape"] == [0, 4]


def test_several_inputs(client, identity):
    arrays = {"a": numpy.arange(6, dtype=numpy.float32).reshape(2, 3), "b": numpy.array([7], numpy.int64)}
    types = {"a": "FP32", "b": "INT64"}
    result = client.infer(
        identity, [infer_input(name, types[name], array, name == "a") for name, array in arrays.items()])
    for name, array in arrays.items():
        assert (result.as_numpy(name) == array).all()


def test_raw_one_tensor_request(server):
    """The binary extension's header 0: the whole body is the tensor. The client's `infer` has no call for it."""
    _, _, array = sample("iris")
    answer = server.post("/v2/models/iris/infer", array.tobytes() * 3, headers={
        "Inference-Header-Content-Length": "0", "Content-Type": "application/octet-stream"})
    assert answer.status == 200, answer
    length = int(answer.headers["Inference-Header-Content-Length"])
    head = json.loads(answer.body[:length])
    assert [output["shape"] for output in head["outputs"]] == [[3], [3, 3]]
    sizes = [output["parameters"]["binary_data_size"] for output in head["outputs"]]
    assert sum(sizes) == len(answer.body) - length


def test_static_request_and_response_helpers(server):
    name, datatype, array = sample("iris")
    body, length = triton.InferenceServerClient.generate_request_body([infer_input(name, datatype, array)])
    answer = server.post("/v2/models/iris/infer", body, headers={"Inference-Header-Content-Length": str(length)})
    result = triton.InferenceServerClient.parse_response_body(
        answer.body, header_length=int(answer.headers["Inference-Header-Content-Length"]))
    assert_close("output_label", result.as_numpy("output_label"), expected("iris", array)["output_label"])


def test_concurrent_requests(server):
    name, datatype, array = sample("digits_cnn")
    wanted = expected("digits_cnn", array)["probabilities"]
    with triton.InferenceServerClient(server.address, concurrency=8) as client:
        pending = [client.async_infer("digits_cnn", [infer_input(name, datatype, array)]) for _ in range(200)]
        for request in pending:
            assert_close("probabilities", request.get_result().as_numpy("probabilities"), wanted)


@pytest.mark.parametrize("call, words", [
    (lambda client: client.infer("nonexistent", [infer_input("x", "FP32", numpy.zeros((1, 4), numpy.float32))]),
     "nonexistent"),
    (lambda client: client.infer("iris", [infer_input("wrong", "FP32", numpy.zeros((1, 4), numpy.float32))]), "wrong"),
    (lambda client: client.infer("iris", [infer_input("input", "FP32", numpy.zeros((1, 5), numpy.float32))]), "shape"),
    (lambda client: client.infer("iris", [infer_input("input", "FP64", numpy.zeros((1, 4)))]), "FP64"),
    (lambda client: client.infer(
        "iris", [infer_input("input", "FP32", numpy.zeros((1, 4), numpy.float32))],
        outputs=[triton.InferRequestedOutput("nothing")]), "nothing"),
    (lambda client: client.infer(
        "iris", [infer_input("input", "FP32", numpy.zeros((1, 4), numpy.float32))], model_version="9"), "9"),
    (lambda client: client.get_model_metadata("nonexistent"), "nonexistent"),
], ids=["model", "input", "shape", "datatype", "output", "version", "metadata"])
def test_errors_are_the_clients_exception_with_a_sentence(client, call, words):
    with pytest.raises(InferenceServerException) as caught:
        call(client)
    assert words in caught.value.message()
    assert caught.value.status() in ("400", "404")


class TestRepository:
    def test_index(self, client):
        index = {entry["name"]: entry for entry in client.get_model_repository_index()}
        assert set(MODELS) <= set(index)
        assert all(index[model]["state"] == "READY" and index[model]["version"] == "1" for model in MODELS)

    def test_unload_and_load(self, empty_server):
        with triton.InferenceServerClient(empty_server.address) as client:
            assert not client.is_model_ready("iris")
            client.load_model("iris")
            assert client.is_model_ready("iris")
            assert [entry["name"] for entry in client.get_model_repository_index()
                    if entry.get("state") == "READY"] == ["iris"]
            client.load_model("iris")
            client.unload_model("iris")
            assert not client.is_model_ready("iris")
            name, datatype, array = sample("iris")
            with pytest.raises(InferenceServerException):
                client.infer("iris", [infer_input(name, datatype, array)])
            client.load_model("iris")
            client.infer("iris", [infer_input(name, datatype, array)])

    def test_a_model_that_is_not_there(self, empty_server):
        with triton.InferenceServerClient(empty_server.address) as client:
            with pytest.raises(InferenceServerException) as caught:
                client.load_model("nonexistent")
            assert "nonexistent" in caught.value.message()
            client.unload_model("nonexistent")
