"""System shared memory through NVIDIA's client, as Triton's own tests use it, and what a client may do to a region."""

import concurrent.futures
import json
import os
import pathlib
import uuid

import numpy
import pytest
import tritonclient.http as triton
import tritonclient.utils.shared_memory as shm
from tritonclient.utils import InferenceServerException, serialize_byte_tensor

from dunlin_server import Server, assert_infers, json_of
from reference import assert_close, expected, sample

PAGE = os.sysconf("SC_PAGE_SIZE")
# Others may use the same /dev/shm.
SESSION = uuid.uuid4().hex


@pytest.fixture(scope="module")
def shared():
    """A server that allows shared memory, with few and small regions."""
    with Server("--allow-client-shm=true", "--max-shared-memory-regions", "8",
                "--max-shared-memory-size", str(1024 * PAGE)) as running:
        running.post("/v2/workers/identity/load")
        yield running


@pytest.fixture
def client(shared):
    with triton.InferenceServerClient(shared.address) as client:
        yield client
        client.unregister_system_shared_memory()


@pytest.fixture
def region(client):
    """`region(name, create, register, offset)` makes an object, registers it and gives its handle."""
    handles = []

    def make(name, create=64, register=None, offset=0, key=None):
        key = key or f"/dunlin-test-{SESSION}-{name}"
        handle = shm.create_shared_memory_region(name, key, create)
        handles.append(handle)
        client.register_system_shared_memory(name, key, create - offset if register is None else register, offset=offset)
        return handle

    yield make
    for handle in handles:
        shm.destroy_shared_memory_region(handle)


def tensor(name, shape, datatype, place, size, offset=0):
    made = triton.InferInput(name, list(shape), datatype)
    made.set_shared_memory(place, size, offset)
    return made


def wanted(name, place, size, offset=0):
    made = triton.InferRequestedOutput(name, binary_data=True)
    made.set_shared_memory(place, size, offset)
    return made


def iris_through(client, region, offset=0, prefix=""):
    """One inference of iris with input and probabilities in shared memory."""
    name, datatype, array = sample("iris")
    result = expected("iris", array)["output_probability"]
    given = region(prefix + "in", create=offset + array.nbytes, register=array.nbytes, offset=offset)
    taken = region(prefix + "out", create=offset + result.nbytes, register=result.nbytes, offset=offset)
    shm.set_shared_memory_region(given, [array], offset=offset)
    answer = client.infer(
        "iris", [tensor(name, array.shape, datatype, prefix + "in", array.nbytes)],
        outputs=[wanted("output_probability", prefix + "out", result.nbytes)])
    output = answer.get_output("output_probability")
    assert "data" not in output
    assert output["parameters"] == {"shared_memory_region": prefix + "out", "shared_memory_byte_size": result.nbytes}
    got = shm.get_contents_as_numpy(taken, numpy.float32, result.shape, offset=offset)
    assert_close("output_probability", got, result)


def test_it_is_off_by_default(server):
    with triton.InferenceServerClient(server.address) as client:
        assert client.get_system_shared_memory_status() == []
        handle = shm.create_shared_memory_region("off", f"/dunlin-test-{SESSION}-off", 8)
        try:
            for call in (lambda: client.register_system_shared_memory("off", f"/dunlin-test-{SESSION}-off", 8),
                         lambda: client.unregister_system_shared_memory("off"),
                         lambda: client.infer("iris", [tensor("input", [1, 4], "FP32", "off", 16)])):
                with pytest.raises(InferenceServerException, match="Client shared memory is disabled") as caught:
                    call()
                assert caught.value.status() == "501"
        finally:
            shm.destroy_shared_memory_region(handle)
        assert "system_shared_memory" not in client.get_server_metadata()["extensions"]


def test_the_extension_is_named_where_it_is_on(client):
    assert "system_shared_memory" in client.get_server_metadata()["extensions"]


def test_register_status_and_unregister(client, region):
    region("a", 8)
    region("b", 64, register=32, offset=16)
    key = f"/dunlin-test-{SESSION}-b"
    assert client.get_system_shared_memory_status("b") == [{"name": "b", "key": key, "offset": 16, "byte_size": 32}]
    assert [entry["name"] for entry in client.get_system_shared_memory_status()] == ["a", "b"]
    client.unregister_system_shared_memory("a")
    assert [entry["name"] for entry in client.get_system_shared_memory_status()] == ["b"]
    with pytest.raises(InferenceServerException, match="Unable to find system shared memory region: 'a'"):
        client.get_system_shared_memory_status("a")


def test_unregister_before_register(client):
    client.unregister_system_shared_memory("dummy_data")
    assert client.get_system_shared_memory_status() == []


