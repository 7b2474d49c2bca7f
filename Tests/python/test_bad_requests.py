"""Requests that are wrong, each with its status, the words its sentence must hold, and a correct inference after it."""

import json
import re

import pytest

from dunlin_server import assert_infers, iris_request, json_of

INFER = "/v2/models/iris/infer"
ROW = [5.1, 3.5, 1.4, 0.2]


def one(**changes):
    """The iris request with its one input changed; a value of `...` takes the key out."""
    tensor = {"name": "input", "shape": [1, 4], "datatype": "FP32", "data": ROW, **changes}
    return {"inputs": [{key: value for key, value in tensor.items() if value is not ...}]}


def nested(depth):
    return '{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":' + "[" * depth + "]" * depth + "}]}"


# What the request is, its path, its body, the status, words of the sentence.
JSON_CASES = [
    ("no body", INFER, b"", 400, ["body"]),
    ("not JSON", INFER, b"hello", 400, ["JSON|expected"]),
    ("an array", INFER, b"[]", 400, ["object"]),
    ("null", INFER, b"null", 400, ["object"]),
    ("cut short", INFER, b'{"inputs":[{"name":"input"', 400, ["expected"]),
    ("text behind the object", INFER, json.dumps(iris_request()) + "x", 400, ["end|expected"]),
    ("a comma too many", INFER, b'{"inputs":[],}', 400, ["expected"]),
    ("single quotes", INFER, b"{'inputs':[]}", 400, ["expected"]),
    ("a control character in a string", INFER, b'{"id":"a\nb","inputs":[]}', 400, ["control|string"]),
    ("half a surrogate pair", INFER, rb'{"id":"\ud800","inputs":[]}', 400, ["surrogate|escape"]),
    ("bytes that are not UTF-8", INFER, b'{"id":"\xff","inputs":[]}', 400, ["UTF-8"]),
    ("nested too deep", INFER, nested(120), 400, ["nesting|depth|deep"]),
    ("nested a million deep", INFER, nested(1_000_000), 400, ["nesting|depth|deep"]),
    ("no inputs", INFER, {}, 400, ["inputs"]),
    ("inputs null", INFER, {"inputs": None}, 400, ["inputs"]),
    ("inputs an object", INFER, {"inputs": {}}, 400, ["inputs"]),
    ("inputs empty", INFER, {"inputs": []}, 400, ["input"]),
    ("inputs twice", INFER, b'{"inputs":[],"inputs":[]}', 400, ["inputs"]),
    ("an input that is text", INFER, {"inputs": ["input"]}, 400, ["input"]),
    ("an input without a name", INFER, one(name=...), 400, ["name"]),
    ("a name that is a number", INFER, one(name=1), 400, ["name"]),
    ("a name that the model does not have", INFER, one(name="petals"), 400, ["petals", "input"]),
    ("no shape", INFER, one(shape=...), 400, ["shape"]),
    ("a shape that is a number", INFER, one(shape=4), 400, ["shape"]),
    ("a negative extent", INFER, one(shape=[-1, 4]), 400, ["shape"]),
    ("an extent with a fraction", INFER, one(shape=[1.5, 4]), 400, ["shape"]),
    ("an extent that is text", INFER, one(shape=["1", 4]), 400, ["shape"]),
    ("extents that overflow", INFER, one(shape=[2**62, 2**62]), 400, ["shape|element"]),
    ("an extent of 30 digits", INFER, one(shape=[10**30, 4]), 400, ["shape"]),
    ("a rank of 1000", INFER, one(shape=[1] * 1000), 400, ["shape|rank|dimension"]),
    ("a shape that is not the model's", INFER, one(shape=[4, 1]), 400, ["input", r"\[-1,4\]", r"\[4,1\]"]),
    ("a rank that is not the model's", INFER, one(shape=[4]), 400, ["input", "shape"]),
    ("no datatype", INFER, one(datatype=...), 400, ["datatype"]),
    ("a datatype nobody knows", INFER, one(datatype="FP8"), 400, ["FP8"]),
    ("a datatype that is a number", INFER, one(datatype=32), 400, ["datatype"]),
    ("a datatype that is not the model's", INFER, one(datatype="FP64"), 400, ["FP32", "FP64"]),
    ("FP16 in JSON", INFER, one(datatype="FP16"), 400, ["FP16", "input"]),
    ("BF16 in JSON", INFER, one(datatype="BF16"), 400, ["BF16", "input"]),
    ("no data", INFER, one(data=...), 400, ["data", "input"]),
    ("data that is a number", INFER, one(data=1), 400, ["data|array"]),
    ("too few elements", INFER, one(data=ROW[:3]), 400, ["input", "3"]),
    ("too many elements", INFER, one(data=ROW + [1]), 400, ["input"]),
    ("text among the numbers", INFER, one(data=[5.1, "3.5", 1.4, 0.2]), 400, ["input", "number|FP32"]),
    ("true among the numbers", INFER, one(data=[True, 3.5, 1.4, 0.2]), 400, ["input", "number|FP32"]),
    ("null among the numbers", INFER, one(data=[None, 3.5, 1.4, 0.2]), 400, ["input", "number|FP32"]),
    ("a number with a leading zero", INFER, json.dumps(one()).replace("5.1", "05.1"), 400, ["input|expected"]),
    ("an input given twice", INFER, {"inputs": one()["inputs"] * 2}, 400, ["input"]),
    ("an input too many", INFER, {"inputs": one()["inputs"] + one(name="more")["inputs"]}, 400, ["more"]),
    ("an id that is a number", INFER, iris_request(id=7), 400, ["id"]),
    ("parameters that are a list", INFER, iris_request(parameters=[]), 400, ["parameters"]),
    ("a parameter that is an object", INFER, iris_request(parameters={"a": {}}), 400, ["a|parameter"]),
    ("outputs that are an object", INFER, iris_request(outputs={}), 400, ["outputs"]),
    ("an output nobody has", INFER, iris_request(outputs=[{"name": "colour"}]), 400, ["colour"]),
    ("an output without a name", INFER, iris_request(outputs=[{}]), 400, ["name"]),
    ("an output given twice", INFER, iris_request(outputs=[{"name": "output_label"}] * 2), 400, ["output_label"]),
    ("binary_data_size without a binary part", INFER,
     one(data=..., parameters={"binary_data_size": 16}), 400, ["input"]),
    ("shared memory", INFER, one(data=..., parameters={"shared_memory_region": "r", "shared_memory_byte_size": 16}),
     501, ["--allow-client-shm"]),
    ("an integer that does not fit", "/v2/models/identity/infer",
     one(shape=[1], datatype="UINT8", data=[256]), 400, ["256|UINT8"]),
    ("a negative unsigned integer", "/v2/models/identity/infer",
     one(shape=[1], datatype="UINT32", data=[-1]), 400, ["-1|UINT32"]),
    ("a fraction for an integer", "/v2/models/identity/infer",
     one(shape=[1], datatype="INT64", data=[1.5]), 400, ["1.5|INT64"]),
    ("an integer above 64 bits", "/v2/models/identity/infer",
     one(shape=[1], datatype="UINT64", data=[2**64]), 400, ["UINT64|18446744073709551616"]),
    ("numbers for BYTES", "/v2/models/identity/infer", one(shape=[1], datatype="BYTES", data=[1]), 400, ["BYTES|string"]),
    ("numbers for BOOL", "/v2/models/identity/infer", one(shape=[1], datatype="BOOL", data=[2]), 400, ["BOOL|true"]),
    ("UINT32 is all that echo takes", "/v2/models/echo/infer", one(), 400, ["UINT32", "FP32"]),
    ("an unknown model", "/v2/models/irix/infer", iris_request(), 404, ["irix"]),
    ("an unknown version", "/v2/models/iris/versions/7/infer", iris_request(), 404, ["iris", "7"]),
    ("a version that is no number", "/v2/models/iris/versions/one/infer", iris_request(), 404, ["one"]),
    ("a model name that climbs", "/v2/models/..%2f..%2fetc%2fpasswd/infer", iris_request(), 404, [""]),
    ("loading a name that climbs", "/v2/repository/models/..%2Firis/load", b"{}", 400, ["name"]),
    ("loading two dots", "/v2/repository/models/%2e%2e/load", b"{}", 404, ["%2e%2e"]),
    ("loading an absolute path", "/v2/repository/models/%2Fetc%2Fpasswd/load", b"{}", 400, ["name"]),
    ("loading a blank", "/v2/repository/models/%20/load", b"{}", 400, ["name"]),
    ("loading a name with a NUL", "/v2/repository/models/iris%00/load", b"{}", 404, ["iris%00"]),
    ("loading what is not there", "/v2/repository/models/nothing/load", b"{}", 404, ["nothing"]),
    ("loading with a list", "/v2/repository/models/iris/load", b"[]", 400, ["object"]),
    ("loading with text for threads", "/v2/repository/models/iris/load", {"parameters": []}, 400, ["parameters"]),
    ("an index of a list", "/v2/repository/index", b"[]", 400, ["object"]),
    ("an index of text", "/v2/repository/index", {"ready": "yes"}, 400, ["ready"]),
    ("a worker nobody knows", "/v2/workers/tfzendnn/load", b"{}", 400, ["tfzendnn"]),
    ("a worker load that is text", "/v2/workers/echo/load", b'"echo"', 400, ["object"]),
    ("a path nobody has", "/v2/modes/iris/infer", iris_request(), 404, ["/v2/modes/iris/infer"]),
    ("a path too long", "/v2/models/iris/infer/now", iris_request(), 404, ["/v2/models/iris/infer/now"]),
]


