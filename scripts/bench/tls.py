"""What TLS costs: the same requests with it and without it, in turns, and the server's own CPU time for each.

    scripts/bench-tls.sh [rounds]
"""

import json
import pathlib
import socket
import ssl
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from server import BINARY, ROOT, free_port

IDLE_CONNECTIONS = 1000


class Server:
    """`dunlin serve` with one event loop, with TLS or without."""

    def __init__(self, *arguments):
        self.port = free_port()
        self.process = subprocess.Popen(
            [BINARY, "serve", "--model-repository", ROOT / "model-repository", "--http-port", str(self.port),
             "--http-threads", "1", "--log-level", "error", *arguments])
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                break
            except OSError:
                if time.monotonic() > deadline:
                    self.process.kill()
                    sys.exit("the server does not listen")
                time.sleep(0.01)

    def cpu_seconds(self):
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def resident(self):
        for line in pathlib.Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) << 10
        return 0

    def connect(self, context=None):
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return context.wrap_socket(plain, server_hostname="localhost") if context else plain


def exchange(connection, request):
    connection.sendall(request)
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(next(line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")))
    count = len(body)
    while count < length:
        count += len(connection.recv(min(1 << 20, length - count)))
    assert b" 200 " in head[:20], head
    return count


def iris_request(rows):
    values = struct.pack("<4f", 5.1, 3.5, 1.4, 0.2) * rows
    head = json.dumps({
        "inputs": [{"name": "input", "shape": [rows, 4], "datatype": "FP32",
                    "parameters": {"binary_data_size": len(values)}}],
        "outputs": [{"name": "output_probability", "parameters": {"binary_data": True}}],
    }).encode()
    return (f"POST /v2/models/iris/infer HTTP/1.1\r\nHost: a\r\nInference-Header-Content-Length: {len(head)}\r\n"
            f"Content-Length: {len(head) + len(values)}\r\n\r\n").encode() + head + values


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        certificate, key = f"{folder}/server.pem", f"{folder}/server.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout",
                        key, "-out", certificate], check=True, capture_output=True)
        context = ssl.create_default_context(cafile=certificate)
        older = ssl.create_default_context(cafile=certificate)
        older.maximum_version = ssl.TLSVersion.TLSv1_2
        plain, tls = Server(), Server("--tls-certificate", certificate, "--tls-key", key)
        sides = {"plain": (plain, None), "TLS 1.3": (tls, context), "TLS 1.2": (tls, older)}
        try:
            for server, _ in sides.values():
                deadline = time.monotonic() + 30
                while time.monotonic() < deadline:
                    try:
                        exchange(server.connect(context if server is tls else None), iris_request(1))
                        break
                    except AssertionError:
                        time.sleep(0.05)
            measure(sides, rounds)
            idle(plain, None, "plain")
            idle(tls, context, "TLS 1.3")
        finally:
            for server in (plain, tls):
                server.process.kill()
                server.process.wait()


def measure(sides, rounds):
    figures = {}
    for _ in range(rounds):
        for name, (server, context) in sides.items():
            for what, size, count in [("iris, 1 row", 1, 1000), ("iris, 10,000 rows", 10_000, 50)]:
                request = iris_request(size)
                with server.connect(context) as connection:
                    exchange(connection, request)
                    began = server.cpu_seconds()
                    for _ in range(count):
                        exchange(connection, request)
                    figures.setdefault(what, {}).setdefault(name, []).append((server.cpu_seconds() - began) / count)
            began, start = server.cpu_seconds(), time.monotonic()
            for _ in range(200):
                server.connect(context).close()
            # The server learns of the last ones a moment later.
            took = time.monotonic() - start
            time.sleep(0.05)
            figures.setdefault("a connection", {}).setdefault(name, []).append((server.cpu_seconds() - began) / 200)
            figures.setdefault("connections a second, one client", {}).setdefault(name, []).append(200 / took)
    for what, values in figures.items():
        is_rate = "a second" in what
        parts = []
        for name in sides:
            middle = statistics.median(values[name])
            parts.append(f"{name} {middle:,.0f}" if is_rate else f"{name} {middle * 1e6:,.1f} us CPU")
        if what == "a connection":
            parts.append(f"that is {1 / statistics.median(values['TLS 1.3']):,.0f} handshakes a second and core")
        print(f"{what}: {', '.join(parts)}")


def idle(server, context, name):
    request = iris_request(1)
    warm = [server.connect(context) for _ in range(50)]
    for connection in warm:
        exchange(connection, request)
    before = server.resident()
    held = [server.connect(context) for _ in range(IDLE_CONNECTIONS)]
    for connection in held:
        exchange(connection, request)
    time.sleep(0.5)
    grown = (server.resident() - before) / IDLE_CONNECTIONS
    print(f"memory of an idle connection that has served a request: {name} {grown / 1024:,.1f} KiB")
    for connection in held + warm:
        connection.close()


if __name__ == "__main__":
    main()
