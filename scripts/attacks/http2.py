#!/usr/bin/env python3
"""Attacks a server on HTTP/2's frames and prints how each connection ended, the server's memory, and what others felt.

    scripts/attacks/http2.py [--port 8000 --pid PID] [--seconds 3]

Without --port and --pid, starts .build/release/dunlin (or DUNLIN_BINARY) on a free port, with timeouts of 2 s. Needs Python's
`hpack`: .venv has it.
Each attack is repeated on new connections for so many seconds, while another client asks for inferences over HTTP/1.1 and notes
how long they take. Exit code 1 when a connection did not end as it should, or memory has grown by more than 64 MiB.
"""

import argparse
import http.client
import json
import os
import pathlib
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

import hpack

ROOT = pathlib.Path(__file__).resolve().parents[2]
INFER = "/v2/models/iris/infer"
REQUEST = json.dumps(
    {"inputs": [{"name": "input", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}]}).encode()
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RESET, SETTINGS, PUSH, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = range(10)
CODES = ["NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
         "FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM"]
FIELDS = [(":method", "POST"), (":scheme", "http"), (":authority", "x"), (":path", INFER)]
MEMORY_LIMIT = 64


def frame(kind, flags=0, stream=0, payload=b""):
    return len(payload).to_bytes(3, "big") + bytes([kind, flags]) + stream.to_bytes(4, "big") + payload


def block(fields):
    """Uncompressed, so that it is the same whatever came before."""
    out = b""
    for name, value in fields:
        out += b"\0" + b"".join(hpack.hpack.encode_integer(len(text), 7) + text.encode() for text in (name, value))
    return bytes(out)


class Connection:
    def __init__(self, port, settings=b"", preface=PREFACE):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.ending = None
        self.answers = b""
        self.send(preface + frame(SETTINGS, payload=settings))

    def send(self, data):
        """False once the server has closed."""
        try:
            self.socket.sendall(data)
            return True
        except OSError:
            return False

    def end(self):
        """Reads on until the server closes; says what with."""
        received, ending = b"", None
        resets = {}
        try:
            while chunk := self.socket.recv(1 << 20):
                received += chunk
                while len(received) >= 9:
                    count = int.from_bytes(received[:3], "big")
                    if len(received) < 9 + count:
                        break
                    kind, payload = received[3], received[9:9 + count]
                    received = received[9 + count:]
                    if kind == GOAWAY:
                        code = int.from_bytes(payload[4:8], "big")
                        ending = f"GOAWAY {CODES[code] if code < len(CODES) else code}"
                    elif kind == RESET:
                        code = CODES[int.from_bytes(payload, "big")]
                        resets[code] = resets.get(code, 0) + 1
                    elif kind == HEADERS:
                        resets["answer"] = resets.get("answer", 0) + 1
            closed = "closed"
        except TimeoutError:
            closed = "open"
        except OSError:
            closed = "reset"
        self.socket.close()
        parts = [f"{count} {name}" for name, count in resets.items()]
        return ", ".join(parts + [ending or "no GOAWAY", closed])


def leave(connection):
    """Says that nothing more comes, and reads on."""
    connection.send(frame(GOAWAY, payload=bytes(8)))
    try:
        connection.socket.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def rapid_reset(connection):
    """Requests that are cancelled at once (CVE-2023-44487)."""
    head = block(FIELDS)
    for index in range(20_000):
        stream = 2 * index + 1
        if not connection.send(frame(HEADERS, 4, stream, head) + frame(RESET, 0, stream, struct.pack(">I", 8))):
            break


def provoked_resets(connection):
    """Requests that the server itself has to reset (CVE-2025-8671)."""
    head = block(FIELDS)
    for index in range(20_000):
        stream = 2 * index + 1
        if not connection.send(frame(HEADERS, 4, stream, head) + frame(WINDOW_UPDATE, 0, stream, bytes(4))):
            break


def continuation_flood(connection):
    """A header that never ends."""
    connection.send(frame(HEADERS, 0, 1, block(FIELDS)))
    piece = block([("x", "v" * 1000)]) * 16
    for _ in range(1000):
        if not connection.send(frame(CONTINUATION, 0, 1, piece)):
            break


def empty_continuations(connection):
    connection.send(frame(HEADERS, 0, 1, block(FIELDS)))
    for _ in range(200):
        if not connection.send(frame(CONTINUATION, 0, 1) * 100):
            break


