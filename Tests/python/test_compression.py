"""Compressed requests and answers: the clients people use, and bodies that mean harm."""

import asyncio
import gzip
import json
import shutil
import subprocess
import zlib

import numpy
import pytest
import requests
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio

from dunlin_server import MODELS, ROOT, Server, assert_infers, iris_request, json_of
from reference import assert_close, expected, sample

INFER = "/v2/models/iris/infer"
# Answers from this size on are compressed.
MINIMUM = 1024


def raw_deflate(data):
    """RFC 1951 alone, as some clients understand `deflate`."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


WAYS = {"gzip": gzip.compress, "x-gzip": gzip.compress, "deflate": zlib.compress, "deflate-raw": raw_deflate}


@pytest.fixture(scope="module")
def identity(server):
    server.post("/v2/workers/identity/load")
    yield server
    server.post("/v2/workers/identity/unload")


def tensor(name, datatype, array, binary):
    made = triton.InferInput(name, list(array.shape), datatype)
    made.set_data_from_numpy(array, binary_data=binary)
    return made


@pytest.mark.parametrize("answered", [None, "gzip", "deflate"])
@pytest.mark.parametrize("sent", [None, "gzip", "deflate"])
@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
@pytest.mark.parametrize("model", MODELS)
def test_tritonclient(server, model, binary, sent, answered):
    name, datatype, array = sample(model)
    batch = numpy.repeat(array, 200, axis=0)
    wanted = expected(model, batch)
    with triton.InferenceServerClient(server.address) as client:
        result = client.infer(
            model, [tensor(name, datatype, batch, binary)],
            outputs=[triton.InferRequestedOutput(output, binary_data=binary) for output in wanted],
            request_compression_algorithm=sent, response_compression_algorithm=answered)
    for output, value in wanted.items():
        assert_close(output, result.as_numpy(output), value)


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_binary_answer_keeps_the_length_of_its_json(identity, coding):
    array = numpy.zeros((1, 50_000), numpy.float32)
    head = json.dumps({
        "inputs": [{"name": "x", "shape": [1, 50_000], "datatype": "FP32",
                    "parameters": {"binary_data_size": array.nbytes}}],
        "parameters": {"binary_data_output": True}}).encode()
    answer = identity.post("/v2/models/identity/infer", head + array.tobytes(), headers={
        "Inference-Header-Content-Length": str(len(head)), "Accept-Encoding": coding})
    assert answer.status == 200 and answer.headers["Content-Encoding"] == coding
    assert len(answer.body) < 5000
    plain = gzip.decompress(answer.body) if coding == "gzip" else zlib.decompress(answer.body)
    length = int(answer.headers["Inference-Header-Content-Length"])
    assert json.loads(plain[:length])["outputs"][0]["shape"] == [1, 50_000]
    assert plain[length:] == array.tobytes()


@pytest.mark.parametrize("way", WAYS)
def test_a_request_compressed_in_each_way(server, way):
    body = WAYS[way](json.dumps(iris_request()).encode())
    answer = server.post(INFER, body, headers={"Content-Encoding": way.removesuffix("-raw")})
    assert answer.status == 200 and json_of(answer)["outputs"][0]["data"] == ["setosa"]


@pytest.mark.parametrize("compress", [zlib.compress, gzip.compress], ids=["zlib", "gzip"])
def test_a_body_that_no_header_announces_as_amds_clients_send_it(server, compress):
    answer = server.post(INFER, compress(json.dumps(iris_request()).encode()))
    assert answer.status == 200 and json_of(answer)["outputs"][0]["data"] == ["setosa"]


def test_members_of_a_gzip_body_are_one_text(server):
    text = json.dumps(iris_request()).encode()
    body = gzip.compress(text[:20]) + gzip.compress(b"") + gzip.compress(text[20:])
    assert server.post(INFER, body, headers={"Content-Encoding": "gzip"}).status == 200


def test_requests_from_python(identity):
    """`requests` accepts gzip and deflate without being told."""
    values = [[0.5] * 4] * 500
    body = {"inputs": [{"name": "x", "shape": [500, 4], "datatype": "FP32", "data": values}]}
    answer = requests.post(identity.url + "/v2/models/identity/infer", json=body, timeout=30)
    assert answer.headers["Content-Encoding"] == "gzip" and answer.headers["Vary"] == "Accept-Encoding"
    assert answer.json()["outputs"][0]["data"] == [0.5] * 2000
    small = requests.post(identity.url + INFER, json=iris_request(), timeout=30)
    assert small.status_code == 200 and "Content-Encoding" not in small.headers and "Vary" not in small.headers
    packed = requests.post(
        identity.url + INFER, data=gzip.compress(json.dumps(iris_request()).encode()), timeout=30,
        headers={"Content-Encoding": "gzip"})
    assert packed.status_code == 200


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_curl(server):
    page = server.get("/metrics").body
    assert len(page) >= MINIMUM
    given = subprocess.run(
        ["curl", "-s", "--compressed", "-D", "-", server.url + "/metrics"], capture_output=True, timeout=30)
    head, _, body = given.stdout.partition(b"\r\n\r\n")
    assert b"content-encoding: gzip" in head.lower() or b"content-encoding: deflate" in head.lower()
    assert b"\ndunlin_ready 1\n" in body


@pytest.mark.parametrize("accepted, coding", [
    (None, None), ("identity", None), ("gzip", "gzip"), ("deflate", "deflate"), ("gzip;q=0.2, deflate;q=0.8", "deflate"),
    ("br", None), ("*", None), ("gzip;q=0", None), ("identity;q=0.5, gzip;q=0.4", None),
])
def test_the_coding_the_client_likes_best(server, accepted, coding):
    answer = server.get("/metrics", headers={"Accept-Encoding": accepted} if accepted else {})
    # http.client says identity where nothing is said.
    assert answer.headers["Content-Encoding"] == coding
    assert answer.headers["Vary"] == "Accept-Encoding"


def test_answers_about_models_stay_plain(server):
    """Triton's client for asyncio accepts gzip everywhere and inflates inferences alone."""
    for path in ("/v2/models/iris/config", "/v2/models/stats", "/v2/docs/dataplane.json", "/v2/models/iris/docs"):
        answer = server.get(path, headers={"Accept-Encoding": "gzip"})
        assert answer.status == 200 and len(answer.body) >= MINIMUM, path
        assert answer.headers["Content-Encoding"] is None and answer.headers["Vary"] is None, path

    async def configuration():
        async with triton_aio.InferenceServerClient(server.address) as client:
            return await client.get_model_config("iris")

    assert asyncio.run(configuration())["name"] == "iris"


