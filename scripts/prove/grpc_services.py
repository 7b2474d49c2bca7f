"""KServe's client over gRPC, gRPC's health checks, and server reflection: every method."""

import logging

import grpc
import numpy
from google.protobuf import descriptor_pool, json_format, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from grpc_ways import code
from kserve_client import InferInput, InferRequest
from kserve.inference_client import InferenceGRPCClient
from lines import Lines, public

IRIS = numpy.array([[5.1, 3.5, 1.4, 0.2]], numpy.float32)
SERVICE = "inference.GRPCInferenceService"


# KServe


def kserve_request(binary):
    tensor = InferInput("input", [1, 4], "FP32")
    tensor.set_data_from_numpy(IRIS, binary_data=binary)
    return InferRequest("iris", [tensor], request_id="k")


def kserve_label(response):
    value = next(output for output in response.outputs if output.name == "output_label").as_numpy().ravel().tolist()
    return [one if isinstance(one, str) else bytes(one).decode() for one in value]


async def kserve(way):
    lines = Lines(f"kserve.InferenceGRPCClient, {way.name}", public(InferenceGRPCClient))
    logging.getLogger("kserve").setLevel(logging.CRITICAL + 1)
    client = InferenceGRPCClient(**way.kserve, retries=2, timeout=30)

    async def call(method, *arguments, check=lambda it: it is True, show=lambda it: it, needs_key=True, fails=None):
        said = ""
        for name, headers in way.strangers.items():
            outcome = "OK"
            try:
                await getattr(client, method)(*arguments, headers=list(headers.items()))
            except grpc.RpcError as error:
                outcome = code(error)
            wanted = "UNAUTHENTICATED" if needs_key else "OK"
            if outcome != wanted:
                return lines.add(method, f"{name}: {outcome}, expected {wanted}", False)
            said += f"{name}: {outcome}; "
        try:
            result = await getattr(client, method)(*arguments, headers=list(way.headers.items()))
            lines.add(method, f"{said}{show(result)}", fails is None and bool(check(result)))
        except Exception as error:
            lines.add(method, f"{said}{type(error).__name__} {code(error)}", fails is not None and code(error) == fails)

    await call("is_server_live", needs_key=False)
    await call("is_server_ready", needs_key=False)
    await call("is_model_ready", "iris")
    await call("is_model_ready", "nonexistent", check=lambda it: it is False, show=lambda it: f"unknown model: {it}")
    for binary in (True, False):
        await call("infer", kserve_request(binary), check=lambda it: it.id == "k" and kserve_label(it) == ["setosa"],
                   show=lambda it, binary=binary: f"{'raw' if binary else 'typed'}: {kserve_label(it)}")
    wrong = kserve_request(True)
    wrong.model_name = "nonexistent"
    await call("infer", wrong, fails="NOT_FOUND")
    await client.close()
    lines.add("close", "done")
    return lines.end()


# Health


def health(way):
    """Also without a key: probes have none."""
    failed = 0
    methods = [method.name for method in health_pb2.DESCRIPTOR.services_by_name["Health"].methods]
    names = {code: name for name, code in health_pb2.HealthCheckResponse.ServingStatus.items()}
    for said, headers in {"as it should be": way.headers, **way.strangers}.items():
        lines = Lines(f"grpc.health.v1.Health, {way.name}{'' if said == 'as it should be' else ', ' + said}", methods)
        with way.channel(headers) as channel:
            stub = health_pb2_grpc.HealthStub(channel)
            for service in ("", SERVICE, "grpc.health.v1.Health"):
                status = names[stub.Check(health_pb2.HealthCheckRequest(service=service), timeout=20).status]
                lines.add("Check", f"{service!r}: {status}", status == "SERVING")
                states = stub.Watch(health_pb2.HealthCheckRequest(service=service), timeout=20)
                status = names[next(states).status]
                states.cancel()
                lines.add("Watch", f"{service!r}: {status}", status == "SERVING")
            try:
                stub.Check(health_pb2.HealthCheckRequest(service="other"), timeout=20)
                lines.add("Check", "'other' is known", False)
            except grpc.RpcError as error:
                lines.add("Check", f"'other': {code(error)}", code(error) == "NOT_FOUND")
            states = stub.Watch(health_pb2.HealthCheckRequest(service="other"), timeout=20)
            status = names[next(states).status]
            states.cancel()
            lines.add("Watch", f"'other': {status}", status == "SERVICE_UNKNOWN")
        failed += lines.end()
    return failed


