"""KServe's gRPC client, gRPC's health service, and reflection as grpcurl uses it."""

import asyncio
import pathlib
import subprocess
import sys

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from dunlin_server import ROOT, Server
from kserve_client import InferInput, InferRequest
from kserve.inference_client import InferenceGRPCClient
from triton_grpc import model_config_pb2, service_pb2


@pytest.fixture
def channel(server):
    with grpc.insecure_channel(server.address) as channel:
        yield channel


# KServe


def kserve(server, use):
    async def run():
        client = InferenceGRPCClient(server.address)
        try:
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())


def test_kserve_is_server_live(server):
    assert kserve(server, lambda client: client.is_server_live())


def test_kserve_is_server_ready(server):
    assert kserve(server, lambda client: client.is_server_ready())


def test_kserve_is_model_ready(server):
    assert kserve(server, lambda client: client.is_model_ready("iris"))
    assert not kserve(server, lambda client: client.is_model_ready("nonexistent"))


def iris_request(binary):
    tensor = InferInput("input", [1, 4], "FP32")
    import numpy
    tensor.set_data_from_numpy(numpy.array([[5.1, 3.5, 1.4, 0.2]], numpy.float32), binary_data=binary)
    return InferRequest("iris", [tensor], request_id="7")


@pytest.mark.parametrize("binary", [True, False], ids=["raw", "typed"])
def test_kserve_infer(server, binary):
    response = kserve(server, lambda client: client.infer(iris_request(binary)))
    assert response.id == "7" and response.model_name == "iris"
    label = next(output for output in response.outputs if output.name == "output_label")
    assert [bytes(one) if not isinstance(one, str) else one.encode() for one in label.as_numpy().ravel().tolist()] == [
        b"setosa"]


def test_kserve_infer_refused(server):
    request = iris_request(True)
    request.model_name = "nonexistent"
    with pytest.raises(grpc.RpcError) as caught:
        kserve(server, lambda client: client.infer(request))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


# Health


@pytest.mark.parametrize("service", ["", "inference.GRPCInferenceService", "grpc.health.v1.Health"])
def test_health_check(channel, service):
    stub = health_pb2_grpc.HealthStub(channel)
    assert stub.Check(health_pb2.HealthCheckRequest(service=service)).status == health_pb2.HealthCheckResponse.SERVING


def test_health_check_of_an_unknown_service(channel):
    with pytest.raises(grpc.RpcError) as caught:
        health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(service="other"))
    assert caught.value.code() == grpc.StatusCode.NOT_FOUND


def test_health_watch_tells_of_changes():
    with Server(load="iris") as server, grpc.insecure_channel(server.address) as channel:
        states = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest())
        serving, not_serving = health_pb2.HealthCheckResponse.SERVING, health_pb2.HealthCheckResponse.NOT_SERVING
        assert next(states).status == serving
        server.process.terminate()
        assert next(states).status == not_serving
        with pytest.raises(grpc.RpcError) as caught:
            next(states)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
        server.process.wait(20)


def test_health_watch_of_an_unknown_service(channel):
    states = health_pb2_grpc.HealthStub(channel).Watch(health_pb2.HealthCheckRequest(service="other"))
    assert next(states).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    states.cancel()


# Reflection


def plain(proto):
    """A file's description without what protoc adds for its own tools, and with everything in order of its names."""
    copy = descriptor_pb2.FileDescriptorProto()
    copy.CopyFrom(proto)
    copy.ClearField("source_code_info")
    copy.ClearField("options")

    def tidy(message):
        for field in message.field:
            field.ClearField("json_name")
        nested = sorted(message.nested_type, key=lambda one: one.name)
        for one in nested:
            tidy(one)
        copies = [descriptor_pb2.DescriptorProto.FromString(one.SerializeToString()) for one in nested]
        del message.nested_type[:]
        message.nested_type.extend(copies)

    for message in copy.message_type:
        tidy(message)
    return copy


