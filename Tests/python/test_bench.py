"""`dunlin bench` as its users call it, against a running server."""

import json
import subprocess

import pytest

from dunlin_server import BINARY, MODELS, REPOSITORY


def bench(*arguments):
    return subprocess.run([BINARY, "bench", *arguments], capture_output=True, text=True, timeout=120)


def steps(result):
    assert result.returncode == 0, result
    return json.loads(result.stdout)["steps"]


@pytest.mark.parametrize("form", [[], ["--binary"]])
@pytest.mark.parametrize("model", [model for model in MODELS if model != "language"])
def test_every_sample_model_answers_made_up_inputs(server, model, form):
    found = steps(bench("--url", server.url, "--model", model, "--requests", "20", "--warm-up", "0", "--json",
                        "--concurrency", "1,4", "--rows", "2", *form))
    assert [step["concurrency"] for step in found] == [1, 4]
    for step in found:
        assert step["succeeded"] == 20 and step["failed"] == 0 and step["failures"] == []
        latency = step["latency_us"]
        assert 0 < latency["min"] <= latency["p50"] <= latency["p99"] <= latency["max"]


@pytest.mark.parametrize("model", MODELS)
def test_a_request_from_a_file(server, model):
    sample = REPOSITORY / model / "sample-request.json"
    (step,) = steps(bench("--url", server.url, "--model", model, "--version", "1", "--input", str(sample), "--requests",
                          "10", "--warm-up", "0", "--json"))
    assert step["succeeded"] == 10


def test_an_open_loop_offers_its_rate_and_tells_the_servers_time(server, fact):
    (step,) = steps(bench("--url", server.url, "--model", "iris", "--rate", "400", "--arrivals", "constant", "--duration",
                          "1s", "--warm-up", "100ms", "--server-pid", str(server.pid), "--json"))
    assert step["started"] == 400 and step["succeeded"] == 400
    assert step["server_cpu_us_per_request"] >= 0
    fact(f"open loop of 400/s on iris: p50 {step['latency_us']['p50']} us, p99 {step['latency_us']['p99']} us")


def test_a_table_for_people(server):
    result = bench("--url", server.url, "--model", "iris", "--requests", "5", "--warm-up", "0", "--quiet")
    assert result.returncode == 0 and result.stderr == ""
    head, row = result.stdout.strip().splitlines()[:2]
    assert head.split()[:3] == ["clients", "req/s", "p50"] and row.split()[0] == "1"


@pytest.mark.parametrize("arguments, code, words", [
    (["--model", "nonexistent"], 1, "404"),
    (["--model", "iris", "--shape", "input:1,5"], 1, "400"),
    (["--model", "iris", "--shape", "nonsense:1,5"], 2, "the model's inputs are input"),
    ([], 2, "--model is missing"),
    (["--model", "iris", "--concurrency", "0"], 2, "--concurrency '0'"),
])
def test_what_cannot_be_measured_is_told(server, arguments, code, words):
    result = bench("--url", server.url, *arguments)
    assert result.returncode == code, result
    assert words in result.stderr and result.stdout == ""


def test_no_server_is_told():
    result = bench("--url", "http://127.0.0.1:1", "--model", "iris")
    assert result.returncode == 1 and "Connection refused" in result.stderr