def header_bomb(connection):
    """One field in the table, then a byte for each time it is named."""
    encoder = b"\x40" + hpack.hpack.encode_integer(1, 7) + b"x" + hpack.hpack.encode_integer(4000, 7) + b"v" * 4000
    for stream in range(1, 400, 2):
        payload = block(FIELDS) + (bytes(encoder) if stream == 1 else b"") + b"\xbe" * 12_000
        if not connection.send(frame(HEADERS, 5, stream, payload)):
            break


def many_fields(connection):
    payload = block(FIELDS) + block([("a", "b")]) * 2000
    for stream in range(1, 2000, 2):
        if not connection.send(frame(HEADERS, 5, stream, payload)):
            break
    leave(connection)


def zero_window(connection):
    """Answers that may not be sent."""
    connection.send(frame(SETTINGS, payload=struct.pack(">HI", 4, 0)))
    for stream in range(1, 257, 2):
        connection.send(frame(HEADERS, 5, stream, block([(":method", "GET"), (":scheme", "http"), (":authority", "x"),
                                                           (":path", "/v2")])))
    time.sleep(0.2)
    leave(connection)


def window_overflow(connection):
    for _ in range(3):
        connection.send(frame(WINDOW_UPDATE, payload=struct.pack(">I", 2**31 - 1)))


def window_of_zero(connection):
    connection.send(frame(WINDOW_UPDATE, payload=bytes(4)))


def tiny_windows(connection):
    """A byte of an answer at a time."""
    connection.send(frame(SETTINGS, payload=struct.pack(">HI", 4, 0)))
    connection.send(frame(HEADERS, 5, 1, block([(":method", "GET"), (":scheme", "http"), (":authority", "x"),
                                                (":path", "/v2")])))
    for _ in range(20_000):
        if not connection.send(frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1))):
            break


def endless_body(connection):
    """More than any body may have."""
    connection.send(frame(HEADERS, 4, 1, block(FIELDS)))
    for _ in range(6000):
        if not connection.send(frame(DATA, 0, 1, bytes(16_384))):
            break
    leave(connection)


def pings(connection):
    for _ in range(200):
        if not connection.send(frame(PING, payload=bytes(8)) * 100):
            break


def settings(connection):
    for _ in range(200):
        if not connection.send(frame(SETTINGS, payload=struct.pack(">HI", 4, 65_535)) * 100):
            break


def priorities(connection):
    for _ in range(200):
        if not connection.send(frame(PRIORITY, 0, 1, bytes(4) + b"\1") * 100):
            break


def empty_data(connection):
    connection.send(frame(HEADERS, 4, 1, block(FIELDS)))
    for _ in range(200):
        if not connection.send(frame(DATA, 0, 1) * 100):
            break


def unknown_frames(connection):
    """They are passed over, as RFC 9113 says, and nothing is answered."""
    for _ in range(200):
        if not connection.send(frame(99, 0, 0, b"x") * 100):
            break
    leave(connection)


def half_open_streams(connection):
    """As many requests as may be, none with a body that ends; then one more."""
    for stream in range(1, 1001, 2):
        if not connection.send(frame(HEADERS, 4, stream, block(FIELDS)) + frame(DATA, 0, stream, REQUEST[:-1])):
            break
    time.sleep(0.2)
    leave(connection)


def unfinished_messages(connection):
    """Streams of gRPC, each with the beginning of a large message that never ends."""
    fields = FIELDS[:3] + [(":path", "/inference.GRPCInferenceService/ModelStreamInfer"),
                           ("content-type", "application/grpc")]
    message = b"\0" + (60 << 20).to_bytes(4, "big") + bytes(16_000)
    for stream in range(1, 201, 2):
        connection.send(frame(HEADERS, 4, stream, block(fields)) + frame(DATA, 0, stream, message))
    connection.socket.settimeout(4)


def oversized_frame(connection):
    connection.send(frame(HEADERS, 4, 1, block(FIELDS)) + frame(DATA, 0, 1, bytes(16_385)))


def broken_compression(connection):
    connection.send(frame(HEADERS, 5, 1, b"\xff\xff\xff\xff\xff\xff\xff"))


def even_stream(connection):
    connection.send(frame(HEADERS, 5, 2, block(FIELDS)))


def data_without_a_request(connection):
    connection.send(frame(DATA, 0, 5, b"x"))


def push(connection):
    connection.send(frame(PUSH, 4, 1, struct.pack(">I", 2) + block(FIELDS)))




