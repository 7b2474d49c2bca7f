"""Hopsworks' addresses: the requests of its client byte for byte (recorded by scripts/test-hopsworks.sh), and requests as
its documentation writes them."""

import hashlib
import json

import pytest
import requests

from access_table import create_key
from dunlin_server import ROOT, Server, json_of

FIXTURES = ROOT / "Tests/Fixtures/hopsworks"
# The key of the recorded requests.
KEY = "ZaCRiVfQOxuOIXZk." + "0123456789abcdef" * 4
ROWS = {"instances": [[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 4.3, 1.3]]}
LABELS = ["setosa", "versicolor"]


def key_line(key, scope):
    """A line of the file of keys, made without the server's help."""
    salt = bytes(range(16))
    digest = hashlib.sha256(salt + key[17:].encode()).hexdigest()
    return f"key={key[:16]} salt={salt.hex()} sha256={digest} scope={scope}\n"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gateway")
    folder.joinpath("keys").write_text(key_line(KEY, "infer"))
    folder.joinpath("map.json").write_text(json.dumps({
        "domain": "example.com",
        "projects": {"my_project": {"id": 119}, "other": {"id": 120, "deployments": {"flowers": "iris"}}}}))
    limited = create_key(folder / "keys", "infer", "digits_mlp")
    with Server("--gateway", "--gateway-map", str(folder / "map.json"), "--api-keys", str(folder / "keys")) as server:
        server.limited = limited
        yield server


@pytest.mark.parametrize("form", ["path", "host", "rest"])
def test_recorded_requests_are_answered(gateway, form):
    request = FIXTURES.joinpath(f"{form}.http").read_bytes()
    assert request.startswith(b"POST /") and request.endswith(json.dumps(ROWS).encode())
    head, body = gateway.raw(request).split(b"\r\n\r\n", 1)
    assert head.startswith(b"HTTP/1.1 200 OK\r\n") and b"Content-Type: application/json" in head
    assert json.loads(body) == {"predictions": LABELS}
    # A proxy may send the colon encoded.
    encoded = request.replace(b"iris:predict", b"iris%3Apredict", 1)
    assert json.loads(gateway.raw(encoded).split(b"\r\n\r\n", 1)[1]) == {"predictions": LABELS}


@pytest.mark.parametrize("path", [
    "/v1/my-project/iris/v1/models/iris:predict",
    "/v1/my_project/iris/v1/models/iris/versions/1:predict",
    "/v1/other/flowers/v1/models/flowers:predict",
    "/v1/other/flowers/v1/models/iris:predict",
    "/hopsworks-api/api/project/119/inference/models/iris:predict",
    "/hopsworks-api/api/project/119/inference/models/iris/versions/1:predict",
    "/hopsworks-api/api/project/119/models/iris:predict",
    "/hopsworks-api/api/project/120/inference/models/flowers:predict",
    "/hopsworks-api/api/project/119/inference/models/iris:test",
    "/v1/models/iris:predict",
])
@pytest.mark.parametrize("data", [ROWS, {"inputs": ROWS["instances"]}], ids=["instances", "inputs"])
def test_code_as_the_documentation_has_it(gateway, path, data):
    answer = requests.post(f"{gateway.url}{path}", headers={"Authorization": f"ApiKey {KEY}"}, json=data)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"predictions": LABELS}


def test_statuses_and_v2_are_there_too(gateway):
    headers = {"Authorization": f"ApiKey {KEY}"}
    prefix = f"{gateway.url}/v1/other/flowers"
    assert requests.get(f"{prefix}/v1/models/flowers", headers=headers).json()["ready"]
    assert [model["id"] for model in requests.get(f"{prefix}/v1/models", headers=headers).json()["data"]] == ["iris"]
    assert requests.get(f"{prefix}/v2/models/flowers", headers=headers).json()["name"] == "iris"
    body = {"inputs": [{"name": "input", "shape": [1, 4], "datatype": "FP32", "data": ROWS["instances"][0]}]}
    assert requests.post(f"{prefix}/v2/models/flowers/infer", headers=headers, json=body).status_code == 200


@pytest.mark.parametrize("path, change, status, code", [
    ("/inference/models/none:predict", {}, 404, 250000),
    ("/inference/models/iris/versions/9:predict", {}, 404, 250000),
    ("/inference/models/iris", {}, 400, 250005),
    ("/inference/models/iris:explain", {}, 400, 250004),
    ("/inference/models/iris:predict", {"data": "{"}, 400, 250008),
    ("/inference/models/iris:predict", {"headers": {}}, 401, 250010),
    ("/inference/models/iris:predict", {"headers": {"Authorization": "Basic abc"}}, 401, 250010),
    ("/inference/models/iris:predict", {"headers": "limited"}, 403, 250011),
])
def test_errors_have_hopsworks_codes(gateway, path, change, status, code):
    call = {"headers": {"Authorization": f"ApiKey {KEY}"}, "data": json.dumps(ROWS), **change}
    if call["headers"] == "limited":
        call["headers"] = {"Authorization": f"ApiKey {gateway.limited}"}
    answer = requests.post(f"{gateway.url}/hopsworks-api/api/project/119{path}", **call)
    error = answer.json()
    assert (answer.status_code, error["errorCode"]) == (status, code), answer.text
    assert set(error) == {"errorCode", "errorMsg", "usrMsg"} and error["errorMsg"] and error["usrMsg"]


def test_a_model_that_is_not_loaded_is_not_running():
    with Server("--gateway", load=None) as server:
        answer = server.post("/hopsworks-api/api/project/1/inference/models/iris:predict", ROWS)
        assert (answer.status, json_of(answer)["errorCode"]) == (400, 250001), answer
