"""NVIDIA's client for Triton, over gRPC: every method of InferenceServerClient, each in a test that is named for it."""

import inspect
import json
import queue
import re
import time
import uuid

import grpc
import http2_client
import numpy
import pytest
from tritonclient.utils import InferenceServerException, shared_memory

from dunlin_server import MODELS, Server
from reference import assert_close, expected, sample
from test_triton_client import EVERY_DATATYPE
from triton_grpc import service_pb2, service_pb2_grpc, triton


@pytest.fixture(scope="module")
def grpc_server():
    """A server of this file alone: settings and regions are changed."""
    with Server("--allow-client-shm", "true") as running:
        yield running


@pytest.fixture
def client(grpc_server):
    with triton.InferenceServerClient(grpc_server.address) as client:
        yield client


@pytest.fixture
def stub(grpc_server):
    with grpc.insecure_channel(grpc_server.address) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


def infer_input(name, datatype, array):
    tensor = triton.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array)
    return tensor


def iris():
    name, datatype, array = sample("iris")
    return [infer_input(name, datatype, array)]


def fails(code, call, *arguments, **named):
    """The message of the error that the call ends with."""
    with pytest.raises(InferenceServerException) as caught:
        call(*arguments, **named)
    assert caught.value.status() == f"StatusCode.{code}", caught.value
    return caught.value.message()


# Health and metadata


def test_is_server_live(client):
    assert client.is_server_live()


def test_is_server_ready(client):
    assert client.is_server_ready()


def test_is_model_ready(client):
    for model in MODELS:
        assert client.is_model_ready(model)
        assert client.is_model_ready(model, "1")
    assert not client.is_model_ready("nonexistent")
    assert not client.is_model_ready("iris", "7")


def test_get_server_metadata(client):
    metadata = client.get_server_metadata()
    assert metadata.name == "dunlin"
    assert {"binary_tensor_data", "model_repository", "system_shared_memory"} <= set(metadata.extensions)
    assert client.get_server_metadata(as_json=True)["name"] == "dunlin"


@pytest.mark.parametrize("model", MODELS)
def test_get_model_metadata(client, model):
    metadata = client.get_model_metadata(model)
    name, datatype, array = sample(model)
    assert metadata.name == model and list(metadata.versions) == ["1"]
    assert [(tensor.name, tensor.datatype) for tensor in metadata.inputs] == [(name, datatype)]
    assert list(metadata.inputs[0].shape) == [-1, *array.shape[1:]]
    assert [tensor.name for tensor in metadata.outputs] == list(expected(model, array))
    assert "nonexistent" in fails("NOT_FOUND", client.get_model_metadata, "nonexistent")


@pytest.mark.parametrize("model", MODELS)
def test_get_model_config(grpc_server, client, model):
    """What HTTP says of a model is what gRPC says of it."""
    config = client.get_model_config(model, as_json=True)["config"]
    http = json.loads(grpc_server.get(f"/v2/models/{model}/config").body)
    assert config["name"] == model
    assert [one["name"] for one in config["input"]] == [one["name"] for one in http["input"]]
    assert [one["data_type"] for one in config["output"]] == [one["data_type"] for one in http["output"]]
    assert config.get("backend", "") == http["backend"] and config.get("platform", "") == http["platform"]
    fails("NOT_FOUND", client.get_model_config, "nonexistent")


# Inference


@pytest.mark.parametrize("model", MODELS)
def test_infer(client, model):
    name, datatype, array = sample(model)
    wanted = expected(model, array)
    result = client.infer(
        model, [infer_input(name, datatype, array)], request_id="r1",
        outputs=[triton.InferRequestedOutput(output) for output in wanted])
    assert result.get_response().id == "r1" and result.get_response().model_version == "1"
    assert [output.name for output in result.get_response().outputs] == list(wanted)
    for output, value in wanted.items():
        assert_close(output, result.as_numpy(output), value)


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_infer_compressed(client, algorithm):
    rows = (numpy.arange(500 * 64, dtype=numpy.float32) % 17).reshape(500, 64)
    inputs = [infer_input(sample("digits_mlp")[0], "FP32", rows)]
    result = client.infer("digits_mlp", inputs, compression_algorithm=algorithm)
    for output, value in expected("digits_mlp", rows).items():
        assert_close(output, result.as_numpy(output), value)


@pytest.fixture(scope="module")
def identity(grpc_server):
    assert grpc_server.post("/v2/workers/identity/load").body == b"identity"
    yield "identity"
    grpc_server.post("/v2/workers/identity/unload")