def test_register_twice(client, region):
    region("dummy_data", 8)
    with pytest.raises(InferenceServerException, match="shared memory region 'dummy_data' already in manager"):
        client.register_system_shared_memory("dummy_data", f"/dunlin-test-{SESSION}-dummy_data", 8)
    assert len(client.get_system_shared_memory_status()) == 1


def test_unregister_all(client, region):
    for name in "abcd":
        region(name)
    assert len(client.get_system_shared_memory_status()) == 4
    client.unregister_system_shared_memory()
    assert client.get_system_shared_memory_status() == []


def test_infer(client, region):
    iris_through(client, region)
    client.unregister_system_shared_memory("out")
    assert [entry["name"] for entry in client.get_system_shared_memory_status()] == ["in"]
    region("after")
    assert len(client.get_system_shared_memory_status()) == 2


def test_a_region_far_inside_its_object(client, region):
    iris_through(client, region, offset=PAGE * 100)


def test_shared_and_sent_inputs_mix(client, region):
    numbers = numpy.arange(16, dtype=numpy.int32).reshape(1, 16)
    shm.set_shared_memory_region(region("in", 64), [numbers])
    taken = region("out", 128)
    sent = triton.InferInput("b", [1, 16], "INT32")
    sent.set_data_from_numpy(numbers + 1)
    answer = client.infer(
        "identity", [tensor("a", [1, 16], "INT32", "in", 64), sent],
        outputs=[triton.InferRequestedOutput("a"), wanted("b", "out", 64, 64)])
    assert (answer.as_numpy("a") == numbers).all()
    assert answer.get_output("b")["parameters"]["shared_memory_offset"] == 64
    assert (shm.get_contents_as_numpy(taken, numpy.int32, [1, 16], offset=64) == numbers + 1).all()


def test_texts(client, region):
    texts = numpy.array([["héllo", "", "a\0b"]], object)
    encoded = serialize_byte_tensor(texts)
    size = len(encoded.item())
    given, taken = region("in", 64), region("out", 64)
    shm.set_shared_memory_region(given, [encoded])
    answer = client.infer("identity", [tensor("x", [1, 3], "BYTES", "in", size)], outputs=[wanted("x", "out", 64)])
    assert answer.get_output("x")["parameters"]["shared_memory_byte_size"] == size
    got = shm.get_contents_as_numpy(taken, numpy.object_, [1, 3])
    assert [item.decode() for item in got[0]] == texts[0].tolist()


@pytest.mark.parametrize("size, offset, words", [
    (128, 0, "expected 64 bytes for INT32"), (32, 0, "expected 64 bytes for INT32"),
    (64, 1, "Invalid offset"), (64, 2**62, "Invalid offset"), (64, 2**63 - 1, "Invalid offset"),
    (64, 2**64 - 32, "expected an integer in"), (2**64 - 32, 32, "expected an integer in"),
], ids=["larger", "smaller", "one-beyond", "far-beyond", "overflow", "negative-as-unsigned", "size-overflow"])
def test_inputs_out_of_bounds(client, region, size, offset, words):
    region("in", 64)
    with pytest.raises(InferenceServerException, match=words) as caught:
        client.infer("identity", [tensor("x", [1, 16], "INT32", "in", size, offset)])
    assert caught.value.status() == "400"


@pytest.mark.parametrize("size, offset, words", [
    (32, 0, "should be at least 64 bytes to hold the results"), (64, 1, "Invalid offset \\+ byte size"),
    (64, 64, "Invalid offset"), (2**64 - 32, 32, "expected an integer in"), (2**63 - 1, 1, "Invalid offset"),
], ids=["smaller", "one-beyond", "behind", "overflow", "sum-overflow"])
def test_outputs_out_of_bounds(client, region, size, offset, words):
    shm.set_shared_memory_region(region("in", 64), [numpy.ones(16, numpy.int32)])
    out = region("out", 128, register=64, offset=0)
    with pytest.raises(InferenceServerException, match=words):
        client.infer("identity", [tensor("x", [1, 16], "INT32", "in", 64)], outputs=[wanted("x", "out", size, offset)])
    assert not shm.get_contents_as_numpy(out, numpy.uint8, [128]).any()


@pytest.mark.parametrize("size, offset", [(65, 0), (64, 1), (1, 64), (0, 65), (0, 0), (2**63 - 1, 1), (1, 2**63 - 1)])
def test_a_region_that_lies_is_refused(client, region, size, offset):
    handle = shm.create_shared_memory_region("lies", f"/dunlin-test-{SESSION}-lies", 64)
    try:
        with pytest.raises(InferenceServerException, match="expected an integer|failed to register.*invalid args"):
            client.register_system_shared_memory("lies", f"/dunlin-test-{SESSION}-lies", size, offset=offset)
    finally:
        shm.destroy_shared_memory_region(handle)


