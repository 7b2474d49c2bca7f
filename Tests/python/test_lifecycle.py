"""Starting, stopping and reloading, with requests under way."""

import http.client
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

import numpy
import onnx
import pytest

from dunlin_server import BINARY, MODELS, Server, assert_infers, iris_request, json_of

CONNECTIONS = 8
# Seconds; a server that stops waits a little longer for a client's next request.
SILENCE = 0.2


class Load:
    """Requests without a pause over keep-alive connections, each answer checked."""

    def __init__(self, server, model="iris", connections=CONNECTIONS):
        self.server = server
        self.path = f"/v2/models/{model}/infer"
        self.body = json.dumps(iris_request())
        self.counts = [0] * connections
        self.failures = []
        self.stopping = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(index,)) for index in range(connections)]

    def run(self, index):
        connection = self.server.connection(timeout=60)
        began = time.monotonic()
        while not self.stopping.is_set():
            before, began, response = began, time.monotonic(), None
            try:
                connection.request("POST", self.path, self.body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                body = response.read()
            except (OSError, http.client.HTTPException) as error:
                if self.is_server_stopping and isinstance(error, ConnectionRefusedError):
                    return
                # Who was silent for so long is idle, and a server that stops lets it go; the request crossed with that.
                # The request before was sent after `before`, its answer read at any time since.
                silence = time.monotonic() - before
                if (self.is_server_stopping and response is None and silence > SILENCE
                        and isinstance(error, ConnectionError)):
                    return
                self.failures.append(f"connection {index}: {error!r}")
                return
            if response.status != 200 or b"setosa" not in body:
                self.failures.append(f"connection {index}: {response.status} {body[:200]}")
                return
            self.counts[index] += 1
            if response.will_close:
                return
        connection.close()

    # Set before the server is told to stop: from then on it may refuse new connections.
    is_server_stopping = False

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def wait_for(self, requests):
        """Until every connection has that many more answers."""
        goal = [count + requests for count in self.counts]
        deadline = time.monotonic() + 60
        while any(count < least for count, least in zip(self.counts, goal)):
            assert not self.failures, self.failures
            assert time.monotonic() < deadline, self.counts
            time.sleep(0.001)

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(30)


def test_start_to_ready_is_short(fact):
    """Process start to the first 200 of the ready route, all sample models loaded; the best of several starts."""
    times, line = [], ""
    for _ in range(7):
        with Server() as server:
            times.append(time.monotonic() - server.started)
            line = server.wait_for_log("start_ms")
    fact(f"process start to ready: best {min(times) * 1000:.0f} ms, median {sorted(times)[3] * 1000:.0f} ms; "
         f"the log's own words: {line[line.find('ready'):]}")


def test_idle_memory(fact):
    with Server() as server:
        idle = server.resident_bytes()
        for _ in range(200):
            assert_infers(server)
        after = server.resident_bytes()
    fact(f"resident memory: idle {idle / 2**20:.1f} MiB, after 200 requests {after / 2**20:.1f} MiB")
    assert idle < 200 * 2**20
    assert after - idle < 64 * 2**20


def test_an_unloaded_model_gives_its_memory_back(tmp_path, fact):
    """Blocks of up to 32 MiB, which malloc keeps for itself once such blocks were freed."""
    widths = [128 * (1 + index * 7 % 13) for index in range(26)] + [128]
    generator = numpy.random.default_rng(1)
    constants, nodes = [], []
    for index, extents in enumerate(zip(widths, widths[1:])):
        weights = generator.normal(size=extents).astype(numpy.float32) / 30
        constants.append(onnx.numpy_helper.from_array(weights, f"w{index}"))
        nodes.append(onnx.helper.make_node("MatMul", [f"x{index}", f"w{index}"], [f"y{index}"]))
        nodes.append(onnx.helper.make_node("Relu", [f"y{index}"], [f"x{index + 1}"]))
    size = sum(len(each.raw_data) for each in constants)
    ends = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, ["rows", 128]) for name in ["x0", "x26"]]
    graph = onnx.helper.make_graph(nodes, "wide", ends[:1], ends[1:], constants)
    version = tmp_path / "wide" / "1"
    version.mkdir(parents=True)
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8),
              version / "model.onnx")
    body = json.dumps({"inputs": [{"name": "x0", "shape": [1, 128], "datatype": "FP32", "data": [1] * 128}]})
    with Server(repository=tmp_path, load=None) as server:
        before = server.resident_bytes()

        def grown():
            return server.resident_bytes() - before

        def settles_below(limit):
            deadline = time.monotonic() + 20
            while grown() > limit and time.monotonic() < deadline:
                time.sleep(0.05)
            assert grown() <= limit
            return grown() / 2**20

        for _ in range(5):
            assert server.post("/v2/repository/models/wide/load", {}).status == 200
            assert server.post("/v2/models/wide/infer", body).status == 200
            loaded = settles_below(size + 32 * 2**20)
            assert server.post("/v2/repository/models/wide/unload", {}).status == 200
        unloaded = settles_below(32 * 2**20)
    fact(f"resident memory: {before / 2**20:.1f} MiB, with weights of {size / 2**20:.0f} MiB {loaded:.1f} more, "
         f"without them again {unloaded:.1f} more")