# What to do, and the ending that RFC 9113 or our limits ask for.
ATTACKS = [
    (rapid_reset, "ENHANCE_YOUR_CALM"), (provoked_resets, "ENHANCE_YOUR_CALM|PROTOCOL_ERROR"),
    (continuation_flood, "ENHANCE_YOUR_CALM"), (empty_continuations, "ENHANCE_YOUR_CALM"),
    (header_bomb, "ENHANCE_YOUR_CALM"), (many_fields, "ENHANCE_YOUR_CALM|answer"),
    (zero_window, "closed"), (window_overflow, "FLOW_CONTROL_ERROR"), (window_of_zero, "PROTOCOL_ERROR"),
    (tiny_windows, "ENHANCE_YOUR_CALM"), (endless_body, "answer|FLOW_CONTROL_ERROR"),
    (pings, "ENHANCE_YOUR_CALM"), (settings, "ENHANCE_YOUR_CALM"), (priorities, "ENHANCE_YOUR_CALM"),
    (empty_data, "ENHANCE_YOUR_CALM"), (unknown_frames, "no GOAWAY, closed"),
    (half_open_streams, "REFUSED_STREAM|PROTOCOL_ERROR"), (unfinished_messages, "CANCEL"),
    (oversized_frame, "FRAME_SIZE_ERROR"),
    (broken_compression, "COMPRESSION_ERROR"), (even_stream, "PROTOCOL_ERROR"),
    (data_without_a_request, "PROTOCOL_ERROR"), (push, "PROTOCOL_ERROR"),
]


class Bystander(threading.Thread):
    """Asks for inferences, one after another, and notes how long each takes."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.seconds, self.failures, self.is_over = port, [], 0, False

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        while not self.is_over:
            start = time.perf_counter()
            connection.request("POST", INFER, REQUEST)
            self.failures += connection.getresponse().read().find(b"setosa") < 0
            self.seconds.append(time.perf_counter() - start)
            time.sleep(0.001)

    def stop(self):
        self.is_over = True
        self.join()
        ordered = sorted(self.seconds)
        return ordered[int(len(ordered) * 0.99)] * 1000, len(ordered), self.failures


def resident_mebibytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024


def serve():
    """Starts the binary; returns the process and its port."""
    binary = os.environ.get("DUNLIN_BINARY", ROOT / ".build/release/dunlin")
    log = tempfile.NamedTemporaryFile("r", suffix=".log")
    process = subprocess.Popen(
        [binary, "serve", "--model-repository", ROOT / "model-repository", "--http-port", "0", "--write-timeout", "2s",
         "--body-timeout", "2s"], stdout=log, stderr=log)
    for _ in range(2000):
        text = pathlib.Path(log.name).read_text()
        found = re.search(r"listening.*\bport=(\d+)", text)
        if found and re.search(r"\bready\b", text):
            return process, int(found[1])
        time.sleep(0.01)
    process.kill()
    sys.exit(f"the server is not ready:\n{pathlib.Path(log.name).read_text()}")


def attack_once(attack, port):
    connection = Connection(port)
    attack(connection)
    return connection.end()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    process = None
    if options.pid is None:
        process, options.port = serve()
        options.pid = process.pid
    failed = 0
    try:
        calm = Bystander(options.port)
        calm.start()
        time.sleep(options.seconds)
        p99, count, _ = calm.stop()
        first = resident_mebibytes(options.pid)
        print(f"without an attack: p99 {p99:.2f} ms of {count} requests, {first:.1f} MiB")
        chosen = [each for each in ATTACKS if not options.names or each[0].__name__ in options.names]
        for attack, wanted in chosen:
            before = resident_mebibytes(options.pid)
            bystander = Bystander(options.port)
            bystander.start()
            deadline = time.monotonic() + options.seconds
            endings = {}
            times = 0
            while times == 0 or time.monotonic() < deadline:
                ending = re.sub(r"\d+ ", "", attack_once(attack, options.port))
                endings[ending] = endings.get(ending, 0) + 1
                times += 1
            p99, count, failures = bystander.stop()
            after = resident_mebibytes(options.pid)
            # A client that is told while it still sends may see a reset instead.
            is_right = any(re.search(wanted, ending) for ending in endings) and not failures
            is_right &= all(re.search(wanted + "|reset", ending) for ending in endings)
            failed += not is_right
            shown = "; ".join(f"{number} x {ending}" for ending, number in endings.items())
            print(f"{'ok ' if is_right else 'NOT'} {attack.__name__}: {shown}\n      {before:.1f} -> {after:.1f} MiB; "
                  f"another client's p99 {p99:.2f} ms of {count} requests, {failures} wrong", flush=True)
        last = resident_mebibytes(options.pid)
        print(f"memory: {first:.1f} MiB before, {last:.1f} MiB after")
        failed += last - first > MEMORY_LIMIT
    finally:
        if process:
            process.terminate()
            failed += process.wait() != 0
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