def described(database, name):
    return plain(database.FindFileByName(name))


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """What protoc makes of the files in openapi/."""
    target = tmp_path_factory.mktemp("protoc") / "set"
    subprocess.run(
        [sys.executable, "-m", "grpc_tools.protoc", f"-I{ROOT / 'openapi'}", f"--descriptor_set_out={target}",
         "grpc_service.proto", "model_config.proto"], check=True)
    files = descriptor_pb2.FileDescriptorSet.FromString(pathlib.Path(target).read_bytes())
    return {file.name: plain(file) for file in files.file}


@pytest.mark.parametrize("name", ["grpc_service.proto", "model_config.proto"])
def test_reflection_describes_the_published_files(channel, published, name):
    assert described(ProtoReflectionDescriptorDatabase(channel), name) == published[name]


def test_the_published_files_have_the_numbers_of_tritons(published):
    """Every message and field of Triton's files is in ours, the same; ours may have more."""
    for module, name in [(service_pb2, "grpc_service.proto"), (model_config_pb2, "model_config.proto")]:
        theirs = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(theirs)
        ours = {message.name: message for message in published[name].message_type}
        for message in plain(theirs).message_type:
            own = {field.name: field for field in ours[message.name].field}
            assert [field for field in message.field if own[field.name] != field] == [], message.name
            assert list(message.enum_type) == list(ours[message.name].enum_type)
        assert list(theirs.enum_type) == list(published[name].enum_type)
        for mine, other in zip(published[name].service, theirs.service):
            for method in other.method:
                method.ClearField("options")
            assert mine == other


def test_reflection_describes_health_and_itself(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    for module, name in [
        (health_pb2, "grpc/health/v1/health.proto"), (reflection_pb2, "grpc/reflection/v1alpha/reflection.proto"),
    ]:
        theirs = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(theirs)
        ours = described(database, name)
        theirs = plain(theirs)
        assert ours.package == theirs.package
        own = {message.name: message for message in ours.message_type}
        assert [message.name for message in theirs.message_type if own[message.name] != message] == []
        methods = {method.name: method for method in ours.service[0].method}
        assert [method.name for method in theirs.service[0].method if methods[method.name] != method] == []


def test_reflection_lists_and_calls(channel, fact):
    """As grpcurl does: nothing is known of the server but its address."""
    database = ProtoReflectionDescriptorDatabase(channel)
    services = database.get_services()
    assert sorted(services) == [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "inference.GRPCInferenceService"]
    pool = descriptor_pool.DescriptorPool(database)
    service = pool.FindServiceByName("inference.GRPCInferenceService")
    results = []
    for method in service.methods:
        request = message_factory.GetMessageClass(method.input_type)()
        if "model_name" in method.input_type.fields_by_name and method.name.startswith("Model"):
            request.model_name = "iris"
        elif method.name.startswith("Model"):
            request.name = "iris"
        path = f"/{service.full_name}/{method.name}"
        serialize = lambda message: message.SerializeToString()
        parse = message_factory.GetMessageClass(method.output_type).FromString
        try:
            if method.name == "ModelStreamInfer":
                call = channel.stream_stream(path, serialize, parse)
                results.append((method.name, f"OK, {len(list(call(iter([request]))))} items"))
            else:
                channel.unary_unary(path, serialize, parse)(request)
                results.append((method.name, "OK"))
        except grpc.RpcError as error:
            results.append((method.name, f"{error.code().name}: {error.details()}"))
    for name, result in results:
        fact(f"gRPC {name}: {result}")
    codes = {name: result.split(":")[0].split(",")[0] for name, result in results}
    refused = {
        # Empty requests: what they lack is said.
        "ModelInfer": "INVALID_ARGUMENT", "RepositoryModelLoad": "INVALID_ARGUMENT",
        "RepositoryModelUnload": "INVALID_ARGUMENT",
        # Not allowed on this server.
        "SystemSharedMemoryRegister": "UNIMPLEMENTED", "SystemSharedMemoryUnregister": "UNIMPLEMENTED",
        "CudaSharedMemoryRegister": "UNIMPLEMENTED", "CudaSharedMemoryUnregister": "UNIMPLEMENTED",
    }
    assert codes == {method.name: refused.get(method.name, "OK") for method in service.methods}
    assert pool.FindMessageTypeByName("inference.ModelConfig").fields_by_name["backend"].number == 17