def test_sigterm_under_load(fact):
    server = Server()
    try:
        with Load(server) as load:
            load.wait_for(50)
            load.is_server_stopping = True
            began = time.monotonic()
            code = server.terminate()
            took = time.monotonic() - began
        assert load.failures == []
        assert code == 0, server.log
        fact(f"SIGTERM under load of {CONNECTIONS} connections: {sum(load.counts)} answers, 0 failed, exit code 0 "
             f"after {took * 1000:.0f} ms")
    finally:
        server.kill()


@pytest.mark.parametrize("signal_number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_an_idle_server_stops_at_once(signal_number):
    server = Server()
    try:
        connection = server.connection()
        assert_infers(server, connection)  # stays open, idle
        server.process.send_signal(signal_number)
        assert server.process.wait(10) == 0
    finally:
        server.kill()


def test_a_signal_during_the_start_is_not_lost():
    """Whether models are still loading or not, the process ends with 0."""
    for _ in range(5):
        server = Server(wait_until=None)
        try:
            assert server.terminate() == 0, server.log
        finally:
            server.kill()


def test_reload_under_load(fact):
    with Server() as server:
        with Load(server) as load:
            load.wait_for(20)
            reloads = 0
            for _ in range(25):
                assert server.post("/v2/repository/models/iris/load").status == 200
                reloads += 1
                load.wait_for(2)
        assert load.failures == []
        fact(f"{reloads} reloads under load of {CONNECTIONS} connections: {sum(load.counts)} answers, 0 failed")


def test_reload_of_changed_files_under_load(repository, fact):
    """Each reload finds other bytes, so that the model is read again and the old one drained."""
    file = repository / "iris" / "1" / "model.onnx"
    original = file.read_bytes()
    with Server(repository=repository) as server:
        with Load(server) as load:
            load.wait_for(20)
            for number in range(10):
                # Field 6 of ModelProto, doc_string: any text.
                text = f"version {number}".encode()
                changed = file.with_suffix(".new")
                changed.write_bytes(original + b"\x32" + bytes([len(text)]) + text)
                changed.replace(file)
                assert server.post("/v2/repository/models/iris/load").status == 200
                load.wait_for(2)
        assert load.failures == []
        fact(f"10 reloads of changed files under load: {sum(load.counts)} answers, 0 failed")


def test_a_failed_reload_leaves_the_old_model_serving(repository):
    file = repository / "iris" / "1" / "model.onnx"
    with Server(repository=repository) as server:
        with Load(server) as load:
            load.wait_for(5)
            original = file.read_bytes()
            changed = file.with_suffix(".new")
            changed.write_bytes(b"broken" + original[:100])
            changed.replace(file)
            answer = server.post("/v2/repository/models/iris/load")
            assert answer.status >= 400
            assert "iris" in json_of(answer)["error"]
            load.wait_for(5)
        assert load.failures == []
        assert_infers(server)


def test_unload_waits_for_requests_in_flight_and_disturbs_no_other_model():
    with Server() as server:
        with Load(server) as load:
            load.wait_for(5)
            for _ in range(10):
                for model in MODELS:
                    if model != "iris":
                        assert server.post(f"/v2/repository/models/{model}/unload").status == 200
                        assert server.post(f"/v2/repository/models/{model}/load").status == 200
            load.wait_for(5)
        assert load.failures == []


def test_model_control_mode_none_refuses_loads():
    with Server(control="none", load=None) as server:
        for path in ("/v2/repository/models/iris/load", "/v2/models/iris/unload"):
            answer = server.post(path)
            assert answer.status == 503
            assert "explicit" in json_of(answer)["error"]
        assert_infers(server)


def command(*arguments, **more):
    return subprocess.run([str(BINARY), *arguments], capture_output=True, text=True, timeout=60, **more)


def test_wrong_flags_are_told_all_at_once():
    result = command("serve", "--http-port", "99999", "--model-control-mode", "sometimes", "--nonsense", "1")
    assert result.returncode == 2
    for word in ("99999", "sometimes", "--nonsense"):
        assert word in result.stderr, result.stderr


def test_a_port_in_use_is_exit_code_1():
    with Server(load=None) as server:
        result = command("serve", "--http-port", str(server.port))
        assert result.returncode == 1
        assert str(server.port) in result.stderr


def test_version_and_help():
    assert command("version").stdout.startswith("dunlin ")
    assert "serve" in command("help").stdout
    assert "--http-port" in command("help", "serve").stdout
    assert command("dance").returncode == 2


@pytest.mark.parametrize("model", MODELS)
def test_check_tells_what_would_run_a_model(model):
    result = command("check", str(pathlib.Path(__file__).parents[2] / "model-repository" / model))
    assert result.returncode == 0, result.stderr
    assert "native" in result.stdout


def test_environment_twins():
    with Server(load=None, environment={"DUNLIN_LOAD_MODEL": "iris,language"}) as server:
        assert json_of(server.get("/v2/models"))["models"] == ["iris", "language"]


@pytest.mark.parametrize("model", MODELS)
def test_a_model_file_that_is_cut_short_harms_no_version_that_serves(repository, model):
    body = (repository / model / "sample-request.json").read_bytes()
    with Server(repository=repository) as server:
        before = json_of(server.post(f"/v2/models/{model}/infer", body))
        os.truncate(repository / model / "1" / "model.onnx", 100)
        assert json_of(server.post(f"/v2/models/{model}/infer", body)) == before
        assert server.post(f"/v2/repository/models/{model}/load").status == 400
        assert json_of(server.post(f"/v2/models/{model}/infer", body)) == before
