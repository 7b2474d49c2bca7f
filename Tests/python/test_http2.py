"""HTTP/2 without TLS on the HTTP port: every route, many requests at once, windows, resets, limits and the end."""

import json
import shutil
import signal
import socket
import subprocess
import time

import h2.errors
import h2.settings
import pytest

from dunlin_server import Server, assert_infers, iris_request, json_of
from http2_client import Client

INFER = "/v2/models/iris/infer"


@pytest.fixture
def client(server):
    with Client(server.port) as client:
        yield client


def test_infers(client):
    answer = client.post(INFER, iris_request())
    assert answer.status == 200 and answer.headers["content-type"] == "application/json"
    assert int(answer.headers["content-length"]) == len(answer.body)
    outputs = {output["name"]: output for output in json.loads(answer.body)["outputs"]}
    assert outputs["output_label"]["data"] == ["setosa"]


def test_answers_as_http1_does(server, client):
    for path in ("/v2", "/v2/health/ready", "/v2/models/iris", "/v2/models/none", "/nowhere", "/openapi.yaml"):
        first, second = server.get(path), client.get(path)
        assert (first.status, first.body) == (second.status, second.body), path


def test_head_has_the_length_and_no_body(server, client):
    whole = client.get("/v2")
    answer = client.answer(client.send("HEAD", "/v2"))
    assert answer.status == whole.status and answer.body == b""
    if answer.status == 200:
        assert answer.headers["content-length"] == whole.headers["content-length"]


def test_both_versions_on_one_port(server, client):
    for _ in range(3):
        assert_infers(server)
        assert client.post(INFER, iris_request()).status == 200


def test_many_requests_at_once(client):
    body = json.dumps(iris_request()).encode()
    streams = [client.send("POST", INFER, body) for _ in range(100)]
    answers = [client.answer(stream) for stream in streams]
    assert {answer.status for answer in answers} == {200}
    assert len({answer.body for answer in answers}) == 1


def test_a_quick_answer_overtakes_a_slow_one(client):
    """The slow one's body is not there yet."""
    body = json.dumps(iris_request()).encode()
    slow = client.send("POST", INFER, body[:10], end=False)
    quick = client.send("POST", INFER, body)
    assert client.answer(quick).status == 200
    client.send_body(slow, body[10:])
    assert client.answer(slow).status == 200
    assert client.order == [quick, slow]


def test_a_large_body_flows_with_its_windows(client):
    rows = 40_000
    request = {"inputs": [{"name": "input", "shape": [rows, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2] * rows}],
               "outputs": [{"name": "output_label"}]}
    body = json.dumps(request).encode()
    assert len(body) > 3_000_000 // 4
    answer = client.post(INFER, body, headers=[("content-length", str(len(body)))])
    assert answer.status == 200 and json.loads(answer.body)["outputs"][0]["shape"][0] == rows
    # The same without its length.
    assert client.post(INFER, body).body == answer.body


def test_a_large_answer_waits_for_the_window(server):
    with Client(server.port, acknowledge=False) as client:
        stream = client.send("GET", "/openapi.yaml")
        other = client.send("GET", "/openapi.yaml")
        client.read_until(lambda: len(client.bodies[stream]) + len(client.bodies[other]) >= 65_535
                          or {stream, other} <= client.ended)
        whole = server.get("/openapi.yaml")
        if whole.status == 200 and len(whole.body) > 65_535:
            assert len(client.bodies[stream]) + len(client.bodies[other]) == 65_535
        client.acknowledge = True
        client.h2.increment_flow_control_window(1 << 24)
        for each in (stream, other):
            if each not in client.ended:
                client.h2.increment_flow_control_window(1 << 24, each)
        client.flush()
        assert client.answer(stream).body == whole.body == client.answer(other).body


def test_a_body_beyond_the_limit_is_refused_and_others_go_on():
    with Server("--max-body-size", "100KiB") as server, Client(server.port) as client:
        stream = client.send("POST", INFER, headers=[("content-length", "200000")], end=False)
        answer = client.answer(stream)
        assert answer.status == 413 and "102400" in json.loads(answer.body)["error"]
        client.read_until(lambda: stream in client.resets)
        assert client.resets[stream] == h2.errors.ErrorCodes.NO_ERROR
        assert client.post(INFER, iris_request()).status == 200


def test_refusals_of_grpc_requests_are_grpcs():
    with Server("--max-body-size", "100KiB") as server, Client(server.port) as client:
        stream = client.send("POST", "/inference.GRPCInferenceService/ModelInfer", b"\0\xff\0\0\0",
                             headers=[("content-type", "application/grpc"), ("te", "trailers")], end=False)
        answer = client.answer(stream)
        assert answer.status == 200 and answer.headers["content-type"] == "application/grpc"
        assert answer.headers["grpc-status"] == "8" and "102400" in answer.headers["grpc-message"]


