"""A model with an operator that the native engine lacks: ONNX Runtime serves it, or its absence is explained."""

import numpy
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from dunlin_server import MODELS, Server, assert_infers, json_of

HIDDEN = {"DUNLIN_ONNXRUNTIME_LIBRARY": "/nonexistent/libonnxruntime.so.1"}

def inverse_model():
    """The inverse of a 3x3 matrix, by an operator of ONNX Runtime's own domain."""
    graph = helper.make_graph(
        [helper.make_node("Inverse", ["x"], ["y"], name="inversion", domain="com.microsoft")], "inverse",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 3, 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 3, 3])])
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def sequence_model():
    """A graph whose output nobody can carry over the protocol."""
    graph = helper.make_graph(
        [helper.make_node("SplitToSequence", ["x"], ["parts"], axis=0)], "sequence",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_value_info("parts", helper.make_sequence_type_proto(
            helper.make_tensor_type_proto(TensorProto.FLOAT, None)))])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@pytest.fixture
def with_inverse(repository):
    folder = repository / "inverse" / "1"
    folder.mkdir(parents=True)
    onnx.save(inverse_model(), folder / "model.onnx")
    return repository


MATRICES = numpy.array([[[2, 0, 0], [0, 3, 0], [0, 0, 4]], [[1, 2, 3], [4, 5, 6], [7, 8, 10]]], numpy.float32)


def test_it_is_served_by_onnxruntime_and_says_why(with_inverse, fact):
    wanted = onnxruntime.InferenceSession(with_inverse / "inverse/1/model.onnx").run(None, {"x": MATRICES})[0]
    with Server(repository=with_inverse) as server:
        metadata = json_of(server.get("/v2/models/inverse"))
        assert metadata["platform"] == "onnx_onnxruntime"
        assert any("Inverse" in value for value in metadata["properties"].values()), metadata["properties"]
        server.wait_for_log("Inverse")
        answer = server.post("/v2/models/inverse/infer", {"inputs": [
            {"name": "x", "shape": [2, 3, 3], "datatype": "FP32", "data": MATRICES.ravel().tolist()}]})
        assert answer.status == 200, answer
        # The shortest decimals that read back as the same FP32.
        assert numpy.array(json_of(answer)["outputs"][0]["data"], numpy.float32).tolist() == wanted.ravel().tolist()
        assert json_of(server.get("/v2/models/iris"))["platform"] == "onnx_dunlin"
        reason = next(value for value in metadata["properties"].values() if "Inverse" in value)
        fact(f"operator that only ONNX Runtime has: {reason}")


def test_without_the_library_the_load_error_says_what_to_install(with_inverse, fact):
    with Server(repository=with_inverse, environment=HIDDEN, wait_until="live") as server:
        wait_for_loads(server)
        for model in MODELS:
            assert server.get(f"/v2/models/{model}/ready").status == 200
        assert server.get("/v2/models/inverse/ready").status in (404, 503)
        assert server.get("/v2/health/ready").status == 503, "a wanted model has failed"
        entry = next(entry for entry in json_of(server.post("/v2/repository/index")) if entry["name"] == "inverse")
        assert entry["state"] == "UNAVAILABLE"
        for words in ("Inverse", "libonnxruntime", "/nonexistent/libonnxruntime.so.1", "install"):
            assert words in entry["reason"], entry["reason"]
        fact(f"load error without the library: {entry['reason']}")
        answer = server.post("/v2/repository/models/inverse/load")
        assert answer.status >= 400
        assert "Inverse" in json_of(answer)["error"]
        assert_infers(server)


def wait_for_loads(server):
    """Returns once nothing is loading any more."""
    server.wait_for_log(" models in ")


def test_strict_readiness_can_be_turned_off(with_inverse):
    with Server("--strict-readiness=false", repository=with_inverse, environment=HIDDEN) as server:
        wait_for_loads(server)
        assert server.get("/v2/health/ready").status == 200
        assert server.get("/v2/models/inverse/ready").status in (404, 503)
        assert_infers(server)


def test_shipped_models_need_no_library():
    with Server(environment=HIDDEN) as server:
        for model in MODELS:
            assert json_of(server.get(f"/v2/models/{model}"))["platform"] == "onnx_dunlin"


def test_all_shipped_models_on_onnxruntime_alone():
    from reference import expected, sample

    with Server("--backends", "onnxruntime") as server:
        for model in MODELS:
            assert json_of(server.get(f"/v2/models/{model}"))["platform"] == "onnx_onnxruntime"
            name, datatype, array = sample(model)
            answer = server.post(f"/v2/models/{model}/infer", {"inputs": [
                {"name": name, "shape": list(array.shape), "datatype": datatype, "data": array.ravel().tolist()}]})
            outputs = {output["name"]: output for output in json_of(answer)["outputs"]}
            for output, value in expected(model, array).items():
                given = outputs[output]
                assert given["shape"] == list(value.shape)
                if value.dtype.kind == "f":
                    numpy.testing.assert_allclose(given["data"], value.ravel(), rtol=1e-6)
                else:
                    assert given["data"] == value.ravel().tolist()


def test_both_backends_describe_the_shipped_models_alike():
    with Server() as native, Server("--backends", "onnxruntime") as runtime:
        for model in MODELS:
            ours, theirs = (json_of(server.get(f"/v2/models/{model}")) for server in (native, runtime))
            assert ours["inputs"] == theirs["inputs"]
            assert ours["outputs"] == theirs["outputs"]
            labels = [{key: value for key, value in metadata.get("properties", {}).items() if key.startswith("labels")}
                      for metadata in (ours, theirs)]
            assert labels[0] == labels[1]


def test_an_output_that_cannot_be_carried_is_refused_at_load(repository):
    folder = repository / "sequence" / "1"
    folder.mkdir(parents=True)
    onnx.save(sequence_model(), folder / "model.onnx")
    with Server(repository=repository, load=None) as server:
        answer = server.post("/v2/repository/models/sequence/load")
        assert answer.status >= 400
        assert "sequence" in json_of(answer)["error"]


def test_a_broken_file_is_a_load_error(repository):
    folder = repository / "broken" / "1"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"\x08\x08not a model" * 10)
    with Server(repository=repository, load=None) as server:
        answer = server.post("/v2/repository/models/broken/load")
        assert 400 <= answer.status < 600
        assert "broken" in json_of(answer)["error"]
        server.post("/v2/repository/models/iris/load")
        assert_infers(server)
