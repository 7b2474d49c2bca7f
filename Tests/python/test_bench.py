"""`dunlin bench` as its users call it, against a running server."""

import json
import subprocess

import pytest

from dunlin_server import BINARY, MODELS, REPOSITORY
from tls_server import TLSServer


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


def grpc(server):
    return server.url.replace("http://", "grpc://")


@pytest.mark.parametrize("model", [model for model in MODELS if model != "language"])
def test_every_sample_model_answers_made_up_inputs_over_grpc(server, model):
    found = steps(bench("--url", grpc(server), "--model", model, "--requests", "20", "--warm-up", "0", "--json",
                        "--concurrency", "1,20", "--rows", "2"))
    assert [step["concurrency"] for step in found] == [1, 20]
    for step, connections in zip(found, [1, 1]):
        assert step["succeeded"] == 20 and step["failed"] == 0 and step["failures"] == []
        assert step["connects"] <= connections + 1


@pytest.mark.parametrize("model", MODELS)
def test_a_request_from_a_file_over_grpc(server, model):
    sample = REPOSITORY / model / "sample-request.json"
    (step,) = steps(bench("--url", grpc(server), "--model", model, "--version", "1", "--input", str(sample),
                          "--requests", "10", "--warm-up", "0", "--json"))
    assert step["succeeded"] == 10


def test_an_open_loop_over_grpc(server, fact):
    (step,) = steps(bench("--url", grpc(server), "--model", "iris", "--rate", "400", "--arrivals", "constant",
                          "--connections", "2", "--duration", "1s", "--warm-up", "0", "--server-pid", str(server.pid),
                          "--json"))
    assert step["started"] == 400 and step["succeeded"] == 400
    # At most the two: the second is opened when a request is due before the first has answered.
    assert 1 <= step["connects"] <= 2
    fact(f"open loop of 400/s on iris over gRPC: p50 {step['latency_us']['p50']} us")


@pytest.mark.parametrize("arguments, code, words", [
    (["--model", "nonexistent"], 1, "NOT_FOUND"),
    (["--model", "iris", "--shape", "input:1,5"], 1, "INVALID_ARGUMENT"),
    (["--model", "iris", "--header", "te: x"], 2, "--header 'te'"),
    (["--model", "iris", "--insecure"], 2, "https:// or grpcs://"),
])
def test_what_cannot_be_measured_over_grpc_is_told(server, arguments, code, words):
    result = bench("--url", grpc(server), *arguments)
    assert result.returncode == code, result
    assert words in result.stderr and result.stdout == ""


@pytest.fixture(scope="module")
def tls_server(authority):
    with TLSServer(authority) as running:
        yield running


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_server_behind_tls(tls_server, authority, scheme, host):
    found = steps(bench("--url", f"{scheme}://{host}:{tls_server.port}", "--ca-file", authority["authority.pem"],
                        "--model", "iris", "--requests", "300", "--warm-up", "0", "--concurrency", "1,20", "--json"))
    for step in found:
        assert step["succeeded"] == 300 and step["failures"] == []


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
def test_large_requests_behind_tls(tls_server, authority, scheme):
    (step,) = steps(bench("--url", f"{scheme}://localhost:{tls_server.port}", "--ca-file", authority["authority.pem"],
                          "--model", "digits_mlp", "--rows", "4000", "--binary", "--requests", "20", "--warm-up", "0",
                          "--concurrency", "4", "--json"))
    assert step["succeeded"] == 20 and step["failures"] == []


@pytest.mark.parametrize("scheme", ["https", "grpcs"])
@pytest.mark.parametrize("flags, words", [
    (["--ca-file", "stranger-authority.pem"], "the server's certificate is not trusted"),
    ([], "the server's certificate is not trusted"),
    (["--ca-file", "none.pem"], "none.pem: No such file"),
    (["--ca-file", "server.key"], "expected certificates in PEM form"),
])
def test_a_server_that_is_not_trusted_is_refused(tls_server, authority, scheme, flags, words):
    flags = [authority[flag] if flag.endswith((".pem", ".key")) else flag for flag in flags]
    result = bench("--url", f"{scheme}://localhost:{tls_server.port}", "--model", "iris", *flags)
    assert result.returncode != 0 and result.stdout == ""
    assert words in result.stderr, result.stderr


def test_any_certificate_where_that_is_asked_for(tls_server):
    (step,) = steps(bench("--url", f"grpcs://localhost:{tls_server.port}", "--insecure", "--model", "iris",
                          "--requests", "10", "--warm-up", "0", "--json"))
    assert step["succeeded"] == 10


def test_a_client_certificate(authority):
    with TLSServer(authority, "--tls-client-ca", authority["authority.pem"],
                   client=authority.client("client")) as server:
        url = ["--url", f"grpcs://localhost:{server.port}", "--ca-file", authority["authority.pem"], "--model", "iris",
               "--requests", "10", "--warm-up", "0", "--json"]
        (step,) = steps(bench(*url, "--certificate", authority["client.pem"], "--key", authority["client.key"]))
        assert step["succeeded"] == 10
        refused = bench(*url)
        assert refused.returncode == 1 and refused.stdout == ""


def test_plain_text_where_tls_is_asked_for_is_told(server):
    result = bench("--url", server.url.replace("http://", "https://"), "--insecure", "--model", "iris")
    assert result.returncode == 1 and "does not speak TLS" in result.stderr
