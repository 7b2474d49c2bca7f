"""Who may call what over gRPC: API keys on every method, Hopsworks' gateway, restricted APIs, the admin address."""

import json
import re

import grpc
import pytest

from access_table import SCOPES, create_key
from dunlin_server import ROOT, Server
from test_grpc_streams import iris, label
from triton_grpc import service_pb2, service_pb2_grpc

ROUTE = re.compile(r'^ *Route\(grpc: "([^"]+)", *\.(\w+), *[^,)]+(?:, (namesModel|isLimited): true)?\)', re.M)
ROUTES = ROUTE.findall((ROOT / "Sources/Dunlin/GRPC/GRPCRoutes.swift").read_text())
SERVICE = "/inference.GRPCInferenceService/"
# Where the model's name is not field 1.
MODEL_FIELD = {"RepositoryModelLoad": 2, "RepositoryModelUnload": 2, "TraceSetting": 2}
KINDS = ["no key", "wrong key", "wrong scope", "wrong model", "right key"]


def message(path, names_model):
    """The least that a method takes, with the model where it names one."""
    return bytes([MODEL_FIELD.get(path.rsplit("/", 1)[1], 1) << 3 | 2, 4]) + b"iris" if names_model else b""


def outcome(channel, path, request, key):
    """The status that a call ends with; of a stream also of its first item."""
    metadata = [("authorization", key)] if key else []
    try:
        if path.endswith(("ModelStreamInfer", "ServerReflectionInfo", "Watch")):
            call = channel.stream_stream("/" + path)(iter([request]), metadata=metadata, timeout=20)
            item = next(call)
            call.cancel()
            return "PERMISSION_DENIED" if b"not good for the model" in item else "OK"
        channel.unary_unary("/" + path)(request, metadata=metadata, timeout=20)
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


def expected(group, flag, kind):
    scope = "infer" if group == "health" and flag == "namesModel" else SCOPES[group]
    if scope is None or kind == "right key":
        return None
    if kind in ("no key", "wrong key"):
        return "UNAUTHENTICATED"
    return None if kind == "wrong model" and flag == "isLimited" else "PERMISSION_DENIED"


def test_every_method_with_every_kind_of_key(tmp_path, fact):
    file = tmp_path / "keys"
    keys = {scope: create_key(file, scope) for scope in ("infer", "admin", "metrics")}
    other = {scope: create_key(file, scope, "other") for scope in ("infer", "admin")}
    wrong, count = [], 0
    with Server("--api-keys", str(file), "--allow-client-shm", "true") as server:
        with grpc.insecure_channel(server.address) as channel:
            for path, group, flag in ROUTES:
                scope = "infer" if group == "health" else SCOPES[group]
                shown = {"no key": None, "wrong key": keys["infer"][:-4] + "aaaa", "wrong scope": keys["metrics"],
                         "wrong model": other[scope], "right key": keys[scope]}
                for kind in KINDS:
                    key = shown[kind] and f"{'Bearer' if kind == 'right key' else 'ApiKey'} {shown[kind]}"
                    found = outcome(channel, path, message(path, flag == "namesModel"), key)
                    wanted = expected(group, flag, kind)
                    count += 1
                    if found != wanted and (wanted or found in ("UNAUTHENTICATED", "PERMISSION_DENIED")):
                        wrong.append((path, kind, found, wanted))
    assert wrong == []
    assert len(ROUTES) == (ROOT / "Sources/Dunlin/GRPC/GRPCRoutes.swift").read_text().count('Route(grpc: "')
    fact(f"gRPC API keys: {len(ROUTES)} methods x {len(KINDS)} kinds of keys, {count} answers as expected")


