"""Who may call what: API keys, the admin address, Triton's restricted APIs, CORS. With the clients people use."""

import os
import stat
import subprocess
import time

import numpy
import pytest
import requests
import tritonclient.http

from access_table import BINARY, KINDS, create_key, expected, rows, scope
from dunlin_server import Server, iris_request, json_of


def until(condition, seconds=20):
    """Waits for what a running server notices by itself."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def test_every_route_with_every_kind_of_key(tmp_path, fact):
    wrong = []
    table = rows(tmp_path)
    for route, statuses in table:
        for kind, status in zip(KINDS, statuses):
            wanted = expected(route, kind)
            if wanted != status and (wanted or status in (401, 403)):
                wrong.append((route, kind, status, wanted))
    assert not wrong
    assert len(table) >= 27
    assert {scope(route) for route, _ in table} == {None, "infer", "metrics", "admin"}
    fact(f"API keys: {len(table)} routes x {len(KINDS)} kinds of keys, {len(table) * len(KINDS)} answers as expected")


def test_tritonclient_sends_a_key(tmp_path):
    key = create_key(tmp_path / "keys", "infer", "iris")
    with Server("--api-keys", str(tmp_path / "keys")) as server:
        client = tritonclient.http.InferenceServerClient(server.address)
        tensor = tritonclient.http.InferInput("input", [1, 4], "FP32")
        tensor.set_data_from_numpy(numpy.array([[5.1, 3.5, 1.4, 0.2]], numpy.float32))
        with pytest.raises(tritonclient.http.InferenceServerException, match="an API key is needed"):
            client.infer("iris", [tensor])
        for scheme in ("ApiKey", "Bearer"):
            headers = {"Authorization": f"{scheme} {key}"}
            assert client.infer("iris", [tensor], headers=headers).as_numpy("output_label")[0] == b"setosa"
        assert client.is_server_live() and client.is_server_ready()
        with pytest.raises(tritonclient.http.InferenceServerException, match="not good for the model 'digits_mlp'"):
            client.get_model_metadata("digits_mlp", headers=headers)


def test_the_file_is_followed(tmp_path):
    file = tmp_path / "keys"
    first = create_key(file, "infer")
    with Server("--api-keys", str(file)) as server:
        def status(key):
            return server.get("/v2/models", headers={"Authorization": f"Bearer {key}"}).status
        assert status(first) == 200
        second = create_key(file, "infer")
        until(lambda: status(second) == 200)
        with file.open("a") as added:
            added.write("nonsense\n")
        server.wait_for_log("API keys not loaded")
        assert status(first) == status(second) == 200
        lines = file.read_text().splitlines()
        # In one step: between two the file would be empty.
        (tmp_path / "new").write_text(lines[1] + "\n")
        os.replace(tmp_path / "new", file)
        until(lambda: status(first) == 401)
        assert status(second) == 200
        file.unlink()
        server.wait_for_log("No such file")
        assert status(second) == 200
    assert second not in server.folder.joinpath("log").read_text() if server.folder.exists() else True


def test_the_start_warns_of_what_is_open(tmp_path):
    with Server("--http-address", "0.0.0.0") as server:
        assert "OPEN TO THE NETWORK" in server.wait_for_log("warning")
    file = tmp_path / "keys"
    create_key(file, "infer")
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    with Server("--http-address", "0.0.0.0", "--api-keys", str(file), wait_until="live") as server:
        assert "warning" not in server.log
    file.chmod(0o644)
    with Server("--api-keys", str(file)) as server:
        assert "every user of this machine" in server.wait_for_log("warning")
    with Server() as server:
        assert "warning" not in server.log


def test_the_command_refuses_what_makes_no_sense(tmp_path):
    for arguments, told in [
            ([], "one thing to do: create"), (["create"], "--scope is needed"),
            (["create", "--scope", "all"], "scope: expected infer, admin, metrics, found 'all'"),
            (["create", "--scope", "metrics", "--models", "a"], "cannot be limited"),
            (["create", "--scope", "infer", "--scope", "infer"], "more than once"),
            (["create", "--scop", "infer"], "is not a flag"),
    ]:
        result = subprocess.run([str(BINARY), "api-key", *arguments], capture_output=True, text=True)
        assert result.returncode == 2 and told in result.stderr, (arguments, result)
    result = subprocess.run(
        [str(BINARY), "api-key", "create", "--scope=infer", "--models=a,b%2Cc"], capture_output=True, text=True)
    key, line = result.stdout.splitlines()
    assert line.startswith(f"key={key[:16]} salt=") and line.endswith(" scope=infer models=a,b%2cc")
    assert key[17:] not in line
    nowhere = ["create", "--scope", "infer", "--file", str(tmp_path / "no" / "keys")]
    assert subprocess.run([str(BINARY), "api-key", *nowhere], capture_output=True).returncode == 1


def test_the_admin_address_alone_loads(tmp_path):
    with Server("--admin-address", f"unix:{tmp_path}/admin") as server:
        answer = server.post("/v2/repository/models/iris/unload")
        assert answer.status == 403 and "--admin-address" in json_of(answer)["error"]
        curl = ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--unix-socket", f"{tmp_path}/admin", "-X", "POST"]
        if subprocess.run(["which", "curl"], capture_output=True).returncode == 0:
            for verb in ("unload", "load"):
                url = f"http://admin/v2/repository/models/iris/{verb}"
                assert subprocess.run([*curl, url], capture_output=True, text=True).stdout == "200"
        assert server.post("/v2/models/iris/infer", iris_request()).status == 200


def test_restricted_apis_speak_to_tritonclient():
    with Server("--http-restricted-api", "model-repository,metadata:admin-key=one",
                "--http-restricted-api=inference:infer-key=two") as server:
        client = tritonclient.http.InferenceServerClient(server.address)
        with pytest.raises(tritonclient.http.InferenceServerException, match="This API is restricted"):
            client.get_server_metadata()
        assert client.get_server_metadata(headers={"admin-key": "one"})["name"] == "dunlin"
        with pytest.raises(tritonclient.http.InferenceServerException, match="expecting header 'admin-key'"):
            client.get_model_repository_index(headers={"infer-key": "two"})
        answer = server.post("/v2/models/iris/infer", iris_request(), headers={"Infer-Key": "two"})
        assert answer.status == 200


def test_pages_of_allowed_origins_read_binary_answers():
    with Server("--cors-allowed-origins", "https://*.example.com,http://localhost:*") as server:
        url = f"{server.url}/v2/models/iris/infer"
        preflight = requests.options(url, headers={
            "Origin": "https://app.example.com", "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "authorization,content-type,inference-header-content-length"})
        assert preflight.status_code == 204 and not preflight.content
        assert preflight.headers["Access-Control-Allow-Origin"] == "https://app.example.com"
        body = iris_request(parameters={"binary_data_output": True})
        answer = requests.post(url, json=body, headers={"Origin": "http://localhost:5173"})
        assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:5173"
        exposed = answer.headers["Access-Control-Expose-Headers"].lower()
        assert "inference-header-content-length" in exposed and int(answer.headers["Inference-Header-Content-Length"])
        for origin in ("https://evil.example", "https://app.example.com.evil.example", "null"):
            answer = requests.post(url, json=iris_request(), headers={"Origin": origin})
            assert answer.status_code == 200 and "Access-Control-Allow-Origin" not in answer.headers
