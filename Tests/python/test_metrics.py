"""`/metrics` as Prometheus reads it, and Triton's statistics, before and after known requests."""

import pytest
import tritonclient.http as triton
from prometheus_client.parser import text_string_to_metric_families

from dunlin_server import MODELS, Server, assert_infers, iris_request, quick_count_error

TRITON = {
    "nv_inference_request_success": "counter",
    "nv_inference_request_failure": "counter",
    "nv_inference_count": "counter",
    "nv_inference_exec_count": "counter",
    "nv_inference_request_duration_us": "counter",
    "nv_inference_queue_duration_us": "counter",
    "nv_inference_compute_input_duration_us": "counter",
    "nv_inference_compute_infer_duration_us": "counter",
    "nv_inference_compute_output_duration_us": "counter",
    "nv_inference_pending_request_count": "gauge",
    "nv_cache_num_hits_per_model": "counter",
    "nv_cache_num_misses_per_model": "counter",
    "nv_cache_hit_duration_per_model": "counter",
    "nv_cache_miss_duration_per_model": "counter",
    "nv_cpu_utilization": "gauge",
    "nv_cpu_memory_total_bytes": "gauge",
    "nv_cpu_memory_used_bytes": "gauge",
}
HISTOGRAMS = ["dunlin_request_duration_seconds", "dunlin_queue_duration_seconds", "dunlin_compute_duration_seconds",
              "dunlin_batch_size"]


def families(server):
    answer = server.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    return {family.name: family for family in text_string_to_metric_families(answer.body.decode())}


def value(found, name, **labels):
    """The one sample of this name whose labels include these; the parser adds _total to a counter without it."""
    samples = [sample for family in found.values() for sample in family.samples
               if sample.name in (name, f"{name}_total") and labels.items() <= sample.labels.items()]
    assert len(samples) == 1, (name, labels, samples)
    return samples[0].value


@pytest.fixture
def own_server():
    """Nobody else's requests are counted."""
    with Server() as server:
        yield server


def test_names_types_and_labels_are_tritons(own_server):
    found = families(own_server)
    for name, kind in TRITON.items():
        assert found[name].type == kind, name
        assert found[name].documentation
        if name.startswith("nv_cpu"):
            assert [sample.labels for sample in found[name].samples] == [{}]
        else:
            assert {sample.labels["model"] for sample in found[name].samples} == set(MODELS)
            assert {sample.labels["version"] for sample in found[name].samples} == {"1"}
    reasons = {sample.labels["reason"] for sample in found["nv_inference_request_failure"].samples}
    assert reasons == {"REJECTED", "CANCELED", "BACKEND", "OTHER"}


def test_counts_follow_the_requests(own_server):
    labels = {"model": "iris", "version": "1"}
    request = iris_request()
    request["inputs"][0] |= {"shape": [8, 4], "data": [5.1, 3.5, 1.4, 0.2] * 8}
    for _ in range(3):
        assert_infers(own_server)
    assert own_server.post("/v2/models/iris/infer", request).status == 200
    wrong = iris_request()
    wrong["inputs"][0]["name"] = "nonsense"
    assert own_server.post("/v2/models/iris/infer", wrong).status == 400
    found = families(own_server)
    assert value(found, "nv_inference_request_success", **labels) == 4
    assert value(found, "nv_inference_count", **labels) == 11
    assert value(found, "nv_inference_exec_count", **labels) == 4
    assert value(found, "nv_inference_request_failure", reason="OTHER", **labels) == 1
    assert value(found, "nv_inference_request_failure", reason="REJECTED", **labels) == 0
    assert value(found, "dunlin_requests_failed_total", reason="invalid", **labels) == 1
    assert value(found, "nv_inference_pending_request_count", **labels) == 0
    assert value(found, "dunlin_model_memory_bytes", **labels) > 0
    parts = sum(value(found, f"nv_inference_{part}_duration_us", **labels)
                for part in ["queue", "compute_input", "compute_infer", "compute_output"])
    assert parts <= value(found, "nv_inference_request_duration_us", **labels) + 4
    for name in HISTOGRAMS:
        assert found[name].type == "histogram"
        assert value(found, f"{name}_count", **labels) == 4, name
        buckets = [sample for sample in found[name].samples
                   if sample.name == f"{name}_bucket" and sample.labels["model"] == "iris"]
        counts = [sample.value for sample in buckets]
        assert counts == sorted(counts) and counts[-1] == 4 and buckets[-1].labels["le"] == "+Inf"
    assert value(found, "dunlin_batch_size_sum", **labels) == 11
    assert value(found, "dunlin_batch_size_bucket", le="4", **labels) == 3
    assert value(found, "nv_inference_request_success", model="digits_cnn") == 0


def test_process_numbers_make_sense(own_server):
    found = families(own_server)
    assert 0 <= value(found, "nv_cpu_utilization") <= 1
    assert 0 < value(found, "nv_cpu_memory_used_bytes") < value(found, "nv_cpu_memory_total_bytes")
    assert abs(value(found, "process_resident_memory_bytes") - own_server.resident_bytes()) < (16 << 20) + quick_count_error()
    assert value(found, "process_cpu_seconds_total") > 0
    assert 3 < value(found, "process_open_fds") < value(found, "process_max_fds")
    assert value(found, "dunlin_ready") == 1


def test_tritons_client_reads_the_statistics(own_server):
    for _ in range(5):
        assert_infers(own_server)
    with triton.InferenceServerClient(own_server.address) as client:
        assert "statistics" in client.get_server_metadata()["extensions"]
        one = client.get_inference_statistics("iris")["model_stats"]
        assert one == client.get_inference_statistics("iris", "1")["model_stats"]
        assert [(entry["name"], entry["version"]) for entry in one] == [("iris", "1")]
        everything = client.get_inference_statistics()["model_stats"]
        with pytest.raises(triton.InferenceServerException, match="nonexistent"):
            client.get_inference_statistics("nonexistent")
    assert [entry["name"] for entry in everything] == MODELS
    stats = one[0]
    assert stats["inference_count"] == 5 and stats["execution_count"] == 5 and stats["last_inference"] > 1.7e12
    timings = stats["inference_stats"]
    assert set(timings) == {"success", "fail", "queue", "compute_input", "compute_infer", "compute_output", "cache_hit",
                            "cache_miss"}
    assert timings["success"]["count"] == 5 and timings["compute_infer"]["count"] == 5
    assert timings["fail"] == {"count": 0, "ns": 0}
    assert 0 < timings["compute_infer"]["ns"] <= timings["success"]["ns"]
    assert [batch["batch_size"] for batch in stats["batch_stats"]] == [1]
    assert stats["batch_stats"][0]["compute_infer"]["count"] == 5
    assert stats["memory_usage"][0]["type"] == "CPU" and stats["memory_usage"][0]["byte_size"] > 0