def test_a_limited_key_is_told_of_its_models_alone(tmp_path):
    file = tmp_path / "keys"
    key = create_key(file, "infer,admin", "iris")
    with Server("--api-keys", str(file)) as server, grpc.insecure_channel(server.address) as channel:
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        said = [("authorization", f"ApiKey {key}")]
        index = stub.RepositoryIndex(service_pb2.RepositoryIndexRequest(), metadata=said)
        assert {model.name for model in index.models} == {"iris"}
        stats = stub.ModelStatistics(service_pb2.ModelStatisticsRequest(), metadata=said)
        assert {model.name for model in stats.model_stats} == {"iris"}
        items = list(stub.ModelStreamInfer(iter([iris(), iris("digits_mlp"), iris()]), metadata=said))
        assert [item.error_message == "" for item in items] == [True, False, True]


# Hopsworks' gateway


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gateway")
    folder.joinpath("map.json").write_text(json.dumps({
        "domain": "example.com",
        "projects": {"my_project": {"id": 119}, "other": {"id": 120, "deployments": {"flowers": "iris"}}}}))
    key = create_key(folder / "keys", "infer")
    with Server("--gateway", "--gateway-map", str(folder / "map.json"), "--api-keys", str(folder / "keys")) as server:
        server.metadata = [("authorization", f"ApiKey {key}")]
        yield server


def called(channel, method, request, kind, metadata, prefix=""):
    parse = getattr(service_pb2, f"{kind}Response").FromString
    return channel.unary_unary(prefix + SERVICE + method, lambda it: it.SerializeToString(), parse)(
        request, metadata=metadata, timeout=20)


@pytest.mark.parametrize("prefix, authority, model", [
    ("/v1/my-project/iris", None, "iris"), ("/v1/my_project/iris", None, "iris"),
    ("/v1/other/flowers", None, "flowers"), ("/v1/other/flowers", None, "iris"),
    ("", "iris.my-project.example.com", "iris"), ("", "flowers.other.example.com", "flowers"),
    ("", "FLOWERS.Other.example.com:8001", "iris"), ("", None, "iris"),
])
def test_deployments_are_called_by_prefix_and_by_host(gateway, prefix, authority, model):
    options = [("grpc.default_authority", authority)] if authority else []
    with grpc.insecure_channel(gateway.address, options) as channel:
        answer = called(channel, "ModelInfer", iris(model), "ModelInfer", gateway.metadata, prefix)
        assert label(answer) == b"setosa"
        ready = service_pb2.ModelReadyRequest(name=model)
        assert called(channel, "ModelReady", ready, "ModelReady", gateway.metadata, prefix).ready
        stream = channel.stream_stream(
            prefix + SERVICE + "ModelStreamInfer", lambda it: it.SerializeToString(),
            service_pb2.ModelStreamInferResponse.FromString)
        items = list(stream(iter([iris(model), iris(model)]), metadata=gateway.metadata, timeout=20))
        assert [label(item.infer_response) for item in items] == [b"setosa"] * 2


@pytest.mark.parametrize("prefix, authority, model, has_key, code", [
    ("/v1/my-project/iris", None, "iris", False, "UNAUTHENTICATED"),
    ("", "iris.my-project.example.com", "iris", False, "UNAUTHENTICATED"),
    # A deployment is one model.
    ("/v1/my-project/iris", None, "digits_mlp", True, "NOT_FOUND"),
    ("", "flowers.other.example.com", "digits_mlp", True, "NOT_FOUND"),
])
def test_what_a_deployment_refuses(gateway, prefix, authority, model, has_key, code):
    options = [("grpc.default_authority", authority)] if authority else []
    with grpc.insecure_channel(gateway.address, options) as channel, pytest.raises(grpc.RpcError) as caught:
        called(channel, "ModelInfer", iris(model), "ModelInfer", gateway.metadata if has_key else [], prefix)
    assert caught.value.code().name == code, caught.value.details()


@pytest.mark.parametrize("prefix", ["/v1/nobody/iris", "/v1/other/none", "/v2/other/flowers", "/v1/other"])
def test_what_is_no_deployment_is_not_found(gateway, prefix):
    with grpc.insecure_channel(gateway.address) as channel, pytest.raises(grpc.RpcError) as caught:
        called(channel, "ModelInfer", iris(), "ModelInfer", gateway.metadata, prefix)
    assert caught.value.code().name in ("NOT_FOUND", "UNIMPLEMENTED"), caught.value


