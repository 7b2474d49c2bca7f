#!/usr/bin/env python3
"""Serves a folder of models with the native engine and compares each answer with ONNX Runtime's.

    compare.py DUNLIN_BINARY MODEL_DIR [--tolerance 1e-4] [--compact] [NAME ...]

Prints per model: native or refused (and why), whether labels are equal, and the largest difference of numbers, relative
to the largest magnitude of the output's row. Exit code 1 when a model is refused, a label differs, or a difference is
above the tolerance.

With `--compact` the forms of a model share a line: for FP32 and FP64, FP16 and int8 how many of them are native, and
the largest difference, here relative to the largest magnitude of the whole output. An operator that rounds half the
other way moves a value of an int8 model by one step, and what follows with it: the bound is `TOLERANCES`' own.
"""

import argparse
import http.client
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import time

import numpy

TYPES = {
    "bool": "BOOL", "int8": "INT8", "int16": "INT16", "int32": "INT32", "int64": "INT64", "uint8": "UINT8",
    "uint16": "UINT16", "uint32": "UINT32", "uint64": "UINT64", "float16": "FP16", "float32": "FP32",
    "float64": "FP64",
}
# How the scripts of this folder mark the forms of a model at the end of its name.
FORMS = {"int8": r"-int8-[a-z0-9-]+$", "FP16": r"-(fp16|half|fp16-io32)$",
         "FP32": r"-(opset\d+|dynamo|fp64|external|ir3)$"}
TOLERANCES = {"FP32": 1e-4, "FP16": 1e-2, "int8": 1e-1}
ARRAYS = {word: name for name, word in TYPES.items()}


def encoded(array):
    """Datatype and raw bytes of an array, as the protocol's binary form wants them."""
    if array.dtype.kind in "UO":
        texts = [str(element).encode() for element in array.ravel()]
        return "BYTES", b"".join(struct.pack("<I", len(text)) + text for text in texts)
    return TYPES[array.dtype.name], numpy.ascontiguousarray(array).tobytes()


def decoded(output, raw):
    shape = output["shape"]
    if output["datatype"] != "BYTES":
        return numpy.frombuffer(raw, ARRAYS[output["datatype"]]).reshape(shape)
    texts, at = [], 0
    while at < len(raw):
        (length,) = struct.unpack_from("<I", raw, at)
        texts.append(raw[at + 4:at + 4 + length].decode())
        at += 4 + length
    return numpy.array(texts, dtype=str).reshape(shape)


def infer(connection, name, inputs):
    head, bodies = {"inputs": [], "parameters": {"binary_data_output": True}}, []
    for key, array in inputs.items():
        datatype, raw = encoded(array)
        head["inputs"].append({
            "name": key, "datatype": datatype, "shape": list(array.shape), "parameters": {"binary_data_size": len(raw)}})
        bodies.append(raw)
    text = json.dumps(head).encode()
    connection.request(
        "POST", f"/v2/models/{name}/infer", text + b"".join(bodies),
        {"Content-Type": "application/octet-stream", "Inference-Header-Content-Length": str(len(text))})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise RuntimeError(body.decode(errors="replace")[:300])
    length = int(answer.getheader("Inference-Header-Content-Length", len(body)))
    outputs, at = {}, length
    for output in json.loads(body[:length])["outputs"]:
        size = output["parameters"]["binary_data_size"]
        outputs[output["name"]] = decoded(output, body[at:at + size])
        at += size
    return outputs


def difference(received, expected, by_row=True):
    """The largest difference relative to its row's, or the output's, largest magnitude; `None` when labels or shapes
    differ."""
    if received.size != expected.size:
        return None
    expected = expected.reshape(received.shape)
    if expected.dtype.kind not in "f":
        return 0.0 if (received == expected).all() else None
    left, right = received.astype(numpy.float64), expected.astype(numpy.float64)
    if (numpy.isnan(left) != numpy.isnan(right)).any():
        return None
    left, right = numpy.nan_to_num(left), numpy.nan_to_num(right)
    if right.size == 0:
        return 0.0
    rows = right.reshape(-1, right.shape[-1]) if right.ndim > 1 else right.reshape(-1, 1)
    scale = numpy.maximum(numpy.abs(rows).max(axis=1 if by_row else None, keepdims=True), 1e-6)
    return float((numpy.abs(left.reshape(rows.shape) - rows) / scale).max())