def binary(header_length=None, size=16, extra=b"", shape=(1, 4), **parameters):
    tensor = {"name": "input", "shape": list(shape), "datatype": "FP32", "parameters": {"binary_data_size": size, **parameters}}
    head = json.dumps({"inputs": [tensor]}).encode()
    return head + b"\0" * 16 + extra, str(len(head) if header_length is None else header_length)


# What the request is, body and header length, the status, words of the sentence.
BINARY_CASES = [
    ("a header length that is text", binary("many"), 400, ["Inference-Header-Content-Length"]),
    ("a negative header length", binary("-1"), 400, ["Inference-Header-Content-Length"]),
    ("a header length above the body's", binary("100000"), 400, ["Inference-Header-Content-Length"]),
    ("a header length of 40 digits", binary("9" * 40), 400, ["Inference-Header-Content-Length"]),
    ("a header length inside the JSON", binary("20"), 400, ["expected|JSON"]),
    ("a size above what follows", binary(size=17), 400, ["input"]),
    ("a size below the shape's", binary(size=12), 400, ["input"]),
    ("a size that is negative", binary(size=-16), 400, ["binary_data_size"]),
    ("a size that is text", binary(size="16"), 400, ["binary_data_size"]),
    ("bytes nobody asked for", binary(extra=b"\0"), 400, ["iris|additional|byte"]),
    ("a shape larger than the bytes", binary(shape=(2**40, 4)), 400, ["input"]),
    ("raw bytes that fill no row", (b"\0" * 17, "0"), 400, ["input", "17|16"]),
]


