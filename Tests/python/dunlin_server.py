"""Starts the release binary for a test, talks to it, and ends it by its process id."""

import collections
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("DUNLIN_BINARY", ROOT / ".build/release/dunlin")).absolute()
REPOSITORY = ROOT / "model-repository"
MODELS = ["breast_cancer", "digits_cnn", "digits_mlp", "iris", "language"]

Answer = collections.namedtuple("Answer", "status headers body")


def quick_count_error():
    """How far the kernel's quick counts of a process's memory may be off, in bytes: each CPU keeps some pages to itself,
    of three kinds."""
    processors = os.cpu_count() or 1
    return 3 * processors * max(32, 2 * processors) * os.sysconf("SC_PAGE_SIZE")


def json_of(answer):
    return json.loads(answer.body)


class Server:
    """One running server. Use it as a context; leaving it sends SIGTERM and checks that the exit code is 0."""

    START_SECONDS = 60
    STOP_SECONDS = 40

    def __init__(self, *flags, repository=REPOSITORY, load="*", control="explicit", environment=None,
                 wait_until="ready"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="dunlin-test-"))
        self.log_path = self.folder / "log"
        command = [str(BINARY), "serve", "--http-port", "0", "--model-control-mode", control]
        if repository is not None:
            command += ["--model-repository", str(repository)]
        if load:
            command += ["--load-model", load]
        with self.log_path.open("wb") as log:
            self.started = time.monotonic()
            self.process = subprocess.Popen(
                command + list(flags), stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                env={**os.environ, **(environment or {})})
        self.pid = self.process.pid
        try:
            self.port = self._wait_for_port()
            if wait_until:
                self.wait_until(wait_until)
        except BaseException:
            self.kill()
            raise

    @property
    def log(self):
        return self.log_path.read_text(errors="replace")

    def wait_for_log(self, words):
        """The first line of the log with these words. A line may follow the answer that it tells of."""
        deadline = time.monotonic() + 30
        while True:
            for line in self.log.splitlines(keepends=True):
                if words in line and line.endswith("\n"):
                    return line.rstrip()
            assert time.monotonic() < deadline, f"no line with {words!r} in the log:\n{self.log}"
            time.sleep(0.001)

    @property
    def address(self):
        return f"127.0.0.1:{self.port}"

    @property
    def url(self):
        return f"http://{self.address}"

    def _wait_for_port(self):
        deadline = time.monotonic() + self.START_SECONDS
        while time.monotonic() < deadline:
            found = re.search(r"listening.*\bport\W+(\d+)|HTTP on 127\.0\.0\.1:(\d+)", self.log)
            if found:
                return int(found[1] or found[2])
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log}")
            time.sleep(0.002)
        raise RuntimeError(f"the server tells no port:\n{self.log}")

    def wait_until(self, state, seconds=START_SECONDS):
        """`state` is `live` or `ready`."""
        deadline = time.monotonic() + seconds
        answer = None
        while time.monotonic() < deadline:
            try:
                answer = self.get(f"/v2/health/{state}")
                if answer.status == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}:\n{self.log}")
            time.sleep(0.002)
        raise RuntimeError(f"the server is not {state}: {answer}\n{self.log}")

    def connection(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def request(self, method, path, body=None, headers=None, connection=None):
        own = connection or self.connection()
        try:
            own.request(method, path, body, headers or {})
            response = own.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            if connection is None:
                own.close()

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=b"", **more):
        if not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            more.setdefault("headers", {"Content-Type": "application/json"})
        return self.request("POST", path, body, **more)

    def raw(self, data, timeout=10):
        """Sends bytes over a connection of its own and returns all that comes back until it is closed or silent."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as sock:
            sock.sendall(data)
            received = b""
            try:
                while chunk := sock.recv(65536):
                    received += chunk
                    if self._is_complete(received):
                        break
            except TimeoutError:
                pass
            return received

    @staticmethod
    def _is_complete(received):
        head, separator, body = received.partition(b"\r\n\r\n")
        length = re.search(rb"(?i)^content-length: *(\d+)", head, re.M)
        return bool(separator) and length is not None and len(body) >= int(length[1])

    def resident_bytes(self):
        """Counted page by page where the kernel can: its quick count is off by what `quick_count_error` tells."""
        for file, word in [("smaps_rollup", "Rss:"), ("status", "VmRSS:")]:
            try:
                lines = pathlib.Path(f"/proc/{self.pid}/{file}").read_text().splitlines()
            except OSError:
                continue
            for line in lines:
                if line.startswith(word):
                    return int(line.split()[1]) * 1024
        return 0

    def open_descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def terminate(self):
        """Sends SIGTERM and returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(self.STOP_SECONDS)

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        try:
            if self.process.poll() is None:
                code = self.terminate()
                if kind is None:
                    assert code == 0, f"exit code {code}\n{self.log}"
        finally:
            self.kill()


def iris_request(**more):
    """The sample request of the iris model, which every server here can answer."""
    return {"inputs": [{"name": "input", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}], **more}


def assert_infers(server, connection=None):
    """One correct inference."""
    answer = server.post("/v2/models/iris/infer", iris_request(), connection=connection)
    assert answer.status == 200, answer
    outputs = {output["name"]: output for output in json_of(answer)["outputs"]}
    assert outputs["output_label"]["data"] == ["setosa"]
    assert max(outputs["output_probability"]["data"]) > 0.9