def metadata(connection, name):
    connection.request("GET", f"/v2/models/{name}")
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def reasons(connection):
    connection.request("POST", "/v2/repository/index", b"{}")
    return {model["name"]: model.get("reason", "") for model in json.loads(connection.getresponse().read())}


class Server:
    """The binary, on a free port, with the native engine alone."""

    def __init__(self, binary, folder):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            [binary, "serve", "--model-repository", str(folder), "--http-port", "0", "--grpc-port", "0", "--backends",
             "native"], stdout=self.log, stderr=self.log)

    def connect(self, seconds=120):
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            self.log.seek(0)
            lines = self.log.read().splitlines()
            ports = [line.split("port=")[1].split()[0] for line in lines if "listening for HTTP" in line]
            if ports and any("start_ms=" in line for line in lines):
                return http.client.HTTPConnection("127.0.0.1", int(ports[0]), timeout=120)
            time.sleep(0.1)
        self.log.seek(0)
        sys.exit("the server did not come up:\n" + self.log.read()[-2000:])

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


def compare(connection, folder, name, why, by_row=True):
    """One line of the table, and whether it is as it should be."""
    status, _ = metadata(connection, name)
    if status != 200:
        return f"refused: {why.get(name, '')[:160]}", None, None
    with numpy.load(folder / name / "inputs.npz") as inputs, numpy.load(folder / name / "expected.npz") as expected:
        try:
            outputs = infer(connection, name, dict(inputs))
        except RuntimeError as error:
            return f"failed: {error}", None, None
        labels, largest = True, 0.0
        for key, array in expected.items():
            found = difference(outputs[key], array, by_row) if key in outputs else None
            if found is None:
                labels = False
            else:
                largest = max(largest, found)
    return "native", labels, largest


def form(name):
    """A model's name without its form, and which column of the compact table the form belongs to."""
    for column, pattern in FORMS.items():
        if re.search(pattern, name):
            return re.sub(pattern, "", name), column
    return name, "FP32"


def print_compact(results):
    """`results`: name, engine, whether labels are equal, largest difference. Gives the names that are not as they
    should be."""
    table, wrong = {}, []
    for name, engine, labels, largest in results:
        base, column = form(name)
        table.setdefault(base, {}).setdefault(column, []).append((engine == "native", labels, largest))
        if engine != "native" or not labels or largest > TOLERANCES[column]:
            wrong.append(name)
    print("| Model | FP32 and FP64 | FP16 | int8 |\n|---|---|---|---|")
    for base, columns in table.items():
        cells = []
        for column in TOLERANCES:
            found = columns.get(column, [])
            native = [largest for is_native, _, largest in found if is_native]
            count = str(len(found)) if len(native) == len(found) else f"{len(native)} of {len(found)}"
            cells.append("" if not found else count + (f": {max(native):.0e}" if native else ""))
        print(f"| {base} | {' | '.join(cells)} |")
    return wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--tolerance", type=float, default=1e-4)
    parser.add_argument("--compact", action="store_true")
    arguments = parser.parse_intermixed_args()
    folder = arguments.folder
    names = arguments.names or sorted(path.parent.name for path in folder.glob("*/inputs.npz"))
    server = Server(arguments.binary, folder)
    wrong = []
    try:
        connection = server.connect()
        why = reasons(connection)
        if arguments.compact:
            wrong = print_compact([(name, *compare(connection, folder, name, why, by_row=False)) for name in names])
            names_shown = f"{len(names) - len(wrong)} of {len(names)} models run natively and agree"
            print(f"\n{names_shown}" + (f"; not: {', '.join(wrong)}" if wrong else ""))
            sys.exit(1 if wrong else 0)
        print("| Model | Engine | Labels equal | Largest relative difference |\n|---|---|---|---|")
        for name in names:
            engine, labels, largest = compare(connection, folder, name, why)
            shown = "" if largest is None else f"{largest:.1e}"
            print(f"| {name} | {engine} | {'' if labels is None else 'yes' if labels else 'NO'} | {shown} |")
            if engine != "native" or not labels or largest > arguments.tolerance:
                wrong.append(name)
    finally:
        server.stop()
    print(f"\n{len(names) - len(wrong)} of {len(names)} models run natively with equal labels, within "
          f"{arguments.tolerance:g}" + (f"; not: {', '.join(wrong)}" if wrong else ""))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