def test_level_zero_never_compresses():
    with Server("--http-compression-level", "0") as quiet:
        answer = quiet.get("/metrics", headers={"Accept-Encoding": "gzip"})
        assert answer.status == 200 and "Content-Encoding" not in answer.headers and "Vary" not in answer.headers
        # What clients send is read as ever.
        assert quiet.post(INFER, gzip.compress(json.dumps(iris_request()).encode()),
                          headers={"Content-Encoding": "gzip"}).status == 200


def test_an_unknown_coding_names_those_that_are_known(server):
    for coding in ("br", "zstd", "gzip, deflate"):
        answer = server.post(INFER, b"x", headers={"Content-Encoding": coding})
        assert answer.status == 501 and answer.headers["Accept-Encoding"] == "gzip, deflate"
        assert "Unsupported compression type" in json_of(answer)["error"]


def test_attacks():
    """Each attack of scripts/attacks/compression.py is refused as it should be, and memory stays flat."""
    import importlib.util
    spec = importlib.util.spec_from_file_location("compression", ROOT / "scripts/attacks/compression.py")
    attacks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(attacks)
    # malloc's arenas, one for each thread, would keep what was freed: the bound below is on what is in use.
    with Server("--max-body-size", "16MiB", "--max-receiving-size", "64MiB",
                environment={"MALLOC_MMAP_THRESHOLD_": "1048576"}) as server:
        attacks.warm_up(server.port)
        before = server.resident_bytes()
        # A 64th of the real bomb: the whole goes to the script, when it is run by hand.
        for attack in attacks.attacks(bomb_byte_count=160 << 20):
            answer = attack.send(server.port)
            assert answer.status == attack.status, (attack.name, answer)
            assert attack.words in answer.sentence, (attack.name, answer)
            assert_infers(server)
        # Some bodies' memory is kept for the next ones: 32 MiB, and 16 for one.
        assert server.resident_bytes() - before < 96 << 20


def test_inflated_bodies_share_a_budget():
    """Many requests at once, each small on the wire and near the limit when inflated."""
    import concurrent.futures
    blank = b'{"inputs":[' + b" " * (15 << 20) + b"]}"
    body = zlib.compress(blank)
    # malloc's arenas, one for each thread, would keep what was freed: the bound below is on what is in use.
    with Server("--max-body-size", "16MiB", "--max-receiving-size", "64MiB",
                environment={"MALLOC_MMAP_THRESHOLD_": "1048576"}) as server:
        assert_infers(server)
        before = server.resident_bytes()
        with concurrent.futures.ThreadPoolExecutor(32) as clients:
            answers = list(clients.map(
                lambda _: server.post(INFER, body, headers={"Content-Encoding": "deflate"}), range(64)))
        # 400: there are no inputs; 503 where the others had the memory.
        assert {answer.status for answer in answers} <= {400, 503}
        assert 400 in {answer.status for answer in answers}
        assert server.resident_bytes() - before < 128 << 20
        assert_infers(server)
