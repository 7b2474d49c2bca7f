"""What Hopsworks' own Python client sends, byte for byte, and what it makes of Dunlin's answers.

scripts/test-hopsworks.sh installs the client and runs this. Its recorded requests are `Tests/Fixtures/hopsworks/*.http`.
"""

import argparse
import json
import pathlib
import socket
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

from access_table import create_key  # noqa: E402
from dunlin_server import ROOT, Server  # noqa: E402

from hopsworks_common.client.exceptions import RestAPIError  # noqa: E402
from hopsworks_common.client.istio.external import Client as GatewayClient  # noqa: E402
from hsml.core import serving_api  # noqa: E402

FIXTURES = ROOT / "Tests/Fixtures/hopsworks"
KEY = "ZaCRiVfQOxuOIXZk." + "0123456789abcdef" * 4
ROWS = {"instances": [[5.1, 3.5, 1.4, 0.2], [6.2, 2.9, 4.3, 1.3]]}


class Deployment:
    """As much of a deployment as an inference request looks at."""

    name = "iris"
    project_namespace = "my-project"
    project_name = "my_project"
    api_protocol = "REST"


class RESTClient(GatewayClient):
    """The client of Hopsworks' REST interface, as far as inference requests need it: the base of both is the same."""

    _project_id = 119


def gateway(port, key=KEY, kind=GatewayClient):
    return kind("127.0.0.1", port, "my_project", key)


def send(connection, through_hopsworks=False, data=ROWS):
    """One inference request by the package's own code."""
    serving_api.client.istio._get_instance = lambda: connection
    serving_api.client._get_instance = lambda: connection
    return serving_api.ServingApi()._send_inference_request_via_rest_protocol(Deployment, data, through_hopsworks)


def send_to_host(connection, domain, data=ROWS):
    """The older form: the deployment is named by the host. Newer packages have the request's code, not the address."""
    return connection._send_request(
        "POST", ["v1", "models", Deployment.name + ":predict"],
        headers={"content-type": "application/json", "host": f"{Deployment.name}.my-project.{domain}"},
        data=json.dumps(data), with_base_path_params=False)


def recorded(act):
    """The bytes of the request that `act(port)` sends."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        received = []

        def answer():
            peer, _ = listener.accept()
            with peer:
                data = b""
                while b"\r\n\r\n" not in data or len(data.split(b"\r\n\r\n", 1)[1]) < len(json.dumps(ROWS)):
                    data += peer.recv(65536)
                received.append(data)
                peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")

        thread = threading.Thread(target=answer)
        thread.start()
        port = listener.getsockname()[1]
        act(port)
        thread.join()
        return received[0].replace(f"127.0.0.1:{port}".encode(), b"127.0.0.1:8080")


FORMS = {
    "path": lambda port, key=KEY: send(gateway(port, key)),
    "host": lambda port, key=KEY: send_to_host(gateway(port, key), "example.com"),
    "rest": lambda port, key=KEY: send(gateway(port, key, RESTClient), through_hopsworks=True),
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--record", action="store_true", help="write the fixtures instead of comparing with them")
    record = parser.parse_args().record
    FIXTURES.mkdir(exist_ok=True)
    for form, act in FORMS.items():
        sent, file = recorded(act), FIXTURES / f"{form}.http"
        if record:
            file.write_bytes(sent)
        # The version of `requests` is the only thing that may differ.
        lines = [[line for line in data.split(b"\r\n") if not line.startswith(b"User-Agent")]
                 for data in (sent, file.read_bytes())]
        assert lines[0] == lines[1], f"{form}: the client sends\n{sent.decode()}"
        print(f"{form}: {len(sent)} bytes as recorded: {sent.splitlines()[0].decode()}")
    keys = FIXTURES.parent.parent.parent / ".cache/hopsworks-keys"
    keys.parent.mkdir(exist_ok=True)
    keys.unlink(missing_ok=True)
    key = create_key(keys, "infer", "iris")
    with Server("--gateway", "--gateway-domain", "example.com", "--api-keys", str(keys)) as server:
        for form, act in FORMS.items():
            answer = act(server.port, key)
            assert answer == {"predictions": ["setosa", "versicolor"]}, answer
            print(f"{form}: the client reads {answer}")
            try:
                act(server.port, key[:-1] + "!")
                raise AssertionError("a wrong key was accepted")
            except RestAPIError as error:
                assert error.response.status_code == 401
                print(f"{form}: a wrong key raises RestAPIError {error.error_code or ''}".rstrip())
    keys.unlink()


if __name__ == "__main__":
    sys.exit(main())