def http(*lines, body=b""):
    return b"\r\n".join(line.encode("latin-1") if isinstance(line, str) else line for line in lines) + b"\r\n\r\n" + body


# What is wrong with the message itself, its bytes, the status.
HTTP_CASES = [
    ("no version", http("GET /v2"), 400),
    ("HTTP/2.0", http("GET /v2 HTTP/2.0", "Host: a"), 505),
    ("no Host", http("GET /v2 HTTP/1.1"), 400),
    ("two Hosts", http("GET /v2 HTTP/1.1", "Host: a", "Host: b"), 400),
    ("a blank before the colon", http("GET /v2 HTTP/1.1", "Host: a", "X : y"), 400),
    ("a folded line", http("GET /v2 HTTP/1.1", "Host: a", "X: y", " z"), 400),
    ("a NUL in a value", http("GET /v2 HTTP/1.1", "Host: a", b"X: a\0b"), 400),
    ("a bare carriage return", http("GET /v2 HTTP/1.1", "Host: a", b"X: a\rb"), 400),
    ("a length that is text", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Content-Length: ten"), 400),
    ("a negative length", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Content-Length: -1"), 400),
    ("a length with a sign", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Content-Length: +1"), 400),
    ("two lengths", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Content-Length: 1", "Content-Length: 2"), 400),
    ("length and chunks", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Content-Length: 5",
                               "Transfer-Encoding: chunked", body=b"0\r\n\r\n"), 400),
    ("a transfer encoding nobody reads", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a",
                                              "Transfer-Encoding: gzip"), 501),
    ("chunked and then another", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a",
                                      "Transfer-Encoding: chunked, gzip"), 400),
    ("a chunk size that is text", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Transfer-Encoding: chunked",
                                       body=b"ten\r\n"), 400),
    ("a chunk longer than it says", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a",
                                         "Transfer-Encoding: chunked", body=b"1\r\nab\r\n0\r\n\r\n"), 400),
    ("a chunk of 2^64 bytes", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Transfer-Encoding: chunked",
                                   body=b"10000000000000000\r\n"), (400, 413)),
    ("a body above the limit", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a",
                                    f"Content-Length: {(64 << 20) + 1}"), 413),
    ("a body of 10^30 bytes", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a",
                                   "Content-Length: 1" + "0" * 30), (400, 413)),
    ("a request line above the limit", http("GET /" + "a" * 9000 + " HTTP/1.1", "Host: a"), 414),
    ("header bytes above the limit", http("GET /v2 HTTP/1.1", "Host: a", "X: " + "y" * 20000), 431),
    ("header fields above the limit", http("GET /v2 HTTP/1.1", "Host: a", *["X: y"] * 101), 431),
    ("an expectation nobody meets", http("GET /v2 HTTP/1.1", "Host: a", "Expect: tea"), 417),
    ("a method that is no token", http("G@T /v2 HTTP/1.1", "Host: a"), 400),
    ("a target without a slash", http("GET v2 HTTP/1.1", "Host: a"), 400),
    ("a percent sign and no digits", http("GET /v2/models/%zz HTTP/1.1", "Host: a"), (400, 404)),
    ("a path that is not UTF-8", http("GET /v2/models/%ff HTTP/1.1", "Host: a"), (400, 404)),
    ("a method the path does not have", http("DELETE /v2/models/iris HTTP/1.1", "Host: a"), 405),
    ("a method nobody has", http("BREW /v2 HTTP/1.1", "Host: a"), (405, 501)),
    ("GET where POST is meant", http("GET /v2/models/iris/infer HTTP/1.1", "Host: a"), 405),
    ("TLS to a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x55" * 100 + b"\r\n\r\n", 400),
    ("an encoding of the content nobody reads", http("POST /v2/models/iris/infer HTTP/1.1", "Host: a",
                                                     "Content-Encoding: zstd", "Content-Length: 1", body=b"x"), (415, 501)),
]


