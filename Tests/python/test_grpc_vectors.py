"""Byte vectors of the protocol's messages: Google's protobuf, from the published .proto, and the running server agree on them.

`GRPCByteVectorTests` has the same vectors for the server's own reader and writer.
"""

import subprocess
import sys

import grpc
import numpy
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_health.v1 import health_pb2

from dunlin_server import ROOT, Server

# Message, bytes, protobuf's JSON of it. Fields are in their order, as every writer of protobuf puts them.
VECTORS = {
    'ModelReadyRequest{name:"echo"}': ("ModelReadyRequest", "0a 04 65 63 68 6f", {"name": "echo"}),
    "ModelReadyResponse{ready:true}": ("ModelReadyResponse", "08 01", {"ready": True}),
    "ModelReadyResponse{ready:false}": ("ModelReadyResponse", "", {}),
    'ModelInferRequest{model_name "echo", id "r1", parameters{timeout:int64 1000}, '
    "inputs[{x,UINT32,[1],uint_contents[3]}], outputs[{y}]}": (
        "ModelInferRequest",
        "0a 04 65 63 68 6f 1a 02 72 31 22 0e 0a 07 74 69 6d 65 6f 75 74 12 03 10 e8 07"
        "2a 13 0a 01 78 12 06 55 49 4e 54 33 32 1a 01 01 2a 03 22 01 03 32 03 0a 01 79",
        {"modelName": "echo", "id": "r1", "parameters": {"timeout": {"int64Param": "1000"}},
         "inputs": [{"name": "x", "datatype": "UINT32", "shape": ["1"], "contents": {"uintContents": [3]}}],
         "outputs": [{"name": "y"}]}),
    'ModelInferRequest{model_name "echo", inputs[{x,UINT32,[1,2]}], raw_input_contents[LE 3,4]}': (
        "ModelInferRequest",
        "0a 04 65 63 68 6f 2a 0f 0a 01 78 12 06 55 49 4e 54 33 32 1a 02 01 02 3a 08 03 00 00 00 04 00 00 00",
        {"modelName": "echo", "inputs": [{"name": "x", "datatype": "UINT32", "shape": ["1", "2"]}],
         "rawInputContents": ["AwAAAAQAAAA="]}),
    'ModelInferResponse{model_name "echo", model_version "1", outputs[{y,UINT32,[1,2]}], raw_output_contents[LE 4,5]}': (
        "ModelInferResponse",
        "0a 04 65 63 68 6f 12 01 31 2a 0f 0a 01 79 12 06 55 49 4e 54 33 32 1a 02 01 02 32 08 04 00 00 00 05 00 00 00",
        {"modelName": "echo", "modelVersion": "1",
         "outputs": [{"name": "y", "datatype": "UINT32", "shape": ["1", "2"]}], "rawOutputContents": ["BAAAAAUAAAA="]}),
    'ModelInferRequest{model_name "t", inputs[{s,BYTES,[2],bytes_contents["ab","é"]}]}': (
        "ModelInferRequest",
        "0a 01 74 2a 17 0a 01 73 12 05 42 59 54 45 53 1a 01 02 2a 08 42 02 61 62 42 02 c3 a9",
        {"modelName": "t", "inputs": [{"name": "s", "datatype": "BYTES", "shape": ["2"],
                                       "contents": {"bytesContents": ["YWI=", "w6k="]}}]}),
    "InferParameter{double 0.5}": ("InferParameter", "21 00 00 00 00 00 00 e0 3f", {"doubleParam": 0.5}),
    "InferTensorContents int_contents[-1,2]": (
        "InferTensorContents", "12 0b ff ff ff ff ff ff ff ff ff 01 02", {"intContents": [-1, 2]}),
    "InferTensorContents bool [t,f,t]": (
        "InferTensorContents", "0a 03 01 00 01", {"boolContents": [True, False, True]}),
    "InferTensorContents fp32 [1,-2.5]": (
        "InferTensorContents", "32 08 00 00 80 3f 00 00 20 c0", {"fp32Contents": [1.0, -2.5]}),
}


@pytest.fixture(scope="module")
def messages(tmp_path_factory):
    """A message class for each name, from the .proto that users get."""
    target = tmp_path_factory.mktemp("protoc") / "set"
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'openapi'}", f"--descriptor_set_out={target}",
                    "--include_imports", "grpc_service.proto"], check=True)
    pool = descriptor_pool.DescriptorPool()
    for file in descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes()).file:
        pool.Add(file)
    return lambda name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"inference.{name}"))


@pytest.mark.parametrize("name", VECTORS)
def test_protobuf_reads_and_writes_the_vector(messages, name):
    kind, text, value = VECTORS[name]
    message = messages(kind).FromString(bytes.fromhex(text))
    assert json_format.MessageToDict(message) == value
    assert json_format.ParseDict(value, messages(kind)()).SerializeToString() == bytes.fromhex(text)


def test_the_vector_of_health():
    answer = health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
    assert answer.SerializeToString() == bytes.fromhex("08 01")
    assert health_pb2.HealthCheckResponse.FromString(b"\x08\x01") == answer


def test_the_raw_form_of_text():
    from tritonclient.utils import deserialize_bytes_tensor, serialize_byte_tensor
    raw = bytes.fromhex("02 00 00 00 61 62 02 00 00 00 c3 a9")
    assert serialize_byte_tensor(numpy.array([b"ab", "é".encode()], object)).item() == raw
    assert deserialize_bytes_tensor(raw).tolist() == [b"ab", "é".encode()]


@pytest.fixture(scope="module")
def channel():
    """AMD's echo, which adds one, under the model name of the vectors; messages go and come as bytes."""
    with Server(load=None) as server, grpc.insecure_channel(server.address) as channel:
        assert server.post("/v2/workers/echo/load", {"model": "echo"}).body == b"echo"
        yield channel


def call(channel, path, text):
    """The very bytes of the answer's message."""
    return channel.unary_unary(path)(bytes.fromhex(text)).hex(" ")


def test_the_server_answers_the_vectors(channel):
    service = "/inference.GRPCInferenceService"
    assert call(channel, f"{service}/ModelReady", "0a 04 65 63 68 6f") == "08 01"
    assert call(channel, f"{service}/ModelReady", "0a 05 6f 74 68 65 72") == ""
    assert call(channel, "/grpc.health.v1.Health/Check", "") == "08 01"


def test_the_server_answers_raw_with_the_vector_of_the_answer(channel, messages):
    """The tensor's name is the worker's own; all other bytes are the vector's."""
    _, text, value = VECTORS[next(name for name in VECTORS if "raw_input_contents" in name)]
    found = call(channel, "/inference.GRPCInferenceService/ModelInfer", text)
    answer = messages("ModelInferResponse").FromString(bytes.fromhex(found))
    assert answer.SerializeToString().hex(" ") == found
    for output in answer.outputs:
        output.name = "y"
    wanted = next(text for kind, text, _ in VECTORS.values() if kind == "ModelInferResponse")
    assert answer.SerializeToString() == bytes.fromhex(wanted)


def test_the_server_answers_typed_contents_typed(channel, messages):
    _, text, _ = next(vector for name, vector in VECTORS.items() if "uint_contents" in name)
    text = text.replace("32 03 0a 01 79", "")
    found = call(channel, "/inference.GRPCInferenceService/ModelInfer", text)
    answer = messages("ModelInferResponse").FromString(bytes.fromhex(found))
    assert answer.SerializeToString().hex(" ") == found
    assert answer.id == "r1" and list(answer.outputs[0].contents.uint_contents) == [4]
