"""Generate, generate_stream and infer_stream on real models, as users of Triton and MLServer call them."""

import concurrent.futures
import json
import socket

import numpy
import pytest

from dunlin_server import assert_infers, iris_request, json_of

EVENTS = "text/event-stream; charset=utf-8"
ROW = [5.1, 3.5, 1.4, 0.2]


def events(answer):
    """The data of each server-sent event; checks the framing."""
    text = answer.body.decode()
    assert text == "" or text.endswith("\n\n")
    found = []
    for event in text.split("\n\n")[:-1]:
        assert event.startswith("data: ") and "\n" not in event, event
        found.append(json.loads(event.removeprefix("data: ")))
    return found


@pytest.mark.parametrize("path", ["/v2/models/iris", "/v2/models/iris/versions/1"])
def test_generate(server, path):
    answer = server.post(f"{path}/generate", {"id": "42", "input": ROW, "parameters": {"note": "x"}})
    assert answer.status == 200 and answer.headers["Content-Type"] == "application/json"
    body = json_of(answer)
    assert body["id"] == "42" and body["model_name"] == "iris" and body["model_version"] == "1"
    assert body["output_label"] == "setosa"
    assert len(body["output_probability"]) == 3 and max(body["output_probability"]) > 0.9


def test_rows_are_counted_by_the_elements(server):
    """The innermost variable extent takes what the fixed ones leave: three rows of four."""
    body = json_of(server.post("/v2/models/iris/generate", {"input": ROW * 3}))
    assert body["output_label"] == ["setosa"] * 3
    assert len(body["output_probability"]) == 9
    answer = server.post("/v2/models/iris/generate", {"input": ROW + [1]})
    assert answer.status == 400
    assert "can not convert input 'input' to tensor with proper shape" in json_of(answer)["error"]


def test_text(server):
    name = json_of(server.get("/v2/models/language"))["inputs"][0]["name"]
    body = json_of(server.post("/v2/models/language/generate", {name: "the quick brown fox jumps over the lazy dog"}))
    infer = json_of(server.post("/v2/models/language/infer", {"inputs": [{
        "name": name, "datatype": "BYTES", "shape": server_shape(server, "language"),
        "data": ["the quick brown fox jumps over the lazy dog"]}]}))
    for output in infer["outputs"]:
        data = output["data"]
        assert body[output["name"]] == (data[0] if len(data) == 1 else data)


def server_shape(server, model):
    return [abs(extent) for extent in json_of(server.get(f"/v2/models/{model}"))["inputs"][0]["shape"]]


@pytest.mark.parametrize("path", ["/v2/models/iris", "/v2/models/iris/versions/1"])
def test_generate_stream(server, path):
    answer = server.post(f"{path}/generate_stream", {"input": ROW}, headers={"Accept": "text/event-stream"})
    assert answer.status == 200 and answer.headers["Content-Type"] == EVENTS
    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert [event["output_label"] for event in events(answer)] == ["setosa"]


@pytest.mark.parametrize("verb", ["generate", "generate_stream"])
@pytest.mark.parametrize("body, words", [
    ({}, "missing ['input']"), ({"abc": 123}, "missing ['input']"), ({"input": "a"}, "input 'input': expected a number"),
    ({"input": [ROW]}, "input 'input'"), ({"input": ROW, "parameters": 1}, "Expected JSON object for keyword"),
    ({"input": ROW, "p": {}}, "parameter 'p' has invalid type"), (f'{{"input":{ROW},"input":{ROW}}}', "already exists"),
    ("[]", "expected an object"), ("{", "expected"), ({"input": ROW, "id": 7}, "'id'"),
])
def test_bad_requests_are_json(server, verb, body, words):
    answer = server.post(f"/v2/models/iris/{verb}", body)
    assert answer.status == 400 and answer.headers["Content-Type"] == "application/json"
    assert words in json_of(answer)["error"]
    assert server.post(f"/v2/models/nothing/{verb}", body).status == 404


@pytest.mark.parametrize("path", ["/v2/models/iris", "/v2/models/iris/versions/1"])
def test_infer_stream(server, path):
    answer = server.post(f"{path}/infer_stream", iris_request(id="7"))
    assert answer.status == 200 and answer.headers["Content-Type"] == EVENTS
    assert events(answer) == [json_of(server.post(f"{path}/infer", iris_request(id="7")))]


def test_infer_stream_takes_binary_inputs(server):
    raw = numpy.array(ROW, numpy.float32).tobytes()
    head = json.dumps({"inputs": [{"name": "input", "shape": [1, 4], "datatype": "FP32",
                                   "parameters": {"binary_data_size": len(raw)}}]}).encode()
    answer = server.post("/v2/models/iris/infer_stream", head + raw,
                         headers={"Inference-Header-Content-Length": str(len(head))})
    assert events(answer)[0]["outputs"][0]["data"] == ["setosa"]
    answer = server.post("/v2/models/iris/infer_stream", iris_request(parameters={"binary_data_output": True}))
    assert answer.status == 400 and "JSON" in json_of(answer)["error"]


def test_many_at_once(server):
    """Triton's race test: streams and plain answers side by side."""
    def call(index):
        verb = ("generate", "generate_stream", "infer_stream")[index % 3]
        body = iris_request() if verb == "infer_stream" else {"input": ROW, "param": "x"}
        answer = server.post(f"/v2/models/iris/{verb}", body)
        return answer.status, answer.body

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(call, range(300)))
    assert {status for status, _ in answers} == {200}
    assert all(b"setosa" in body for _, body in answers)


def test_a_connection_closed_at_once_hurts_nobody(server):
    body = json.dumps({"input": ROW}).encode()
    for _ in range(50):
        with socket.create_connection(("127.0.0.1", server.port)) as sock:
            sock.sendall(b"POST /v2/models/iris/generate_stream HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b"
                         % (len(body), body))
    assert server.get("/v2/health/live").status == 200
    assert_infers(server)


def test_http_1_0_gets_the_stream_and_the_end_of_the_connection(server):
    body = json.dumps({"input": ROW}).encode()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(b"POST /v2/models/iris/generate_stream HTTP/1.0\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        received = b""
        while chunk := sock.recv(65536):
            received += chunk
    head, _, rest = received.partition(b"\r\n\r\n")
    assert b" 200 " in head and rest.startswith(b"data: {") and rest.endswith(b"}\n\n")
