"""The sequences that the AMD inference server's own tests and examples go through, byte for byte.

What its client reads is written down here as the very bytes on the wire: statuses, content types and bodies.
"""

import pytest

from dunlin_server import json_of

JSON = "application/json"
ECHO_REQUEST = b'{"id":"","inputs":[{"name":"","datatype":"UINT32","shape":[1],"data":[%d],"parameters":{}}],"parameters":{}}'


@pytest.fixture
def amd(empty_server):
    """The server's routes as the AMD client calls them: JSON in, status and bytes out, one connection."""
    connection = empty_server.connection()

    class Client:
        server = empty_server

        @staticmethod
        def get(path):
            return empty_server.get(path, connection=connection)

        @staticmethod
        def post(path, body=b"null"):
            return empty_server.post(path, body, headers={"Content-Type": JSON}, connection=connection)

        def ready(self, endpoint):
            return self.get(f"/v2/models/{endpoint}/ready").status == 200

    yield Client()
    connection.close()


def models(amd):
    answer = amd.get("/v2/models")
    assert answer.headers["Content-Type"].startswith(JSON)
    return answer.body


def check(answer, status, body, content_type=None):
    assert (answer.status, answer.body) == (status, body)
    assert int(answer.headers["Content-Length"]) == len(body)
    if content_type:
        assert answer.headers["Content-Type"] == content_type


def test_server_is_live_and_ready(amd):
    check(amd.get("/v2/health/live"), 200, b'{"live":true}', JSON)
    check(amd.get("/v2/health/ready"), 200, b'{"ready":true}', JSON)


def test_server_metadata_with_and_without_a_slash(amd):
    assert amd.get("/v2").body == amd.get("/v2/").body
    assert set(json_of(amd.get("/v2"))) == {"name", "version", "extensions"}


def test_worker_loads_share_by_their_parameters(amd):
    echo = b'{"model":"echo"}'
    buffers = b'{"model":"echo","max_buffer_num":100}'
    unshared = b'{"model":"echo","max_buffer_num":100,"share":false}'
    load, unload = "/v2/workers/cplusplus/load", "/v2/workers/%s/unload"
    check(models_answer(amd), 200, b'{"models":[]}', JSON)

    check(amd.post(load, echo), 200, b"cplusplus")
    check(amd.post(load, echo), 200, b"cplusplus")
    check(amd.post(load, buffers), 200, b"cplusplus-0")
    check(amd.post(load, unshared), 200, b"cplusplus-0")
    assert amd.ready("cplusplus") and amd.ready("cplusplus-0")
    check(models_answer(amd), 200, b'{"models":["cplusplus","cplusplus-0"]}', JSON)

    check(amd.post(unload % "cplusplus"), 200, b"")
    check(amd.post(unload % "cplusplus"), 200, b"")
    assert not amd.ready("cplusplus") and amd.ready("cplusplus-0")

    check(amd.post(unload % "cplusplus-0"), 200, b"")
    assert amd.ready("cplusplus-0"), "the load with share false asks for an unload of its own"
    check(amd.post(unload % "cplusplus-0"), 200, b"")
    assert not amd.ready("cplusplus-0")
    check(models_answer(amd), 200, b'{"models":[]}', JSON)


def models_answer(amd):
    return amd.get("/v2/models")


def test_content_type_of_a_worker_load(amd):
    answer = amd.post("/v2/workers/cplusplus/load", b'{"model":"echo"}')
    assert answer.headers["Content-Type"].split(";")[0] == "text/html"
    assert answer.body == b"cplusplus"


def test_names_are_lower_cased_on_load_and_unload_only(amd):
    check(amd.post("/v2/workers/CPlusPlus/load", b'{"model":"echo"}'), 200, b"cplusplus")
    assert amd.ready("cplusplus")
    assert amd.get("/v2/models/CPlusPlus/ready").status == 404
    check(amd.post("/v2/workers/CPlusPlus/unload"), 200, b"")
    assert not amd.ready("cplusplus")


def test_model_ready_goes_false_true_false(amd):
    answer = amd.get("/v2/models/cplusplus/ready")
    assert answer.status == 404 and "cplusplus" in json_of(answer)["error"]
    check(models_answer(amd), 200, b'{"models":[]}')
    amd.post("/v2/workers/cplusplus/load", b'{"model":"echo"}')
    check(amd.get("/v2/models/cplusplus/ready"), 200, b'{"name":"cplusplus","ready":true}', JSON)
    check(models_answer(amd), 200, b'{"models":["cplusplus"]}')
    amd.post("/v2/workers/cplusplus/unload")
    assert not amd.ready("cplusplus")


def test_model_list_counts_two_kinds(amd):
    amd.post("/v2/workers/cplusplus/load", b'{"model":"echo"}')
    check(amd.post("/v2/workers/cplusplus/load", b'{"model":"echo_multi"}'), 200, b"cplusplus-0")
    check(models_answer(amd), 200, b'{"models":["cplusplus","cplusplus-0"]}')
    for endpoint in ("cplusplus", "cplusplus-0"):
        amd.post(f"/v2/workers/{endpoint}/unload")
    check(models_answer(amd), 200, b'{"models":[]}')


def test_metadata_of_the_worker(amd):
    amd.post("/v2/workers/cplusplus/load", b'{"model":"echo"}')
    metadata = json_of(amd.get("/v2/models/cplusplus"))
    assert (metadata["name"], metadata["platform"]) == ("CPlusPlus", "CPU")
    assert [tensor["datatype"] for tensor in metadata["inputs"]] == ["UINT32"]
    assert [tensor["datatype"] for tensor in metadata["outputs"]] == ["UINT32"]


