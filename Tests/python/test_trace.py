"""Triton's trace extension: the client's methods, and the files that Triton's summary tool reads."""

import json
import shutil
import time

import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from dunlin_server import REPOSITORY, ROOT, Server, assert_infers, json_of

EVENTS = ["HTTP_RECV_START", "HTTP_RECV_END", "REQUEST_START", "QUEUE_START", "COMPUTE_START", "COMPUTE_INPUT_END",
          "COMPUTE_OUTPUT_START", "COMPUTE_END", "REQUEST_END", "HTTP_SEND_START", "HTTP_SEND_END"]


def traces_of(path, count):
    """The elements of a trace file, which is valid JSON at any time, once it has so many; those of connections side by
    side are written in any order, so: by their numbers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            traces = json.loads(path.read_text()) if path.exists() and path.stat().st_size else []
        except ValueError:
            # Reading takes several steps, and the file grew between two of them.
            traces = []
        if len(traces) >= count or time.monotonic() > deadline:
            return sorted(traces, key=lambda trace: trace["id"])
        time.sleep(0.005)


def stamps_of(trace):
    return {stamp["name"]: stamp["ns"] for stamp in trace["timestamps"]}


@pytest.fixture
def trace_file(tmp_path):
    return tmp_path / "trace.json"


@pytest.fixture
def traced(trace_file):
    with Server("--trace-config", f"triton,file={trace_file}", "--trace-config", "level=TIMESTAMPS",
                "--trace-config", "rate=1") as server:
        yield server


def test_tritonclient_reads_changes_and_clears_settings(traced, trace_file):
    with triton.InferenceServerClient(traced.address) as client:
        start = {"trace_level": ["TIMESTAMPS"], "trace_rate": "1", "trace_count": "-1", "log_frequency": "0",
                 "trace_file": str(trace_file), "trace_mode": "triton"}
        assert client.get_trace_settings() == start
        assert client.get_trace_settings("iris") == start
        own = client.update_trace_settings("iris", {"trace_rate": "7", "log_frequency": "5"})
        assert own == start | {"trace_rate": "7", "log_frequency": "5"}
        everybody = client.update_trace_settings(settings={"trace_level": ["OFF"], "trace_rate": "3"})
        assert everybody == start | {"trace_level": ["OFF"], "trace_rate": "3"}
        assert client.get_trace_settings("iris") == own | {"trace_level": ["OFF"]}
        assert client.update_trace_settings("iris", {"trace_rate": None, "log_frequency": None}) == everybody
        assert client.update_trace_settings(settings={"trace_level": None, "trace_rate": None}) == start
        for settings in [{"trace_file": "/tmp/x"}, {"trace_rate": "x"}, {"trace_level": ["TENSORS"]}, {"other": "1"}]:
            with pytest.raises(InferenceServerException):
                client.update_trace_settings(settings=settings)
        with pytest.raises(InferenceServerException):
            client.get_trace_settings("nonexistent")


def test_every_traced_request_is_in_the_file(traced, trace_file):
    with triton.InferenceServerClient(traced.address) as client:
        import numpy
        tensor = triton.InferInput("input", [1, 4], "FP32")
        tensor.set_data_from_numpy(numpy.zeros([1, 4], numpy.float32))
        for index in range(3):
            client.infer("iris", [tensor], request_id=f"r{index}")
    traces = traces_of(trace_file, 3)
    assert [(trace["id"], trace["request_id"], trace["model_name"], trace["model_version"]) for trace in traces] == [
        (index + 1, f"r{index}", "iris", 1) for index in range(3)]
    for trace in traces:
        stamps = stamps_of(trace)
        assert list(stamps) == EVENTS
        times = [stamps[name] for name in EVENTS]
        assert times == sorted(times)
        assert all(abs(time.monotonic_ns() - stamp) < 60e9 for stamp in times)


def test_rate_count_and_frequency_over_http(traced, trace_file):
    settings = {"trace_rate": "2", "trace_count": "3", "log_frequency": "2"}
    assert traced.post("/v2/models/iris/trace/setting", settings).status == 200
    for _ in range(10):
        assert_infers(traced)
    assert len(traces_of(trace_file.with_name("trace.json.0"), 2)) == 2
    assert len(traces_of(trace_file.with_name("trace.json.1"), 1)) == 1  # the last of the count is not kept back
    assert json_of(traced.get("/v2/models/iris/trace/setting"))["trace_count"] == "0"


def test_a_stopping_server_writes_what_is_left(trace_file):
    with Server("--trace-config", f"triton,file={trace_file},log-frequency=100,level=TIMESTAMPS,rate=1") as server:
        for _ in range(5):
            assert_infers(server)
    assert len(json.loads(trace_file.with_name("trace.json.0").read_text())) == 5


def test_a_large_request_and_a_refused_one(traced, trace_file):
    rows = 20_000
    data = [5.1, 3.5, 1.4, 0.2] * rows
    request = {"inputs": [{"name": "input", "shape": [rows, 4], "datatype": "FP32", "data": data}]}
    assert traced.post("/v2/models/iris/infer", request).status == 200
    request["inputs"][0]["name"] = "other"
    assert traced.post("/v2/models/iris/infer", request).status == 400
    large, refused = map(stamps_of, traces_of(trace_file, 2))
    assert large["HTTP_RECV_END"] > large["HTTP_RECV_START"] and "COMPUTE_END" in large
    assert "COMPUTE_START" not in refused and {"REQUEST_START", "REQUEST_END", "HTTP_SEND_END"} <= refused.keys()


def test_an_unwritable_file_costs_traces_and_nothing_else(tmp_path):
    with Server("--trace-config", f"triton,file={tmp_path}/none/trace.json,level=TIMESTAMPS,rate=1") as server:
        for _ in range(3):
            assert_infers(server)
        assert "none/trace.json" in server.wait_for_log("traces cannot be written")
        assert server.log.count("traces cannot be written") == 1
        deadline = time.monotonic() + 10
        while "dunlin_trace_writes_failed_total 3\n" not in server.get("/metrics").body.decode():
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_the_steps_of_an_ensemble_are_traces_with_a_parent(tmp_path, trace_file):
    models = tmp_path / "models"
    shutil.copytree(ROOT / "Tests/Fixtures/repository", models, ignore=shutil.ignore_patterns("*.py"))
    shutil.copytree(REPOSITORY / "iris", models / "iris")
    with Server("--trace-config", f"triton,file={trace_file},level=TIMESTAMPS,rate=1", repository=models) as server:
        request = {"inputs": [{"name": "millimetres", "shape": [1, 4], "datatype": "FP32", "data": [51, 35, 14, 2]}]}
        assert server.post("/v2/models/iris_millimetres/infer", request).status == 200
        whole, *steps = traces_of(trace_file, 2)
    assert whole["model_name"] == "iris_millimetres" and "parent_id" not in whole
    assert "COMPUTE_START" not in stamps_of(whole) and "HTTP_SEND_END" in stamps_of(whole)
    assert "iris" in {step["model_name"] for step in steps} and len(steps) > 1
    for step in steps:
        assert step["parent_id"] == whole["id"]
        stamps = stamps_of(step)
        assert stamps_of(whole)["REQUEST_START"] <= stamps["REQUEST_START"] <= stamps["COMPUTE_START"]
        assert stamps["COMPUTE_END"] <= stamps["REQUEST_END"] <= stamps_of(whole)["REQUEST_END"]
