"""Streams of gRPC over their whole life: traced, cancelled, and ended by a server that stops."""

import http.client
import json
import queue
import threading
import time

import grpc
import pytest

from dunlin_server import Server, iris_request, json_of
from test_trace import EVENTS, stamps_of, traces_of
from triton_grpc import service_pb2, service_pb2_grpc

SECONDS = 40
# Alone, a request waits so long for others to make a batch of four; `stop` gives it the ones that lack.
DELAY = {"max_batch_size": 4,
         "dynamic_batching": {"preferred_batch_size": [4], "max_queue_delay_microseconds": 10_000_000}}
NO_END = {**DELAY, "dynamic_batching": {"preferred_batch_size": [4], "max_queue_delay_microseconds": 3_600_000_000}}


def iris(name="iris", **more):
    request = service_pb2.ModelInferRequest(model_name=name, **more)
    tensor = request.inputs.add(name="input", datatype="FP32", shape=[1, 4])
    tensor.contents.fp32_contents.extend([5.1, 3.5, 1.4, 0.2])
    return request


def label(response):
    output = next(output for output in response.outputs if output.name == "output_label")
    return output.contents.bytes_contents[0]


def load(server, configuration):
    answer = server.post("/v2/repository/models/iris/load", {"parameters": {"config": json.dumps(configuration)}})
    assert answer.status == 200, answer


class Stream:
    """One call of ModelStreamInfer whose messages are sent when they are wanted."""

    def __init__(self, channel, **more):
        self.messages = queue.Queue()
        self.call = service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelStreamInfer(
            iter(self.messages.get, None), **more)

    def send(self, request):
        self.messages.put(request)

    def answer(self):
        item = next(self.call)
        assert item.error_message == "", item
        return item.infer_response

    def close(self):
        self.messages.put(None)


@pytest.fixture
def stopping():
    """A server that would wait for a minute, and a channel."""
    with Server("--shutdown-grace", "60s") as server, grpc.insecure_channel(server.address) as channel:
        yield server, channel


# A server that stops


def test_a_stream_without_requests_under_way_is_ended(stopping):
    server, channel = stopping
    streams = [Stream(channel) for _ in range(3)]
    streams[0].send(iris(id="a"))
    assert label(streams[0].answer()) == b"setosa"
    # The other two are there, and have sent nothing.
    for stream in streams[1:]:
        stream.call.initial_metadata()
    server.process.terminate()
    for stream in streams:
        with pytest.raises(grpc.RpcError) as caught:
            next(stream.call)
        assert caught.value.code() == grpc.StatusCode.UNAVAILABLE and "stops" in caught.value.details()
    assert server.process.wait(SECONDS) == 0


def test_an_open_stream_of_reflection_holds_no_server_up(stopping):
    from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
    server, channel = stopping
    messages = queue.Queue()
    call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter(messages.get, None))
    messages.put(reflection_pb2.ServerReflectionRequest(list_services=""))
    assert next(call).HasField("list_services_response")
    server.process.terminate()
    with pytest.raises(grpc.RpcError) as caught:
        next(call)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.process.wait(SECONDS) == 0


def test_requests_under_way_are_answered_before_their_stream_is_ended(stopping):
    server, channel = stopping
    load(server, DELAY)
    stream = Stream(channel)
    for number in range(3):
        stream.send(iris(id=str(number)))
    stop(server, 3)
    assert [stream.answer().id for _ in range(3)] == ["0", "1", "2"]
    with pytest.raises(grpc.RpcError) as caught:
        next(stream.call)
    assert caught.value.code() == grpc.StatusCode.UNAVAILABLE
    assert server.process.wait(SECONDS) == 0


def test_a_stream_that_its_client_ends_is_well_although_the_server_stops(stopping):
    server, channel = stopping
    load(server, DELAY)
    stream = Stream(channel)
    stream.send(iris(id="0"))
    stream.close()
    stop(server, 1)
    assert [item.infer_response.id for item in stream.call] == ["0"]
    assert stream.call.code() == grpc.StatusCode.OK
    assert server.process.wait(SECONDS) == 0


def test_unary_calls_under_way_are_answered(stopping):
    server, channel = stopping
    load(server, DELAY)
    answers = [service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer.future(iris()) for _ in range(3)]
    stop(server, 3)
    assert [label(answer.result(SECONDS)) for answer in answers] == [b"setosa"] * 3
    assert server.process.wait(SECONDS) == 0


def stop(server, count):
    """Stops a server once so many requests wait, and then lets them run: with as many more as a batch lacks."""
    others = [server.connection() for _ in range(4 - count)]
    for other in others:
        other.connect()
    until_received(server, count)
    server.process.terminate()
    server.wait_for_log("stopping")
    body = json.dumps(iris_request())
    for step in [lambda other: other.request("POST", "/v2/models/iris/infer", body),
                 lambda other: other.getresponse().read()]:
        for other in others:
            try:
                step(other)
            except (OSError, http.client.HTTPException):
                # So late that the server has let it go: the others run when their time is over.
                pass


def until_received(server, count):
    """Until so many requests wait for the model."""
    deadline = time.monotonic() + SECONDS
    while waiting(server) < count:
        assert time.monotonic() < deadline, f"{waiting(server)} requests wait"
        time.sleep(0.01)


def waiting(server):
    return metric(server, "nv_inference_pending_request_count")


def metric(server, name, model="iris", **labels):
    for line in server.get("/metrics").body.decode().splitlines():
        fits = [f'{key}="{value}"' in line for key, value in {"model": model, **labels}.items()]
        if line.startswith(name + "{") and all(fits):
            return float(line.rsplit(" ", 1)[1])
    return 0