@pytest.mark.parametrize("number", [1, 3, 0, 4294967294])
def test_echo_adds_one(amd, number):
    amd.post("/v2/workers/cplusplus/load", b'{"model":"echo"}')
    answer = amd.post("/v2/models/cplusplus/infer", ECHO_REQUEST % number)
    body = json_of(answer)
    version = body.pop("model_version")
    assert body == {
        "id": "", "model_name": "echo",
        "outputs": [{"name": "", "datatype": "UINT32", "shape": [1], "data": [number + 1]}]}
    check(answer, 200, (
        b'{"id":"","model_name":"echo","model_version":"%s","outputs":'
        b'[{"name":"","datatype":"UINT32","shape":[1],"data":[%d]}]}' % (version.encode(), number + 1)), JSON)


def test_the_echo_worker_has_its_own_name_too(amd):
    check(amd.post("/v2/workers/echo/load"), 200, b"echo")
    answer = amd.post("/v2/models/echo/infer", {
        "inputs": [{"name": "x", "datatype": "UINT32", "shape": [2, 2], "data": [[1, 2], [3, 4]]}],
        "outputs": [{"name": "y"}]})
    assert json_of(answer)["outputs"] == [{"name": "y", "datatype": "UINT32", "shape": [2, 2], "data": [2, 3, 4, 5]}]


def test_echo_multi_fills_three_outputs(amd):
    amd.post("/v2/workers/cplusplus/load", b'{"model":"echo_multi"}')
    answer = amd.post("/v2/models/cplusplus/infer", {"inputs": [
        {"name": "input0", "datatype": "UINT32", "shape": [1], "data": [3]},
        {"name": "input1", "datatype": "UINT32", "shape": [2], "data": [2, 7]}]})
    assert [(output["name"], output["data"]) for output in json_of(answer)["outputs"]] == [
        ("output0", [3]), ("output1", [2, 7, 3, 2]), ("output2", [7, 3, 2])]


def test_the_clients_empty_and_null_bodies(amd):
    for body in (b"", b"null", b"{}"):
        check(amd.post("/v2/workers/echo/load", body), 200, b"echo")
        check(amd.post("/v2/workers/echo/unload", body), 200, b"")


def test_model_load_and_unload_by_both_paths(amd):
    for path in ("/v2/models/iris", "/v2/models/iris/versions/1"):
        check(amd.post(f"{path}/load", b"{}"), 200, b"")
        assert amd.ready("iris")
        check(amd.post(f"{path}/unload"), 200, b"")
        assert not amd.ready("iris")
    for path in ("/v2/repository/models/iris", "/v2/repository/models/iris/versions/1"):
        check(amd.post(f"{path}/load", b"{}"), 200, b'{"name":"iris","load":true}', JSON)
        assert amd.ready("iris")
        check(amd.post(f"{path}/unload"), 200, b'{"name":"iris","unload":true}', JSON)
        assert not amd.ready("iris")


def test_unloading_what_is_not_there_is_accepted(amd):
    check(amd.post("/v2/workers/nothing/unload"), 200, b"")
    check(amd.post("/v2/models/nothing/unload"), 200, b"")


@pytest.mark.parametrize("body, status", [
    (b'{"name":"cpu","num":1}', 200), (b'{"name":"cpu"}', 200), (b'{"name":"cpu","num":100000}', 404),
    (b'{"name":"vitis","num":1}', 404), (b'{"name":"","num":1}', 404), (b"{}", 404), (b"not json", 400),
    (b'{"name":"cpu","num":"one"}', 400), (b'{"name":"cpu","num":-1}', 400), (b"[]", 400),
])
def test_hardware(amd, body, status):
    answer = amd.post("/v2/hardware", body)
    assert answer.status == status
    if status == 200:
        assert answer.body == b""
    else:
        assert json_of(answer)["error"]


@pytest.mark.parametrize("path, body, words", [
    ("/v2/workers/cplusplus/load", b"{}", "No model specified"),
    ("/v2/workers/nothing/load", b"{}", "nothing"),
    ("/v2/workers/cplusplus/load", b'{"model":"nothing"}', "nothing"),
    ("/v2/workers/echo/load", b'{"share":"no"}', "share"),
    ("/v2/workers/onnx/load", b'{"model":"../../etc/passwd"}', ""),
    ("/v2/workers/onnx/load", b'{"model":"/etc/passwd"}', ""),
    ("/v2/workers/onnx/load", b'{"model":"iris/1/absent.onnx"}', "absent.onnx"),
])
def test_a_worker_that_cannot_be_loaded(amd, path, body, words):
    answer = amd.post(path, body)
    assert answer.status in (400, 404)
    assert words in json_of(answer)["error"]
    assert models(amd) == b'{"models":[]}'


def test_the_onnx_worker_serves_a_file_of_the_repository(amd):
    check(amd.post("/v2/workers/onnx/load", b'{"model":"iris/1/model.onnx","threads":1}'), 200, b"onnx")
    answer = amd.post("/v2/models/onnx/infer", {"inputs": [
        {"name": "input", "datatype": "FP32", "shape": [1, 4], "data": [5.1, 3.5, 1.4, 0.2]}]})
    assert json_of(answer)["outputs"][0]["data"] == ["setosa"]
    check(amd.post("/v2/workers/onnx/unload"), 200, b"")


def test_every_route_answers_options(amd):
    for path in ("/v2", "/v2/health/live", "/v2/models/x/infer", "/v2/workers/x/load"):
        answer = amd.server.request("OPTIONS", path)
        assert answer.status in (200, 204)
        assert "OPTIONS" in answer.headers["Allow"]