def test_without_the_gateway_a_prefix_is_no_method(server):
    with grpc.insecure_channel(server.address) as channel, pytest.raises(grpc.RpcError) as caught:
        called(channel, "ModelInfer", iris(), "ModelInfer", [], "/v1/my-project/iris")
    assert caught.value.code() == grpc.StatusCode.UNIMPLEMENTED


# Restricted APIs


def code_of(stub, method, request, *metadata):
    try:
        getattr(stub, method)(request, metadata=metadata, timeout=20)
        return "OK"
    except grpc.RpcError as error:
        return error.code().name


def test_restricted_protocols_need_their_metadata():
    with Server("--grpc-restricted-protocol", "inference,metadata:key=one",
                "--grpc-restricted-protocol", "model-repository:admin=two") as server:
        with grpc.insecure_channel(server.address) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            index, metadata = service_pb2.RepositoryIndexRequest(), service_pb2.ServerMetadataRequest()
            one, two = ("triton-grpc-protocol-key", "one"), ("triton-grpc-protocol-admin", "two")
            for method, request, right, wrong in [
                ("ModelInfer", iris(), one, two), ("ServerMetadata", metadata, one, two),
                ("RepositoryIndex", index, two, one),
            ]:
                assert code_of(stub, method, request) == "PERMISSION_DENIED"
                assert code_of(stub, method, request, wrong) == "PERMISSION_DENIED"
                assert code_of(stub, method, request, (right[0], "none")) == "PERMISSION_DENIED"
                assert code_of(stub, method, request, right) == "OK"
            assert code_of(stub, "ServerLive", service_pb2.ServerLiveRequest()) == "OK"
            with pytest.raises(grpc.RpcError) as caught:
                list(stub.ModelStreamInfer(iter([iris()])))
            assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED
            assert "triton-grpc-protocol-key" in caught.value.details()
            assert len(list(stub.ModelStreamInfer(iter([iris()]), metadata=[one]))) == 1
        # They say nothing of HTTP.
        assert server.get("/v2").status == 200


def test_restricted_apis_of_http_hold_for_grpc_unless_grpc_has_its_own():
    with Server("--http-restricted-api", "inference,metadata:key=one",
                "--grpc-restricted-protocol", "metadata:own=two") as server:
        with grpc.insecure_channel(server.address) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            metadata = service_pb2.ServerMetadataRequest()
            assert code_of(stub, "ModelInfer", iris()) == "PERMISSION_DENIED"
            assert code_of(stub, "ModelInfer", iris(), ("key", "one")) == "OK"
            assert code_of(stub, "ServerMetadata", metadata, ("key", "one")) == "PERMISSION_DENIED"
            assert code_of(stub, "ServerMetadata", metadata, ("triton-grpc-protocol-own", "two")) == "OK"


def test_the_admin_address_alone_loads(tmp_path):
    with Server("--admin-address", f"unix:{tmp_path}/admin") as server:
        unload = service_pb2.RepositoryModelUnloadRequest(model_name="iris")
        with grpc.insecure_channel(server.address) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            assert code_of(stub, "RepositoryModelUnload", unload) == "PERMISSION_DENIED"
            assert code_of(stub, "LogSettings", service_pb2.LogSettingsRequest()) == "PERMISSION_DENIED"
            assert code_of(stub, "ModelInfer", iris()) == "OK"
        with grpc.insecure_channel(f"unix:{tmp_path}/admin", [("grpc.default_authority", "admin")]) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            assert code_of(stub, "RepositoryModelUnload", unload) == "OK"
            load = service_pb2.RepositoryModelLoadRequest(model_name="iris")
            assert code_of(stub, "RepositoryModelLoad", load) == "OK"