# Cancelled calls


@pytest.fixture(scope="module")
def holding():
    """Its model waits for a batch that never comes, so that nothing runs by itself."""
    with Server() as server:
        load(server, NO_END)
        yield server


def executions(server):
    stats = json_of(server.get("/v2/models/iris/stats"))["model_stats"][0]
    return stats["execution_count"], stats["inference_count"]


def until_none_waits(server):
    deadline = time.monotonic() + SECONDS
    while waiting(server) > 0:
        assert time.monotonic() < deadline, "requests whose clients are gone wait on"
        time.sleep(0.01)


@pytest.mark.parametrize("end", ["cancel", "deadline", "stream cancel", "stream deadline", "disconnect"])
def test_a_cancelled_call_is_not_run(holding, end):
    before = executions(holding)
    channel = grpc.insecure_channel(holding.address, [("grpc.use_local_subchannel_pool", 1)])
    try:
        timeout = 3 if "deadline" in end else None
        stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
        if "stream" in end:
            stream = Stream(channel, timeout=timeout)
            calls = [stream.call]
            for _ in range(3):
                stream.send(iris())
        else:
            calls = [stub.ModelInfer.future(iris(), timeout=timeout) for _ in range(3)]
        until_received(holding, 3)
        if timeout is None:
            if end == "disconnect":
                channel.close()
            for call in calls:
                call.cancel()
        codes = {call.code() for call in calls}
        assert codes == {grpc.StatusCode.DEADLINE_EXCEEDED if timeout else grpc.StatusCode.CANCELLED}
        until_none_waits(holding)
        # They would have run now, as the batch of four that they and these make.
        with grpc.insecure_channel(holding.address) as other:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(other)
            answers = [stub.ModelInfer.future(iris()) for _ in range(4)]
            assert [label(answer.result(SECONDS)) for answer in answers] == [b"setosa"] * 4
        assert executions(holding) == (before[0] + 1, before[1] + 4)
    finally:
        channel.close()


# Traces


@pytest.fixture
def trace_file(tmp_path):
    return tmp_path / "trace.json"


@pytest.fixture
def traced(trace_file):
    with Server("--trace-config", f"triton,file={trace_file},level=TIMESTAMPS,rate=1") as server:
        yield server


def test_calls_and_requests_of_streams_are_traced(traced, trace_file):
    with grpc.insecure_channel(traced.address) as channel:
        service_pb2_grpc.GRPCInferenceServiceStub(channel).ModelInfer(iris(id="unary"))
        traces_of(trace_file, 1)
        stream = Stream(channel)
        for number in range(4):
            stream.send(iris(id=f"s{number}"))
            stream.answer()
        stream.send(iris("nonexistent", id="wrong"))
        assert "nonexistent" in next(stream.call).error_message
        stream.close()
        assert list(stream.call) == []
    traces = traces_of(trace_file, 5)
    assert [trace["request_id"] for trace in traces] == ["unary", "s0", "s1", "s2", "s3"]
    for trace in traces:
        stamps = stamps_of(trace)
        assert list(stamps) == EVENTS, trace
        times = [stamps[name] for name in EVENTS]
        assert times == sorted(times)
        assert (trace["model_name"], trace["model_version"]) == ("iris", 1)


def test_a_stream_is_traced_from_when_tracing_is_turned_on(trace_file):
    with Server("--trace-config", f"triton,file={trace_file},rate=2") as server:
        with grpc.insecure_channel(server.address) as channel:
            stream = Stream(channel)
            stream.send(iris(id="before"))
            stream.answer()
            assert server.post("/v2/trace/setting", {"trace_level": ["TIMESTAMPS"]}).status == 200
            for number in range(6):
                stream.send(iris(id=str(number)))
                stream.answer()
            stream.close()
            assert list(stream.call) == []
        assert len(traces_of(trace_file, 3)) == 3


# Metadata


def test_metadata_becomes_parameters_of_every_request_of_a_stream():
    """A field of a reserved name is refused, which shows that it came so far."""
    with Server("--http-header-forward-pattern", "^(x-user|priority)$") as server:
        with grpc.insecure_channel(server.address) as channel:
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            assert label(stub.ModelInfer(iris(), metadata=[("x-user", "ann")])) == b"setosa"
            items = list(stub.ModelStreamInfer(iter([iris(), iris()]), metadata=[("x-user", "ann")]))
            assert [label(item.infer_response) for item in items] == [b"setosa"] * 2
            refused = [("priority", "1")]
            with pytest.raises(grpc.RpcError) as caught:
                stub.ModelInfer(iris(), metadata=refused)
            assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT and "priority" in caught.value.details()
            items = list(stub.ModelStreamInfer(iter([iris(), iris()]), metadata=refused))
            assert all("priority" in item.error_message for item in items) and len(items) == 2


def test_streams_side_by_side_are_each_in_order(fact):
    """Eight streams on one connection, each answered in its own order."""
    count, wrong = 1000, []
    with Server() as server, grpc.insecure_channel(server.address) as channel:
        def run(name):
            stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
            ids = [f"{name}-{number}" for number in range(count)]
            try:
                items = stub.ModelStreamInfer(iter([iris(id=one) for one in ids]), timeout=60)
                if [item.infer_response.id for item in items] != ids:
                    wrong.append(name)
            except grpc.RpcError as error:
                wrong.append(error.details())

        threads = [threading.Thread(target=run, args=(name,)) for name in range(8)]
        started = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        fact(f"gRPC: {8 * count / (time.monotonic() - started):.0f} requests/s over 8 streams of one connection")
    assert wrong == []
