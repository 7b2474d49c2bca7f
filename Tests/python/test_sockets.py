"""Unix-domain sockets as clients use them, and the limit of open files."""

import http.client
import json
import pathlib
import resource
import shutil
import signal
import socket
import stat
import subprocess
import time

import pytest

from dunlin_server import BINARY, REPOSITORY, Server, iris_request


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=20)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(self.path)


@pytest.fixture
def unix_server(tmp_path):
    path = tmp_path / "http"
    process = subprocess.Popen(
        [BINARY, "serve", "--model-repository", REPOSITORY, "--http-address", f"unix:{path}", "--http-socket-mode",
         "0660", "--log-level", "error"])
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                connection = UnixConnection(path)
                connection.request("GET", "/v2/health/ready")
                if connection.getresponse().status == 200:
                    break
            except OSError:
                pass
            assert process.poll() is None and time.monotonic() < deadline, "the server is not ready"
            time.sleep(0.01)
        yield path, process
    finally:
        process.kill()
        process.wait()


def test_infers_over_a_unix_domain_socket(unix_server):
    path, process = unix_server
    mode = path.stat().st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660
    connection = UnixConnection(path)
    for _ in range(3):
        connection.request("POST", "/v2/models/iris/infer", json.dumps(iris_request()))
        answer = connection.getresponse()
        assert answer.status == 200 and json.loads(answer.read())["model_name"] == "iris"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=40) == 0
    assert not path.exists()


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_reaches_it(unix_server):
    path, _ = unix_server
    answer = subprocess.run(
        ["curl", "-sS", "--max-time", "20", "--unix-socket", path, "http://localhost/v2/health/live"],
        capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == {"live": True}


def test_a_killed_servers_socket_is_replaced(unix_server):
    path, process = unix_server
    process.kill()
    process.wait()
    assert path.exists()
    again = subprocess.Popen([BINARY, "serve", "--http-address", f"unix:{path}", "--log-level", "error"])
    try:
        deadline = time.monotonic() + 20
        while True:
            try:
                connection = UnixConnection(path)
                connection.request("GET", "/v2/health/live")
                assert connection.getresponse().status == 200
                break
            except (ConnectionRefusedError, FileNotFoundError):
                # The old one, and the moment before the new one.
                assert again.poll() is None and time.monotonic() < deadline
                time.sleep(0.01)
    finally:
        again.terminate()
        assert again.wait(timeout=40) == 0
    assert not path.exists()


def test_the_limit_of_open_files_is_raised():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    try:
        with Server(load="iris") as server:
            limits = pathlib.Path(f"/proc/{server.pid}/limits").read_text()
            line = next(line for line in limits.splitlines() if line.startswith("Max open files"))
            assert line.split()[3:5] == [str(hard), str(hard)]
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