@pytest.fixture(scope="module")
def ready_server(server):
    server.post("/v2/workers/identity/load")
    server.post("/v2/workers/echo/load")
    yield server
    server.post("/v2/workers/identity/unload")
    server.post("/v2/workers/echo/unload")


def assert_words(sentence, words):
    assert isinstance(sentence, str) and 10 <= len(sentence) < 2000
    for word in words:
        assert re.search(word, sentence, re.I), f"{word!r} is not in {sentence!r}"


def test_there_are_enough_of_them():
    cases = len(JSON_CASES) + len(BINARY_CASES) + len(HTTP_CASES)
    assert cases >= 60
    assert len({case[0] for case in JSON_CASES + BINARY_CASES + HTTP_CASES}) == cases


@pytest.mark.parametrize("path, body, status, words", [case[1:] for case in JSON_CASES],
                         ids=[case[0] for case in JSON_CASES])
def test_body(ready_server, path, body, status, words):
    connection = ready_server.connection()
    headers = {"Content-Type": "application/json"}
    answer = ready_server.request(
        "POST", path, body if isinstance(body, (bytes, str)) else json.dumps(body), headers, connection)
    assert answer.status == status, answer
    assert answer.headers["Content-Type"].startswith("application/json")
    assert_words(json_of(answer)["error"], words)
    # The message was whole, so the connection goes on.
    assert_infers(ready_server, connection)
    connection.close()


@pytest.mark.parametrize("request_, status, words", [case[1:] for case in BINARY_CASES],
                         ids=[case[0] for case in BINARY_CASES])
def test_binary(ready_server, request_, status, words):
    body, length = request_
    connection = ready_server.connection()
    answer = ready_server.request("POST", INFER, body, {"Inference-Header-Content-Length": length}, connection)
    assert answer.status == status, answer
    assert_words(json_of(answer)["error"], words)
    assert_infers(ready_server, connection)
    connection.close()


@pytest.mark.parametrize("message, status", [case[1:] for case in HTTP_CASES], ids=[case[0] for case in HTTP_CASES])
def test_message(ready_server, message, status):
    received = ready_server.raw(message)
    head, _, body = received.partition(b"\r\n\r\n")
    line = head.split(b"\r\n")[0].decode()
    wanted = status if isinstance(status, tuple) else (status,)
    assert re.fullmatch(r"HTTP/1\.[01] \d{3} [ -~]+", line), received
    assert int(line.split()[1]) in wanted, received
    assert_words(json.loads(body)["error"], [""])
    assert_infers(ready_server)


def test_a_refused_body_is_not_read(ready_server):
    """The answer comes although not one byte of the body was sent."""
    received = ready_server.raw(http("POST /v2/models/iris/infer HTTP/1.1", "Host: a", "Expect: 100-continue",
                                     f"Content-Length: {1 << 40}"))
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"100 Continue" not in received
    assert_infers(ready_server)