# Reflection


class Reflected(ProtoReflectionDescriptorDatabase):
    """Descriptors from either version of the service; their messages are the same."""

    def __init__(self, channel, version):
        super().__init__(channel)
        self._stub = self
        self.ServerReflectionInfo = channel.stream_stream(
            f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
            reflection_pb2.ServerReflectionRequest.SerializeToString,
            reflection_pb2.ServerReflectionResponse.FromString)


IRIS_JSON = {
    "modelName": "iris", "id": "d",
    "inputs": [{"name": "input", "datatype": "FP32", "shape": [1, 4], "contents": {"fp32Contents": [5.1, 3.5, 1.4, 0.2]}}],
}


def reflection(way):
    """As grpcurl does: nothing is known of the server but its address."""
    failed = 0
    for version in ("v1", "v1alpha"):
        for name, headers in way.strangers.items():
            with way.channel(headers) as channel:
                try:
                    said = sorted(Reflected(channel, version).get_services())
                except grpc.RpcError as error:
                    said = code(error)
                print(f"\ngrpc.reflection.{version}, {name}: {said}")
                failed += said != "UNAUTHENTICATED"
        with way.channel() as channel:
            failed += described(channel, version, way)
    return failed


def described(channel, version, way):
    database = Reflected(channel, version)
    pool = descriptor_pool.DescriptorPool(database)
    failed = 0
    for name in sorted(database.get_services()):
        service = pool.FindServiceByName(name)
        lines = Lines(f"{name} by grpc.reflection.{version}, {way.name}", [method.name for method in service.methods])
        for method in service.methods:
            request = {"ModelInfer": IRIS_JSON, "ModelStreamInfer": IRIS_JSON}.get(method.name)
            if method.name in ("ModelReady", "ModelMetadata", "ModelConfig", "ModelStatistics"):
                request = {"name": "iris"}
            if method.name in ("ServerLive", "ServerReady", "ServerMetadata", "RepositoryIndex", "Check"):
                request = {}
            kinds = f"({method.input_type.name}) -> {method.output_type.name}"
            if request is None:
                lines.add(method.name, f"{kinds}, described")
            else:
                answer = dynamic(channel, service, method, request)
                lines.add(method.name, f"{kinds}, answered {str(answer)[:200]}", is_right(method.name, answer))
        failed += lines.end()
    return failed


def dynamic(channel, service, method, request):
    """Calls a method by what the server says of it, as JSON in and out."""
    path = f"/{service.full_name}/{method.name}"
    message = json_format.ParseDict(request, message_factory.GetMessageClass(method.input_type)())
    parse = message_factory.GetMessageClass(method.output_type).FromString
    serialize = lambda it: it.SerializeToString()
    if method.name == "ModelStreamInfer":
        items = list(channel.stream_stream(path, serialize, parse)(iter([message]), timeout=20))
        return json_format.MessageToDict(items[0]).get("inferResponse", {})
    return json_format.MessageToDict(channel.unary_unary(path, serialize, parse)(message, timeout=20))


def is_right(method, answer):
    if method.startswith("Model") and method.endswith("Infer"):
        label = next(output for output in answer["outputs"] if output["name"] == "output_label")
        return answer["id"] == "d" and label["contents"]["bytesContents"] == ["c2V0b3Nh"]
    return bool(answer)
