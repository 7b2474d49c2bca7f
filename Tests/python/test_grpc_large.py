"""Messages as large as the limit: whole, with no more memory than they need, and refused one byte beyond it."""

import pathlib
import threading

import grpc
import numpy
import pytest

from dunlin_server import Server, quick_count_error
from test_grpc_streams import iris, label
from triton_grpc import service_pb2, service_pb2_grpc

LIMIT = 64 << 20
# Of one message: its frame is part of the body.
LARGEST = LIMIT - 5
MEBIBYTE = 1 << 20
OPTIONS = [("grpc.max_send_message_length", -1), ("grpc.max_receive_message_length", -1),
           ("grpc.use_local_subchannel_pool", 1)]


@pytest.fixture(scope="module")
def server():
    with Server() as running:
        assert running.post("/v2/workers/identity/load").body == b"identity"
        yield running


@pytest.fixture
def stub(server):
    with grpc.insecure_channel(server.address, OPTIONS) as channel:
        yield service_pb2_grpc.GRPCInferenceServiceStub(channel)


def request(byte_count):
    """A message of exactly so many bytes, most of them one raw tensor."""
    message = service_pb2.ModelInferRequest(model_name="identity", raw_input_contents=[b""])
    elements = (byte_count - 100) // 4
    message.inputs.add(name="x", datatype="FP32", shape=[elements])
    message.raw_input_contents[0] = numpy.arange(elements, dtype=numpy.float32).tobytes()
    message.id = "x" * 16
    message.id += "x" * (byte_count - message.ByteSize())
    assert message.ByteSize() == byte_count
    return message


def peak(server):
    """The most memory that the process has had since `forget_peak`, in bytes."""
    for line in pathlib.Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no VmHWM")


def forget_peak(server):
    if quick_count_error() > 24 * MEBIBYTE:
        pytest.skip("with so many CPUs the kernel's peak of a process tells too little")
    try:
        pathlib.Path(f"/proc/{server.pid}/clear_refs").write_text("5")
    except OSError as error:
        pytest.skip(f"the kernel does not let a process's peak be forgotten: {error}")


def test_the_largest_message_costs_one_copy_each_way(server, stub, fact):
    """The bound: the message, the answer, and 24 MiB for all else (windows, frames on their way, malloc)."""
    largest = request(LARGEST)
    stub.ModelInfer(request(MEBIBYTE), timeout=60)
    before = server.resident_bytes()
    forget_peak(server)
    answer = stub.ModelInfer(largest, timeout=60)
    assert answer.raw_output_contents[0] == largest.raw_input_contents[0]
    cost = peak(server) - before
    fact(f"gRPC: a message of 64 MiB and its answer cost the server {cost / MEBIBYTE:.0f} MiB at most")
    assert cost <= 2 * LIMIT + 24 * MEBIBYTE + quick_count_error()


def test_several_large_messages_one_after_the_other_cost_no_more(server, stub):
    largest = request(LARGEST)
    stub.ModelInfer(largest, timeout=60)
    forget_peak(server)
    before = server.resident_bytes()
    for _ in range(4):
        assert len(stub.ModelInfer(largest, timeout=60).raw_output_contents[0]) == len(largest.raw_input_contents[0])
    assert peak(server) - before <= 2 * LIMIT + 24 * MEBIBYTE + quick_count_error()


def test_one_byte_beyond_the_limit_is_refused_beside_other_calls(server, stub):
    too_large = request(LARGEST + 1)
    wrong, stop, count = [], threading.Event(), [0]

    def others():
        # On the same connection.
        while not stop.is_set():
            try:
                if label(stub.ModelInfer(iris(), timeout=20)) != b"setosa":
                    wrong.append("another answer")
                count[0] += 1
            except grpc.RpcError as error:
                wrong.append(repr(error))

    thread = threading.Thread(target=others)
    thread.start()
    try:
        for _ in range(3):
            with pytest.raises(grpc.RpcError) as caught:
                stub.ModelInfer(too_large, timeout=60)
            assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, caught.value
            assert str(LIMIT) in caught.value.details()
    finally:
        stop.set()
        thread.join()
    assert wrong == [] and count[0] > 0


def test_a_refused_message_is_not_kept(server, stub):
    """Its length is in its first five bytes: what follows is not read into memory."""
    too_large = request(LARGEST + 1)
    forget_peak(server)
    before = server.resident_bytes()
    for _ in range(3):
        with pytest.raises(grpc.RpcError):
            stub.ModelInfer(too_large, timeout=60)
    assert peak(server) - before <= 24 * MEBIBYTE + quick_count_error()


def test_messages_of_streams_have_the_same_limit(server, stub):
    # As much as may wait for a client, all answers of the stream together.
    largest = request(LIMIT - MEBIBYTE)
    items = list(stub.ModelStreamInfer(iter([iris(), largest, iris()]), timeout=60))
    assert [len(item.infer_response.raw_output_contents) for item in items] == [0, 1, 0]
    assert items[1].infer_response.raw_output_contents[0] == largest.raw_input_contents[0]
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.ModelStreamInfer(iter([iris(), request(LIMIT + 1)]), timeout=60))
    assert caught.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED, caught.value