def test_a_huge_lie_takes_no_memory(shared, client, region, fact):
    """An object of 64 bytes that says it has 4 MiB, and one that has them when it is registered and loses them."""
    before = shared.resident_bytes()
    for _ in range(200):
        with pytest.raises(InferenceServerException):
            client.register_system_shared_memory("big", "/dunlin-test-none", 1 << 40)
    region("big", create=1 << 21)
    with open(f"/dev/shm/dunlin-test-{SESSION}-big", "r+b") as file:
        file.truncate(0)
    for _ in range(200):
        with pytest.raises(InferenceServerException, match="which has only 0 bytes now"):
            client.infer("identity", [tensor("x", [1 << 21], "UINT8", "big", 1 << 21)])
    grown = shared.resident_bytes() - before
    fact(f"shared memory: 400 regions that lie grew the server by {grown // 1024} KiB")
    assert grown < 16 << 20


def test_a_region_cut_short_while_it_is_used(shared, client, region):
    """A thread makes the object shorter and longer while requests read and write it: answers or sentences, no end."""
    size = 64 * PAGE
    region("in", size)
    region("out", size)
    paths = [f"/dev/shm/dunlin-test-{SESSION}-{name}" for name in ("in", "out")]
    stop = False

    def cut():
        count = 0
        while not stop:
            for path in paths:
                os.truncate(path, 0 if count % 2 else PAGE + 1)
                os.truncate(path, size)
            count += 1
        return count

    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        cuts = pool.submit(cut)
        statuses = {"200": 0, "400": 0}
        try:
            for _ in range(300):
                try:
                    client.infer("identity", [tensor("x", [size], "UINT8", "in", size)],
                                 outputs=[wanted("x", "out", size)])
                    statuses["200"] += 1
                except InferenceServerException as error:
                    statuses[error.status()] += 1
        finally:
            stop = True
        assert cuts.result() > 0
    assert shared.process.poll() is None
    assert_infers(shared)


def test_count_and_bytes_are_limited(client, region):
    for index in range(8):
        region(f"r{index}")
    with pytest.raises(InferenceServerException, match="--max-shared-memory-regions"):
        region("r8")
    client.unregister_system_shared_memory()
    region("whole", 1024 * PAGE)
    with pytest.raises(InferenceServerException, match="--max-shared-memory-size"):
        region("more", 1)


def test_files_are_closed_when_regions_go(shared, client, region):
    def open_objects():
        """Connections come and go; these do not by themselves."""
        count = 0
        for link in pathlib.Path(f"/proc/{shared.pid}/fd").iterdir():
            try:
                count += os.readlink(link).startswith("/dev/shm/")
            except FileNotFoundError:
                pass
        return count

    assert open_objects() == 0
    for index in range(4):
        region(f"r{index}")
    assert open_objects() == 4
    client.unregister_system_shared_memory()
    assert open_objects() == 0


@pytest.mark.parametrize("path", ["../../etc/passwd", "/../../etc/passwd", "/a/b", "..", "/", "/sem.x"])
def test_keys_that_are_no_names_are_refused(client, path):
    with pytest.raises(InferenceServerException, match="cannot register shared memory region"):
        client.register_system_shared_memory("r", path, 8)


def test_data_and_region_exclude_each_other(shared):
    body = {"inputs": [{"name": "x", "datatype": "UINT8", "shape": [1], "data": [1],
                        "parameters": {"shared_memory_region": "r", "shared_memory_byte_size": 1}}]}
    answer = shared.post("/v2/models/identity/infer", body)
    assert answer.status == 400 and b"found both" in answer.body
    del body["inputs"][0]["parameters"]
    for more, words in (({"binary_data": True}, "binary_data"), ({"classification": 2}, "classification")):
        body["outputs"] = [{"name": "x", "parameters": {
            "shared_memory_region": "r", "shared_memory_byte_size": 1, **more}}]
        answer = shared.post("/v2/models/identity/infer", body)
        assert answer.status == 400 and words in json_of(answer)["error"]


class TestCUDA:
    def test_there_is_none(self, client):
        assert client.get_cuda_shared_memory_status() == []
        client.unregister_cuda_shared_memory()
        client.unregister_cuda_shared_memory("r")
        with pytest.raises(InferenceServerException, match="GPUs not supported"):
            client.register_cuda_shared_memory("r", b"AAAA", 0, 8)
        with pytest.raises(InferenceServerException, match="Unable to find cuda shared memory region: 'r'"):
            client.get_cuda_shared_memory_status("r")
