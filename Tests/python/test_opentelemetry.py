"""Spans that arrive at a collector, read with OpenTelemetry's own definition of the protocol."""

import base64
import http.server
import json
import queue
import re
import threading
import time

import pytest
from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from dunlin_server import Server, assert_infers, iris_request

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
PARENT_ID = "b7ad6b7169203331"
PARENT = {"traceparent": f"00-{TRACE_ID}-{PARENT_ID}-01"}
IDS = ("traceId", "spanId", "parentSpanId")


class Collector:
    """An OTLP/HTTP receiver: `requests` get what was posted, decoded; `answers` are the statuses it gives, then 200."""

    def __init__(self, answers=()):
        self.requests = queue.Queue()
        self.statuses = []
        answers = list(answers)
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status = answers.pop(0) if answers else 200
                collector.statuses.append(status)
                if status == 200:
                    collector.requests.put((self.path, self.headers, collector.decode(body)))
                self.send_response(status)
                self.send_header("Retry-After", "0")
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @staticmethod
    def decode(body):
        """Strict: an unknown field or a wrong type is an error. OTLP writes ids in hexadecimal, protobuf's JSON in base64."""
        def rewrite(value):
            if isinstance(value, list):
                return [rewrite(element) for element in value]
            if not isinstance(value, dict):
                return value
            return {key: base64.b64encode(bytes.fromhex(member)).decode() if key in IDS else rewrite(member)
                    for key, member in value.items()}
        return json_format.ParseDict(rewrite(json.loads(body)), ExportTraceServiceRequest())

    def spans(self, count):
        found = []
        deadline = time.monotonic() + 30
        while len(found) < count:
            _, _, request = self.requests.get(timeout=max(0.01, deadline - time.monotonic()))
            found += [span for resource in request.resource_spans for scope in resource.scope_spans
                      for span in scope.spans]
        return found

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


def exporting(url, *more, **options):
    return Server("--trace-config", "mode=opentelemetry,level=TIMESTAMPS", "--trace-config", f"opentelemetry,url={url}",
                  "--trace-config", "bsp_schedule_delay=20", *[word for text in more for word in ("--trace-config", text)],
                  **options)


def attributes(span):
    return {entry.key: entry.value.string_value or entry.value.int_value for entry in span.attributes}


def infer(server, headers=None, **more):
    return server.post("/v2/models/iris/infer", json.dumps(iris_request(**more)), headers=headers or {})


def test_a_request_is_three_spans():
    with Collector() as collector, exporting(collector.url, "rate=1", "resource=team=red") as server:
        before = time.time_ns()
        assert infer(server, id="r7").status == 200
        path, headers, request = collector.requests.get(timeout=15)
        assert path == "/v1/traces" and headers["Content-Type"] == "application/json"
        resource = {entry.key: entry.value.string_value for entry in request.resource_spans[0].resource.attributes}
        assert resource["service.name"] == "dunlin" and resource["service.version"] and resource["team"] == "red"
        root, model, compute = request.resource_spans[0].scope_spans[0].spans
        assert [span.name for span in (root, model, compute)] == ["InferRequest", "iris", "compute"]
        assert len({span.trace_id for span in (root, model, compute)}) == 1 and len(root.trace_id) == 16
        assert (root.parent_span_id, model.parent_span_id, compute.parent_span_id) == (
            b"", root.span_id, model.span_id)
        assert [event.name for event in root.events] == [
            "HTTP_RECV_START", "HTTP_RECV_END", "HTTP_SEND_START", "HTTP_SEND_END"]
        assert [event.name for event in model.events] == ["REQUEST_START", "QUEUE_START", "REQUEST_END"]
        assert [event.name for event in compute.events] == [
            "COMPUTE_START", "COMPUTE_INPUT_END", "COMPUTE_OUTPUT_START", "COMPUTE_END"]
        assert attributes(model)["triton.model_name"] == "iris" and attributes(model)["triton.model_version"] == 1
        assert attributes(model)["triton.request_id"] == "r7" and attributes(root)["http.response.status_code"] == 200
        assert (root.start_time_unix_nano <= model.start_time_unix_nano <= compute.start_time_unix_nano
                <= compute.end_time_unix_nano <= model.end_time_unix_nano <= root.end_time_unix_nano)
        assert before - 1e9 < root.start_time_unix_nano < time.time_ns() + 1e9
        assert (root.kind, model.kind) == (root.SPAN_KIND_SERVER, root.SPAN_KIND_INTERNAL)


