"""Requests as their senders write them, and what is answered: Hopsworks' client byte for byte, code of its documentation
with an API key, and TensorFlow Serving's REST API. A line for each."""

import base64
import hashlib
import json
import pathlib
import sys
import tempfile

import requests

from access_table import create_key
from dunlin_server import ROOT, Server

ROWS = [[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 4.3, 1.3]]
LABELS = ["setosa", "versicolor"]
TEXT = "Hver gang jeg går en tur, tager jeg min hund med."
# The key of the recorded requests.
RECORDED_KEY = "ZaCRiVfQOxuOIXZk." + "0123456789abcdef" * 4


class Lines:
    failed = 0

    def add(self, name, is_right, result):
        self.failed += not is_right
        text = " ".join(str(result).split())
        print(f"  {'ok ' if is_right else 'NOT'} {name}\n        {text if len(text) <= 150 else text[:147] + '...'}")

    def send(self, name, method, url, wanted, status=200, **more):
        """`wanted` is the answer's body, or decides whether it is right."""
        answer = requests.request(method, url, timeout=30, **more)
        body = answer.json()
        is_right = wanted(body) if callable(wanted) else body == wanted
        self.add(name, answer.status_code == status and is_right, f"{answer.status_code} {answer.text}")


def recorded_key_line():
    salt = bytes(range(16))
    digest = hashlib.sha256(salt + RECORDED_KEY[17:].encode()).hexdigest()
    return f"key={RECORDED_KEY[:16]} salt={salt.hex()} sha256={digest} scope=infer\n"


def hopsworks(lines, folder):
    keys, table = folder / "keys", folder / "map.json"
    keys.write_text(recorded_key_line())
    key = create_key(keys, "infer", "iris")
    table.write_text(json.dumps({"domain": "example.com", "projects": {"my_project": {"id": 119}}}))
    with Server("--gateway", "--gateway-map", str(table), "--api-keys", str(keys)) as server:
        print("\nHopsworks' client, its recorded bytes (Tests/Fixtures/hopsworks)")
        for form in ("path", "host", "rest"):
            sent = ROOT.joinpath(f"Tests/Fixtures/hopsworks/{form}.http").read_bytes()
            head = sent.split(b"\r\n\r\n")[0].decode().splitlines()
            status, _, body = server.raw(sent).partition(b"\r\n")
            body = body.split(b"\r\n\r\n", 1)[1]
            is_right = status.startswith(b"HTTP/1.1 200") and json.loads(body) == {"predictions": LABELS}
            host = next(line for line in head if line.lower().startswith("host"))
            lines.add(f"{form}: {head[0]}, {host}, {len(sent)} bytes", is_right, f"{status.decode()} {body.decode()}")
        print("\nrequests, as the documentation of Hopsworks has it, with an API key")
        for name, path, more in [
            ("project and deployment in the path", "/v1/my-project/iris/v1/models/iris:predict", {}),
            ("project and deployment in the host", "/v1/models/iris:predict", {"Host": "iris.my-project.example.com"}),
            ("through the REST interface", "/hopsworks-api/api/project/119/inference/models/iris:predict", {}),
        ]:
            for field in ("instances", "inputs"):
                for scheme in ("ApiKey", "Bearer"):
                    lines.send(f"{name}, {field}, {scheme}: POST {path}", "POST", server.url + path, {"predictions": LABELS},
                               headers={"Authorization": f"{scheme} {key}", **more}, json={field: ROWS})
            lines.send(f"{name}, no key", "POST", server.url + path, lambda body: len(body) > 0, 401, headers=more,
                       json={"instances": ROWS})


def tensorflow_serving(lines):
    with Server() as server:
        models = f"{server.url}/v1/models"
        print("\nTensorFlow Serving's REST API, in the shapes of its documentation")

        def post(name, path, body, wanted, status=200):
            lines.send(f"{name}: POST /v1/models/{path}", "POST", f"{models}/{path}", wanted, status, data=json.dumps(body))

        def get(name, path, wanted, status=200):
            lines.send(f"{name}: GET /v1/models/{path}", "GET", f"{models}/{path}", wanted, status)

        coded = {"b64": base64.b64encode(TEXT.encode()).decode()}
        post("rows", "iris:predict", {"instances": ROWS}, {"predictions": LABELS})
        post("rows of named inputs", "iris:predict", {"instances": [{"input": row} for row in ROWS]}, {"predictions": LABELS})
        post("rows, with a signature", "iris:predict", {"signature_name": "serving_default", "instances": ROWS},
             lambda it: [row["output_label"] for row in it["predictions"]] == LABELS)
        post("columns", "iris:predict", {"signature_name": "serving_default", "inputs": ROWS},
             lambda it: it["outputs"]["output_label"] == LABELS)
        post("columns of named inputs", "iris:predict", {"inputs": {"input": ROWS}},
             lambda it: it["outputs"]["output_label"] == LABELS)
        post("a version", "iris/versions/1:predict", {"instances": ROWS}, {"predictions": LABELS})
        post("base64", "language:predict", {"instances": [coded]}, {"predictions": ["da"]})
        post("classify", "iris:classify", {"examples": [{"input": row} for row in ROWS]},
             lambda it: [max(row, key=lambda pair: pair[1])[0] for row in it["results"]] == LABELS)
        post("classify with a context", "iris:classify", {"context": {"input": ROWS[0]}, "examples": [{}]},
             lambda it: len(it["results"]) == 1)
        get("status", "iris", lambda it: it["model_version_status"][0]["state"] == "AVAILABLE")
        get("status of a version", "iris/versions/1", lambda it: it["model_version_status"][0]["version"] == "1")
        get("metadata", "iris/metadata", lambda it: it["model_spec"]["name"] == "iris")
        post("neither rows nor columns", "iris:predict", {"signature_name": "x"}, lambda it: "error" in it, 400)
        post("a model that is not there", "none:predict", {"instances": ROWS}, lambda it: "error" in it, 404)
        post("a version that is not there", "iris/versions/9:predict", {"instances": ROWS}, lambda it: "error" in it, 404)
        post("a label that is not there", "iris/labels/x:predict", {"instances": ROWS}, lambda it: "error" in it, 400)


def main():
    lines = Lines()
    with tempfile.TemporaryDirectory() as folder:
        hopsworks(lines, pathlib.Path(folder))
    tensorflow_serving(lines)
    return lines.failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