def test_a_reset_request_leaves_others_alone(server, client):
    body = json.dumps(iris_request()).encode()
    for _ in range(20):
        gone = client.send("POST", INFER, body)
        stays = client.send("POST", INFER, body)
        client.h2.reset_stream(gone, h2.errors.ErrorCodes.CANCEL)
        client.flush()
        assert client.answer(stays).status == 200


def test_too_many_fields_are_refused_and_others_go_on(client):
    answer = client.get("/v2", headers=[(f"x-{index}", "v") for index in range(200)])
    assert answer.status == 431 and "100 header fields" in json.loads(answer.body)["error"]
    assert client.get("/v2").status == 200


def test_streams_beyond_the_limit_are_refused():
    with Server("--max-concurrent-streams", "3") as server, Client(server.port) as client:
        # The client has not read the limit yet: one that knows it would not open a fourth.
        body = json.dumps(iris_request()).encode()
        streams = [client.send("POST", INFER, body[:1], end=False) for _ in range(3)]
        assert client.answer(client.send("GET", "/v2")).reset == h2.errors.ErrorCodes.REFUSED_STREAM
        assert client.h2.remote_settings.max_concurrent_streams == 3
        for stream in streams:
            client.send_body(stream, body[1:])
        assert [client.answer(stream).status for stream in streams] == [200] * 3


def test_an_event_stream_comes_in_pieces(client):
    answer = client.post("/v2/models/iris/generate_stream", {"input": [5.1, 3.5, 1.4, 0.2]})
    assert answer.status == 200 and answer.headers["content-type"].startswith("text/event-stream")
    assert answer.body.startswith(b"data: ") and b"setosa" in answer.body


def goaway_frame(last):
    """One that says NO_ERROR."""
    return b"\0\0\x08\x07\0\0\0\0\0" + last.to_bytes(4, "big") + bytes(4)


def test_is_told_of_the_end_and_served_to_it():
    with Server() as server, Client(server.port) as client:
        assert client.post(INFER, iris_request()).status == 200
        body = json.dumps(iris_request()).encode()
        late = client.send("POST", INFER, body[:10], end=False)
        client.get("/v2")
        server.process.send_signal(signal.SIGTERM)
        # h2 takes GOAWAY for the end of everything; the rest is read and written by hand.
        received = b""
        while goaway_frame(2**31 - 1) not in received:
            chunk = client.socket.recv(65_536)
            assert chunk, "no GOAWAY"
            received += chunk
        data = body[10:]
        client.socket.sendall(len(data).to_bytes(3, "big") + b"\0\1" + late.to_bytes(4, "big") + data)
        while chunk := client.socket.recv(65_536):
            received += chunk
        assert b"setosa" in received and goaway_frame(late + 2) in received
        assert server.process.wait(20) == 0


def test_a_preface_may_come_byte_by_byte(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n":
            sock.sendall(bytes([byte]))
        sock.sendall(bytes.fromhex("000000040000000000"))
        assert sock.recv(9)[3] == 4


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_speaks_it(server):
    out = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", "-w", "\n%{http_version} %{http_code}", "-d",
         json.dumps(iris_request()), f"{server.url}{INFER}"], capture_output=True, text=True, timeout=20)
    assert out.stdout.endswith("\n2 200"), out
    assert "setosa" in out.stdout
    large = subprocess.run(
        ["curl", "-sS", "--http2-prior-knowledge", "-o", "/dev/null", "-w", "%{http_version} %{http_code}", "-H",
         "Expect: 100-continue", "--data-binary", "@-", f"{server.url}{INFER}"], input=b"x" * 3_000_000,
        capture_output=True, timeout=20)
    assert large.stdout == b"2 400", large


def test_many_connections_with_many_streams_leave_nothing(server):
    before = server.open_descriptors()
    clients = [Client(server.port) for _ in range(20)]
    body = json.dumps(iris_request()).encode()
    streams = [(client, client.send("POST", INFER, body)) for client in clients for _ in range(20)]
    for client in clients[::2]:
        client.close()
    for client, stream in streams:
        if client in clients[1::2]:
            assert client.answer(stream).status == 200
    for client in clients[1::2]:
        client.close()
    deadline = time.monotonic() + 10
    while server.open_descriptors() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.open_descriptors() <= before
    assert json_of(server.get("/v2"))["name"]