@pytest.mark.parametrize("datatype", EVERY_DATATYPE)
def test_infer_of_every_datatype(client, identity, datatype):
    array = EVERY_DATATYPE[datatype]
    result = client.infer(identity, [infer_input("x", datatype, array)])
    output = result.get_response().outputs[0]
    assert output.datatype == datatype and list(output.shape) == list(array.shape)
    given = result.as_numpy(output.name)
    if datatype == "BYTES":
        given = numpy.array([[item.decode() for item in given[0]]], object)
    assert (given == array).all()


TYPED = {
    "BOOL": ("bool_contents", [True, False]), "INT8": ("int_contents", [-128, 127]),
    "INT16": ("int_contents", [-32768, 32767]), "INT32": ("int_contents", [-(2**31), 2**31 - 1]),
    "INT64": ("int64_contents", [-(2**63), 2**63 - 1]), "UINT8": ("uint_contents", [0, 255]),
    "UINT16": ("uint_contents", [0, 65535]), "UINT32": ("uint_contents", [0, 2**32 - 1]),
    "UINT64": ("uint64_contents", [0, 2**64 - 1]), "FP32": ("fp32_contents", [0.5, -2.5]),
    "FP64": ("fp64_contents", [0.1, 5e-324]), "BYTES": ("bytes_contents", [b"", b"\xff\x00a"]),
}


@pytest.mark.parametrize("datatype", TYPED)
def test_typed_contents_are_answered_typed(stub, identity, datatype):
    field, values = TYPED[datatype]
    request = service_pb2.ModelInferRequest(model_name=identity)
    tensor = request.inputs.add(name="x", datatype=datatype, shape=[2])
    getattr(tensor.contents, field).extend(values)
    response = stub.ModelInfer(request)
    assert list(getattr(response.outputs[0].contents, field)) == values
    assert len(response.raw_output_contents) == 0


