"""gRPC over TLS: accepted, refused, with client certificates, and while certificates change."""

import pathlib
import shutil
import ssl
import threading

import grpc
import pytest

from dunlin_server import iris_request
from test_grpc_streams import Stream, iris, label
from tls_server import Authority, TLSServer
from triton_grpc import service_pb2_grpc

SECONDS = 20


def read(path):
    return pathlib.Path(path).read_bytes()


def channel(server, authority, client=None, roots="authority.pem"):
    chain = [read(authority[f"{client}.key"]), read(authority[f"{client}.pem"])] if client else [None, None]
    credentials = grpc.ssl_channel_credentials(read(authority[roots]), *chain)
    return grpc.secure_channel(f"localhost:{server.port}", credentials, [("grpc.use_local_subchannel_pool", 1)])


def infer(channel):
    return label(service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(iris(), timeout=SECONDS))


@pytest.fixture(scope="module")
def tls(authority):
    with TLSServer(authority) as server:
        yield server


def test_calls_and_streams(tls, authority):
    with channel(tls, authority) as secure:
        assert infer(secure) == b"setosa"
        stub = service_pb2_grpc.GRPCInferenceServiceStub(secure)
        items = list(stub.ModelStreamInfer(iter([iris()] * 100), timeout=SECONDS))
        assert [label(item.infer_response) for item in items] == [b"setosa"] * 100


def test_a_client_with_other_authorities_refuses(tls, authority):
    with channel(tls, authority, roots="stranger-authority.pem") as secure, pytest.raises(grpc.RpcError) as caught:
        infer(secure)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def test_plain_text_is_refused(tls):
    with grpc.insecure_channel(tls.address) as plain, pytest.raises(grpc.RpcError) as caught:
        infer(plain)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


@pytest.mark.parametrize("mode, shown, served", [
    ("required", "client", True), ("required", None, False), ("required", "stranger", False),
    ("optional", "client", True), ("optional", None, True), ("optional", "stranger", False),
])
def test_client_certificates(authority, mode, shown, served):
    with TLSServer(authority, "--tls-client-ca", authority["authority.pem"], "--tls-client-auth", mode,
                   client=authority.client("client")) as server:
        with channel(server, authority, client=shown) as secure:
            if served:
                assert infer(secure) == b"setosa"
                return
            with pytest.raises(grpc.RpcError) as caught:
                infer(secure)
            assert caught.value.code() == grpc.StatusCode.UNAVAILABLE


def subject(server, authority):
    """The common name of the certificate that a new connection is shown, HTTP/2 chosen."""
    context = ssl.create_default_context(cafile=authority["authority.pem"])
    context.set_alpn_protocols(["h2"])
    with server.socket(context) as client:
        assert client.selected_alpn_protocol() == "h2"
        return dict(pair[0] for pair in client.getpeercert()["subject"])["commonName"]


def test_certificates_are_swapped_beside_open_streams_and_requests(authority, tmp_path, fact):
    live = Authority(tmp_path)
    for name in ["authority.pem", "authority.key", "server.pem", "server.key"]:
        shutil.copy(authority[name], live[name])
    with TLSServer(live, client=ssl.create_default_context(cafile=live["authority.pem"])) as server:
        failures, counts, stop = [], {"stream": 0, "unary": 0, "new channel": 0, "REST": 0}, threading.Event()

        def streaming(secure):
            stream = Stream(secure)
            while not stop.is_set():
                stream.send(iris())
                assert label(stream.answer()) == b"setosa"
                counts["stream"] += 1
            stream.close()
            assert list(stream.call) == []

        def unary(secure):
            while not stop.is_set():
                assert infer(secure) == b"setosa"
                counts["unary"] += 1

        def renewing(_):
            while not stop.is_set():
                with channel(server, live) as secure:
                    assert infer(secure) == b"setosa"
                    counts["new channel"] += 1

        def rest(_):
            connection = server.connection()
            while not stop.is_set():
                answer = server.post("/v2/models/iris/infer", iris_request(), connection=connection)
                assert answer.status == 200
                counts["REST"] += 1
            connection.close()

        def guarded(work, secure):
            try:
                work(secure)
            except Exception as error:  # every kind is a failure
                failures.append(f"{work.__name__}: {error!r}")

        idle = Stream(secure := channel(server, live))
        idle.send(iris())
        assert label(idle.answer()) == b"setosa"
        threads = [threading.Thread(target=guarded, args=(work, secure)) for work in (streaming, unary, renewing, rest)]
        for thread in threads:
            thread.start()
        try:
            for index in range(4):
                live.replace("server", f"swap-{index}")
                server.wait_for_log(f"CN=swap-{index}")
                assert subject(server, live) == f"swap-{index}"
                before = dict(counts)
                while any(counts[kind] < before[kind] + 20 for kind in counts) and not failures:
                    stop.wait(0.01)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        # The stream of before the first swap goes on.
        idle.send(iris())
        assert label(idle.answer()) == b"setosa"
        idle.close()
        assert list(idle.call) == []
        secure.close()
        assert failures == []
        fact("gRPC over TLS, 4 certificate swaps, 0 failed: " + ", ".join(f"{n} {kind}" for kind, n in counts.items()))
