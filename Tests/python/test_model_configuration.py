"""Ragged and padded batches and rate limits on real models, made here, through NVIDIA's client."""

import concurrent.futures

import numpy
import onnx
import pytest
import tritonclient.http as triton
from onnx import TensorProto, helper

from dunlin_server import Server

LENGTHS = [3, 4, 5, 1, 8, 2, 7, 6] * 8


def save(folder, config, nodes, inputs, outputs, constants=()):
    """Writes a model of version 1 and its config.pbtxt."""
    graph = helper.make_graph(nodes, folder.name, inputs, outputs, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    (folder / "1").mkdir(parents=True)
    onnx.save_model(model, str(folder / "1/model.onnx"))
    (folder / "config.pbtxt").write_text(config)


def floats(name, shape):
    return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    models = tmp_path_factory.mktemp("configured") / "models"
    two = helper.make_tensor("two", TensorProto.FLOAT, [], [2.0])
    save(
        models / "ragged",
        """
        max_batch_size: 16
        dynamic_batching { max_queue_delay_microseconds: 200000 }
        input [ { name: "x" data_type: TYPE_FP32 dims: [ -1 ] allow_ragged_batch: true } ]
        output [ { name: "twice" data_type: TYPE_FP32 dims: [ -1 ] },
                 { name: "count" data_type: TYPE_FP32 dims: [ 1 ] reshape { shape: [ ] } } ]
        batch_input [ { kind: BATCH_ELEMENT_COUNT target_name: "n" data_type: TYPE_FP32 source_input: "x" } ]
        batch_output [ { target_name: "twice" kind: BATCH_SCATTER_WITH_INPUT_SHAPE source_input: "x" } ]
        """,
        [helper.make_node("Mul", ["x", "two"], ["twice"]), helper.make_node("Abs", ["n"], ["count"])],
        [floats("x", ["total"]), floats("n", ["requests"])], [floats("twice", ["total"]), floats("count", ["requests"])],
        [two])
    axis = helper.make_tensor("axis", TensorProto.INT64, [1], [1])
    save(
        models / "padded",
        """
        max_batch_size: 16
        dynamic_batching { max_queue_delay_microseconds: 200000 }
        instance_group [ { count: 1 rate_limiter { resources [ { name: "r" count: 1 } ] } } ]
        parameters { key: "pad_inputs" value: { string_value: "x=0" } }
        parameters { key: "cut_outputs" value: { string_value: "twice=x" } }
        """,
        [helper.make_node("Mul", ["x", "two"], ["twice"]),
         helper.make_node("ReduceSum", ["x", "axis"], ["count"], keepdims=1)],
        [floats("x", ["rows", "length"])], [floats("twice", ["rows", "length"]), floats("count", ["rows", 1])],
        [two, axis])
    with Server(
            "--rate-limit", "execution_count", "--rate-limit-resource", "r:1:0", repository=models, load="*") as running:
        yield running


@pytest.mark.parametrize("model", ["ragged", "padded"])
def test_unequal_requests_get_their_own_rows(server, model):
    def ask(length):
        array = numpy.arange(1, length + 1, dtype=numpy.float32)[None]
        tensor = triton.InferInput("x", list(array.shape), "FP32")
        tensor.set_data_from_numpy(array)
        with triton.InferenceServerClient(server.address) as own:
            answer = own.infer(model, [tensor])
        return array, answer.as_numpy("twice"), answer.as_numpy("count")

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        for array, twice, count in pool.map(ask, LENGTHS):
            numpy.testing.assert_array_equal(twice, array * 2)
            assert count.tolist() == [[array.size if model == "ragged" else array.sum()]]
    with triton.InferenceServerClient(server.address) as client:
        metadata = client.get_model_metadata(model)
        assert [(tensor["name"], tensor["shape"]) for tensor in metadata["inputs"]] == [("x", [-1, -1])]
        statistics = client.get_inference_statistics(model)["model_stats"][0]
        assert statistics["inference_count"] == len(LENGTHS)
        assert statistics["execution_count"] < len(LENGTHS), "some ran together"


def test_a_resource_that_is_too_small_fails_the_load(server):
    with triton.InferenceServerClient(server.address) as client:
        config = """{"max_batch_size": 16,
            "instance_group": [{"rate_limiter": {"resources": [{"name": "r", "count": 2}]}}]}"""
        with pytest.raises(Exception, match="--rate-limit-resource limits it to 1"):
            client.load_model("padded", config=config)
        assert client.is_model_ready("padded")


def test_the_configuration_is_told_as_it_was_given(server):
    with triton.InferenceServerClient(server.address) as client:
        ragged, padded = (client.get_model_config(model) for model in ("ragged", "padded"))
    assert ragged["input"][0]["allow_ragged_batch"] is True and ragged["input"][0]["dims"] == [-1]
    assert [tensor["name"] for tensor in ragged["input"]] == ["x"], "what the server makes is no input of requests"
    (made,) = ragged["batch_input"]
    assert made["kind"] == "BATCH_ELEMENT_COUNT" and made["target_name"] == ["n"] and made["source_input"] == ["x"]
    assert made["data_type"] == "TYPE_FP32"
    (cut,) = ragged["batch_output"]
    assert cut["kind"] == "BATCH_SCATTER_WITH_INPUT_SHAPE" and cut["target_name"] == ["twice"]
    assert cut["source_input"] == ["x"]
    count = next(tensor for tensor in ragged["output"] if tensor["name"] == "count")
    assert count["dims"] == [1] and count["reshape"] == {"shape": []}
    (group,) = padded["instance_group"]
    assert group["count"] == 1 and group["kind"] == "KIND_CPU"
    (resource,) = group["rate_limiter"]["resources"]
    assert resource["name"] == "r" and resource["count"] == 1