def test_infer_of_64_mebibytes(grpc_server, identity):
    """As much as the limit lets through, and what is beyond it."""
    options = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]
    with grpc.insecure_channel(grpc_server.address, options) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        raw = numpy.arange((64 << 18) - 64, dtype=numpy.float32).tobytes()
        request = service_pb2.ModelInferRequest(model_name=identity, raw_input_contents=[raw])
        request.inputs.add(name="x", datatype="FP32", shape=[len(raw) // 4])
        assert stub.ModelInfer(request, timeout=60).raw_output_contents[0] == raw
        request.raw_input_contents[0] += b"\0" * 256
        with pytest.raises(grpc.RpcError) as caught:
            stub.ModelInfer(request, timeout=60)
        assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_async_infer(client):
    answers = queue.Queue()
    client.async_infer("iris", iris(), lambda result, error: answers.put((result, error)), request_id="7")
    result, error = answers.get(timeout=10)
    assert error is None and result.get_response().id == "7"
    assert result.as_numpy("output_label").tolist() == [b"setosa"]


def test_async_infer_cancelled(client):
    answers = queue.Queue()
    context = client.async_infer("iris", iris(), lambda result, error: answers.put((result, error)))
    context.cancel()
    result, error = answers.get(timeout=10)
    # What was answered before it was cancelled is answered.
    assert error is None or error.status() == "StatusCode.CANCELLED"
    assert client.is_server_live()


def test_start_stream_async_stream_infer_stop_stream(client):
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    for number in range(200):
        client.async_stream_infer("iris", iris(), request_id=str(number), enable_empty_final_response=True)
    for number in range(200):
        result, error = answers.get(timeout=10)
        assert error is None, error
        response = result.get_response()
        assert response.id == str(number)
        assert response.parameters["triton_final_response"].bool_param
        assert result.as_numpy("output_label").tolist() == [b"setosa"]
    client.stop_stream()
    assert answers.empty()


def test_stream_goes_on_after_an_error_item(client):
    answers = queue.Queue()
    client.start_stream(lambda result, error: answers.put((result, error)))
    for number, model in enumerate(["iris", "nonexistent", "iris"]):
        client.async_stream_infer(model, iris(), request_id=str(number))
    found = [answers.get(timeout=10) for _ in range(3)]
    client.stop_stream()
    assert [error is None for _, error in found] == [True, False, True]
    assert "nonexistent" in found[1][1].message()
    assert found[2][0].get_response().id == "2"


def test_error_items_have_the_id_of_their_request(stub):
    requests = [service_pb2.ModelInferRequest(model_name="nonexistent", id=str(number)) for number in range(3)]
    items = list(stub.ModelStreamInfer(iter(requests)))
    assert [item.infer_response.id for item in items] == ["0", "1", "2"]
    assert all("nonexistent" in item.error_message for item in items)


def test_stream_with_triton_grpc_error_ends_with_a_status(stub):
    requests = [service_pb2.ModelInferRequest(model_name="nonexistent", id="0")]
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ModelStreamInfer(iter(requests), metadata=[("triton_grpc_error", "true")]))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_infer_with_sequence_parameters_priority_and_timeout(client):
    """They are taken; a model without sequences does not mind them."""
    client.infer("iris", iris(), priority=1, timeout=1_000_000, parameters={"note": "x", "number": 3, "flag": True})


def test_classification(client):
    name, datatype, array = sample("digits_mlp")
    scores = next(output for output, value in expected("digits_mlp", array).items() if value.shape[-1] == 10)
    result = client.infer(
        "digits_mlp", [infer_input(name, datatype, array)],
        outputs=[triton.InferRequestedOutput(scores, class_count=3)])
    output = result.get_response().outputs[0]
    assert output.datatype == "BYTES" and list(output.shape)[-1] == 3
    assert b":" in result.as_numpy(output.name).ravel()[0]


def test_client_timeout_is_a_deadline(client, grpc_server):
    assert client.infer("iris", iris(), client_timeout=30)
    name, datatype, array = sample("iris")
    request = service_pb2.ModelInferRequest(model_name="iris", raw_input_contents=[array.tobytes()])
    request.inputs.add(name=name, datatype=datatype, shape=array.shape)
    message = request.SerializeToString()
    # A nanosecond is over before the message is read, on any machine: grpc's own client would round it up.
    fields = [("content-type", "application/grpc"), ("te", "trailers"), ("grpc-timeout", "1n")]
    with http2_client.Client(grpc_server.port) as raw:
        answer = raw.post("/inference.GRPCInferenceService/ModelInfer",
                          b"\0" + len(message).to_bytes(4, "big") + message, fields)
    assert (answer.trailers or answer.headers)["grpc-status"] == str(grpc.StatusCode.DEADLINE_EXCEEDED.value[0])


REFUSALS = {
    "unknown model": (dict(model_name="nonexistent"), "NOT_FOUND", "nonexistent"),
    "no model": (dict(), "INVALID_ARGUMENT", "model_name"),
    "unknown version": (dict(model_name="iris", model_version="7"), "NOT_FOUND", "7"),
    "no inputs": (dict(model_name="iris"), "INVALID_ARGUMENT", "input"),
    "raw without an input": (dict(model_name="iris", raw_input_contents=[b"x"]), "INVALID_ARGUMENT",
                             "raw_input_contents"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusals(stub, case):
    fields, code, words = REFUSALS[case]
    with pytest.raises(grpc.RpcError) as caught:
        stub.ModelInfer(service_pb2.ModelInferRequest(**fields))
    assert caught.value.code().name == code and words in caught.value.details()


def test_messages_of_errors_may_have_any_characters(stub):
    with pytest.raises(grpc.RpcError) as caught:
        stub.ModelMetadata(service_pb2.ModelMetadataRequest(name="é%20\n🦆"))
    assert "é%20\n🦆" in caught.value.details()


def test_unknown_methods_are_unimplemented(grpc_server):
    with grpc.insecure_channel(grpc_server.address) as channel:
        for path in ["/inference.GRPCInferenceService/Nothing", "/other.Service/ModelInfer"]:
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary(path)(b"")
            assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_broken_messages_are_refused(grpc_server):
    with grpc.insecure_channel(grpc_server.address) as channel:
        for message in [b"\x0a", b"\x0a\xff", b"\xff" * 20, b"\x0b"]:
            with pytest.raises(grpc.RpcError) as caught:
                channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")(message)
            assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT


# Model repository


def test_get_model_repository_index(client):
    index = client.get_model_repository_index()
    assert {model.name for model in index.models if model.state == "READY"} >= set(MODELS)


def test_load_model_and_unload_model(client):
    client.unload_model("iris")
    assert not client.is_model_ready("iris")
    client.load_model("iris")
    assert client.is_model_ready("iris")
    # What is not there needs no unloading, as over HTTP.
    client.unload_model("nonexistent")
    assert "nonexistent" in fails("NOT_FOUND", client.load_model, "nonexistent")


def test_load_model_with_config_and_files(client):
    from dunlin_server import REPOSITORY
    content = (REPOSITORY / "iris" / "1" / "model.onnx").read_bytes()
    config = json.dumps({"max_batch_size": 4})
    client.load_model("brought", config=config, files={"file:1/model.onnx": content})
    assert client.is_model_ready("brought")
    assert client.get_model_config("brought").config.max_batch_size == 4
    assert client.infer("brought", iris()).as_numpy("output_label").tolist() == [b"setosa"]
    client.unload_model("brought", unload_dependents=True)
    assert not client.is_model_ready("brought")


# Statistics and settings


def test_get_inference_statistics(client):
    before = client.get_inference_statistics("iris").model_stats[0].inference_stats.success.count
    client.infer("iris", iris())
    after = client.get_inference_statistics("iris").model_stats[0]
    assert after.inference_stats.success.count == before + 1
    assert after.name == "iris" and after.version == "1" and after.last_inference > 0
    assert {one.name for one in client.get_inference_statistics().model_stats} >= {"iris"}
    fails("NOT_FOUND", client.get_inference_statistics, "nonexistent")


def test_get_trace_settings(client):
    settings = client.get_trace_settings().settings
    assert list(settings["trace_level"].value) == ["OFF"]
    assert "trace_rate" in client.get_trace_settings("iris").settings
    fails("NOT_FOUND", client.get_trace_settings, "nonexistent")


def test_update_trace_settings(client):
    assert list(client.update_trace_settings(settings={"trace_rate": "5"}).settings["trace_rate"].value) == ["5"]
    assert list(client.get_trace_settings("iris").settings["trace_rate"].value) == ["5"]
    client.update_trace_settings("iris", {"trace_rate": "7"})
    assert list(client.get_trace_settings("iris").settings["trace_rate"].value) == ["7"]
    client.update_trace_settings("iris", {"trace_rate": None})
    assert list(client.get_trace_settings("iris").settings["trace_rate"].value) == ["5"]
    client.update_trace_settings(settings={"trace_rate": None})
    fails("INVALID_ARGUMENT", client.update_trace_settings, settings={"trace_rate": "x"})


def test_get_log_settings(client):
    settings = client.get_log_settings().settings
    assert settings["log_info"].bool_param and settings["log_format"].string_param == "default"


def test_update_log_settings(client):
    changed = client.update_log_settings({"log_verbose_level": 1, "log_info": False, "log_format": "ISO8601"}).settings
    assert changed["log_verbose_level"].uint32_param == 1 and not changed["log_info"].bool_param
    client.update_log_settings({"log_verbose_level": 0, "log_info": True, "log_format": "default"})
    assert client.get_log_settings().settings["log_info"].bool_param
    fails("INVALID_ARGUMENT", client.update_log_settings, {"log_nothing": True})


# Shared memory


@pytest.fixture
def region():
    key = f"/dunlin-grpc-{uuid.uuid4().hex}"
    handle = shared_memory.create_shared_memory_region("region", key, 4096)
    yield key, handle
    shared_memory.destroy_shared_memory_region(handle)


def test_register_system_shared_memory_and_infer(client, identity, region):
    key, handle = region
    array = numpy.arange(16, dtype=numpy.float32)
    shared_memory.set_shared_memory_region(handle, [array])
    client.register_system_shared_memory("region", key, 4096)
    tensor = triton.InferInput("x", [16], "FP32")
    tensor.set_shared_memory("region", 64)
    name = client.infer(identity, [infer_input("x", "FP32", array)]).get_response().outputs[0].name
    output = triton.InferRequestedOutput(name)
    output.set_shared_memory("region", 64, offset=1024)
    response = client.infer(identity, [tensor], outputs=[output]).get_response()
    assert response.outputs[0].parameters["shared_memory_byte_size"].int64_param == 64
    assert list(response.raw_output_contents) == [b""]
    given = shared_memory.get_contents_as_numpy(handle, numpy.float32, [16], offset=1024)
    assert (given == array).all()
    client.unregister_system_shared_memory("region")


def test_get_system_shared_memory_status_and_unregister_system_shared_memory(client, region):
    key, _ = region
    client.register_system_shared_memory("region", key, 2048, offset=1024)
    status = client.get_system_shared_memory_status().regions["region"]
    assert (status.key, status.offset, status.byte_size) == (key, 1024, 2048)
    assert "region" in client.get_system_shared_memory_status("region").regions
    client.unregister_system_shared_memory()
    assert not client.get_system_shared_memory_status().regions
    fails("NOT_FOUND", client.get_system_shared_memory_status, "region")


def test_register_system_shared_memory_refused(client):
    fails("INVALID_ARGUMENT", client.register_system_shared_memory, "region", "", 64)


def test_get_cuda_shared_memory_status(client):
    assert not client.get_cuda_shared_memory_status().regions


def test_register_cuda_shared_memory(client):
    assert "GPU" in fails("INVALID_ARGUMENT", client.register_cuda_shared_memory, "region", b"aGFuZGxl", 0, 64)


def test_unregister_cuda_shared_memory(client):
    client.unregister_cuda_shared_memory()


# The whole surface


def test_close(grpc_server):
    client = triton.InferenceServerClient(grpc_server.address)
    assert client.is_server_live()
    client.close()


def test_every_method_of_the_client_has_a_test(fact):
    methods = {name for name, _ in inspect.getmembers(triton.InferenceServerClient, inspect.isfunction)
               if not name.startswith("_")} - {"register_plugin", "unregister_plugin", "plugin"}
    # The longest first: a test of `async_infer` is none of `infer`.
    words = "|".join(sorted(methods, key=len, reverse=True))
    tested = {method for name in globals() if name.startswith("test_")
              for method in re.findall(f"(?<=_)({words})(?=_|$)", name)}
    assert methods - tested == set()
    fact(f"gRPC: {len(methods)} methods of tritonclient.grpc.InferenceServerClient")


# Ports and flags


def test_a_port_of_its_own():
    with Server("--grpc-port", "0") as server:
        port = int(re.search(r"\bport\W+(\d+)", server.wait_for_log("listening for gRPC"))[1])
        with triton.InferenceServerClient(f"127.0.0.1:{port}") as client:
            assert client.infer("iris", iris()).as_numpy("output_label").tolist() == [b"setosa"]


def test_the_largest_message_is_the_largest_body(identity):
    with Server("--max-body-size", "1024") as server, triton.InferenceServerClient(server.address) as client:
        assert client.infer("iris", iris())
        message = fails("RESOURCE_EXHAUSTED", client.infer, "iris", iris(), request_id="x" * 1000)
        assert "1024" in message


def test_a_stream_may_be_older_than_a_request_may_wait():
    with Server("--max-wait", "2s") as server, triton.InferenceServerClient(server.address) as client:
        answers = queue.Queue()
        client.start_stream(lambda result, error: answers.put((result, error)))
        for _ in range(2):
            client.async_stream_infer("iris", iris())
            result, error = answers.get(timeout=30)
            assert error is None and result.as_numpy("output_label").tolist() == [b"setosa"]
            time.sleep(2.5)
        client.stop_stream()


def test_many_calls_at_once(client, fact):
    count = 2000
    answers = queue.Queue()
    started = time.monotonic()
    for _ in range(count):
        client.async_infer("iris", iris(), lambda result, error: answers.put(error))
    assert [answers.get(timeout=30) for _ in range(count)] == [None] * count
    fact(f"gRPC: {count / (time.monotonic() - started):.0f} requests/s of tritonclient.async_infer, one connection")


UNLIMITED = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1)]


def large_request(model, number, mebibytes):
    request = service_pb2.ModelInferRequest(
        model_name=model, id=str(number), raw_input_contents=[bytes([number]) * (mebibytes << 20)])
    request.inputs.add(name="x", datatype="UINT8", shape=[mebibytes << 20])
    return request


def test_large_answers_at_once_all_arrive(grpc_server, identity):
    """Together far more than what may wait for one client."""
    with grpc.insecure_channel(grpc_server.address, UNLIMITED) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        calls = [stub.ModelInfer.future(large_request(identity, number, 8), timeout=60) for number in range(24)]
        for number, call in enumerate(calls):
            response = call.result()
            assert response.id == str(number) and response.raw_output_contents[0] == bytes([number]) * (8 << 20)


def test_a_slow_reader_of_a_stream_is_held_back(grpc_server, identity):
    """It gets every answer."""
    requests = (large_request(identity, number, 4) for number in range(60))
    with grpc.insecure_channel(grpc_server.address, UNLIMITED) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        for number, item in enumerate(stub.ModelStreamInfer(requests, timeout=120)):
            if number == 0:
                time.sleep(1)
            assert not item.error_message
            response = item.infer_response
            assert response.id == str(number) and response.raw_output_contents[0] == bytes([number]) * (4 << 20)
    assert number == 59
