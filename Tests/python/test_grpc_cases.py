"""Triton's own gRPC tests as cases: Tests/Fixtures/grpc/<group>/<case>/case.json, each played over a real connection.

`calls` are made one after the other: `method`, `request` in protobuf's JSON form (a list for a stream), `metadata`, then the
`code` (OK when left out), the `answer` (a list for a stream; left out where anything will do) or what the message `says`. `from`
names the test it is taken from, `differs` tells what Triton answers instead and why it is otherwise here.
"""

import json

import grpc
import onnx
import pytest
from google.protobuf import json_format

from dunlin_server import ROOT, Server
from triton_grpc import service_pb2, service_pb2_grpc

FOLDER = ROOT / "Tests/Fixtures/grpc"
CASES = sorted(str(path.parent.relative_to(FOLDER)) for path in FOLDER.glob("*/*/case.json"))
TYPES = {"fp32": onnx.TensorProto.FLOAT, "fp16": onnx.TensorProto.FLOAT16, "bytes": onnx.TensorProto.STRING,
         "int64": onnx.TensorProto.INT64, "bool": onnx.TensorProto.BOOL}


def model(nodes, inputs, outputs):
    graph = onnx.helper.make_graph(nodes, "g", inputs, outputs)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8)


def write(repository, name, proto, configuration=""):
    (repository / name / "1").mkdir(parents=True)
    (repository / name / "1/model.onnx").write_bytes(proto.SerializeToString())
    if configuration:
        (repository / name / "config.pbtxt").write_text(configuration)


@pytest.fixture(scope="module")
def cases(tmp_path_factory):
    """Triton's small models."""
    repository = tmp_path_factory.mktemp("models")
    value = onnx.helper.make_tensor_value_info
    pair = [value(f"INPUT{number}", onnx.TensorProto.INT32, ["rows", 16]) for number in range(2)]
    both = [value(f"OUTPUT{number}", onnx.TensorProto.INT32, ["rows", 16]) for number in range(2)]
    nodes = [onnx.helper.make_node(kind, ["INPUT0", "INPUT1"], [output])
             for kind, output in [("Add", "OUTPUT0"), ("Sub", "OUTPUT1")]]
    write(repository, "simple", model(nodes, pair, both), "max_batch_size: 8\n")
    for name, kind in TYPES.items():
        write(repository, f"identity_{name}", model(
            [onnx.helper.make_node("Identity", ["INPUT0"], ["OUTPUT0"])], [value("INPUT0", kind, ["n"])],
            [value("OUTPUT0", kind, ["n"])]))
    write(repository, "scalar_fp32", model(
        [onnx.helper.make_node("Identity", ["INPUT0"], ["OUTPUT0"])], [value("INPUT0", TYPES["fp32"], [])],
        [value("OUTPUT0", TYPES["fp32"], [])]))
    with Server(repository=repository) as server, grpc.insecure_channel(server.address) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


def message(method, request):
    kind = "ModelInfer" if method == "ModelStreamInfer" else method
    return json_format.ParseDict(request, getattr(service_pb2, f"{kind}Request")())


def plain(answer):
    return json_format.MessageToDict(answer, preserving_proto_field_name=True)


def play(stub, call):
    method, metadata = call["method"], list(call.get("metadata", {}).items())
    try:
        if method == "ModelStreamInfer":
            requests = [message(method, request) for request in call["request"]]
            return "OK", [plain(item) for item in stub.ModelStreamInfer(iter(requests), metadata=metadata)], ""
        return "OK", plain(getattr(stub, method)(message(method, call["request"]), metadata=metadata)), ""
    except grpc.RpcError as error:
        return error.code().name, None, error.details()


@pytest.mark.parametrize("name", CASES)
def test_case(cases, name):
    case = json.loads((FOLDER / name / "case.json").read_text())
    assert case["from"]
    for call in case["calls"]:
        code, answer, details = play(cases, call)
        assert code == call.get("code", "OK"), f"{call['method']}: {details}"
        assert call.get("says", "") in details, call["method"]
        if "answer" in call:
            assert answer == call["answer"], call["method"]
    assert cases.ServerLive(service_pb2.ServerLiveRequest()).live


def test_number_of_cases(fact):
    different = sum("differs" in json.loads((FOLDER / name / "case.json").read_text()) for name in CASES)
    fact(f"gRPC: {len(CASES)} cases of Triton's, {different} of them answered otherwise for a reason that they tell")
    assert len(CASES) == len(list(FOLDER.glob("*/*")))