def test_the_callers_trace_is_continued_and_only_that():
    """With a rate of 0 nothing else is traced."""
    with Collector() as collector, exporting(collector.url, "rate=0") as server:
        assert infer(server).status == 200
        assert infer(server, {"traceparent": "00-nonsense-01"}).status == 200
        assert infer(server, {"traceparent": PARENT["traceparent"][:-1] + "0"}).status == 200
        assert infer(server, PARENT | {"tracestate": "vendor=x,other=y"}).status == 200
        spans = collector.spans(3)
        assert {span.trace_id.hex() for span in spans} == {TRACE_ID}
        assert spans[0].parent_span_id.hex() == PARENT_ID
        assert {span.trace_state for span in spans} == {"vendor=x,other=y"}
        assert b"dunlin_traces_total 1\n" in server.get("/metrics").body


def test_errors_of_the_server_are_errors_of_the_span():
    with Collector() as collector, exporting(collector.url, "rate=0") as server:
        assert server.post("/v2/models/none/infer", json.dumps(iris_request()), headers=PARENT).status == 404
        assert server.post("/v2/repository/models/iris/unload").status == 200
        assert infer(server, PARENT).status == 503
        # Of two connections; they are exported in any order.
        missing, unloaded = sorted(collector.spans(2), key=lambda span: span.start_time_unix_nano)
        assert attributes(missing)["http.response.status_code"] == 404 and missing.status.code == 0
        assert attributes(unloaded)["http.response.status_code"] == 503 and unloaded.status.code == 2


def test_a_collector_that_has_no_time_is_asked_again():
    with Collector(answers=[503, 429]) as collector, exporting(collector.url, "rate=1") as server:
        assert_infers(server)
        assert len(collector.spans(3)) == 3
        assert collector.statuses[:3] == [503, 429, 200]


def test_what_a_collector_refuses_is_given_up_and_said():
    with Collector(answers=[400]) as collector, exporting(collector.url, "rate=1") as server:
        assert_infers(server)
        assert "status 400" in server.wait_for_log("traces cannot be exported")
        assert_infers(server)
        assert len(collector.spans(3)) == 3
        server.wait_for_log("traces are exported again")
        assert b"dunlin_trace_writes_failed_total 1\n" in server.get("/metrics").body


def test_a_collector_that_is_not_there_holds_up_nothing():
    with exporting("http://127.0.0.1:1/v1/traces", "rate=1", "bsp_max_queue_size=2,bsp_max_export_batch_size=1") as server:
        deadline = time.monotonic() + 60
        dropped = 0
        while dropped == 0:
            assert time.monotonic() < deadline, "no trace was dropped"
            for _ in range(20):
                assert_infers(server)
            dropped = int(re.search(rb"^dunlin_traces_dropped_total (\d+)$", server.get("/metrics").body, re.M)[1])
        # Leaving the server ends it: far less than the time that it would have for requests under way.
        started = time.monotonic()
    assert time.monotonic() - started < 25


def test_the_standard_variables_say_where_spans_go():
    with Collector() as collector:
        environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url.removesuffix("/v1/traces"),
                       "OTEL_SERVICE_NAME": "cars"}
        with Server("--trace-config", "mode=opentelemetry,level=TIMESTAMPS,rate=1,bsp_schedule_delay=20",
                    environment=environment) as server:
            assert_infers(server)
            _, _, request = collector.requests.get(timeout=15)
            names = {entry.key: entry.value.string_value for entry in request.resource_spans[0].resource.attributes}
            assert names["service.name"] == "cars"


def test_a_stopping_server_exports_what_is_left():
    with Collector() as collector:
        with exporting(collector.url, "rate=1", "bsp_schedule_delay=3600000") as server:
            assert_infers(server)
        assert len(collector.spans(3)) == 3


def test_settings_name_the_collector(tmp_path):
    with exporting("http://collector:4318/v1/traces", load=None) as server:
        settings = json.loads(server.get("/v2/trace/setting").body)
        assert settings["trace_mode"] == "opentelemetry" and settings["url"] == "http://collector:4318/v1/traces"
        assert "trace_file" not in settings


@pytest.mark.parametrize("url", ["https://collector:4318/v1/traces", "collector:port", "ftp://x"])
def test_a_collector_that_cannot_be_reached_so_is_refused_at_start(url):
    with pytest.raises(RuntimeError, match="trace-config"):
        exporting(url, load=None)
