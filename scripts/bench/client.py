"""Two clients in turns on one server, iris with one row: requests a second, and processor time on both sides for each.

    scripts/bench-client.sh [rounds, 3] [seconds of each run, 3]

The server has one core and the client another, where there are two.
"""

import json
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time

from server import BINARY, ROOT, free_port

BODY = b'{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}'
# ModelInferRequest: model_name, inputs, raw_input_contents; behind its gRPC prefix.
INPUT = b"\x0a\x05input\x12\x04FP32\x1a\x02\x01\x04"
MESSAGE = b"\x0a\x04iris" + b"\x2a" + bytes([len(INPUT)]) + INPUT + b"\x3a\x10" + struct.pack("<4f", 5.1, 3.5, 1.4, 0.2)
METHOD = "inference.GRPCInferenceService/ModelInfer"
# Connections, and requests at once on each.
LOADS = [(1, 1), (1, 32), (4, 16), (16, 32)]


def pinned(core):
    if (os.cpu_count() or 1) < 2:
        return None
    return lambda: os.sched_setaffinity(0, {core})


def client_run(command):
    """Standard output, and the processor seconds of the command."""
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=pinned(1))
    after = os.times()
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout, after.children_user + after.children_system - before.children_user - before.children_system


class Measure:
    def __init__(self, seconds):
        self.seconds = seconds
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory()
        self.server = subprocess.Popen(
            [BINARY, "serve", "--model-repository", ROOT / "model-repository", "--http-port", str(self.port),
             "--http-threads", "1", "--log-level", "error"], preexec_fn=pinned(0))
        deadline = time.monotonic() + 60
        while subprocess.run([BINARY, "bench", "--url", f"http://127.0.0.1:{self.port}", "--model", "iris", "--requests",
                              "1", "--warm-up", "0", "--quiet"], capture_output=True).returncode != 0:
            if time.monotonic() > deadline:
                self.server.kill()
                sys.exit("the server does not answer")
            time.sleep(0.05)

    def stop(self):
        self.server.terminate()
        self.server.wait()

    def server_seconds(self):
        return time.clock_gettime((~self.server.pid << 3) | 2)

    def h2load(self, connections, streams, is_grpc):
        body = os.path.join(self.folder.name, "body")
        with open(body, "wb") as file:
            file.write(b"\x00" + struct.pack(">I", len(MESSAGE)) + MESSAGE if is_grpc else BODY)
        path = METHOD if is_grpc else "v2/models/iris/infer"
        flags = ["-H", "content-type: application/grpc", "-H", "te: trailers"] if is_grpc else ["-p", "http/1.1"]
        output, client = client_run(["h2load", f"--duration={self.seconds}", "-c", str(connections), "-m", str(streams),
                                     "-t", "1", "-d", body, *flags, f"http://127.0.0.1:{self.port}/{path}"])
        count = int(re.search(r"requests:.* (\d+) succeeded", output)[1])
        return count, client

    def dunlin(self, connections, streams, is_grpc):
        flags = ["--connections", str(connections)] if is_grpc else []
        output, client = client_run([BINARY, "bench", "--url", f"{'grpc' if is_grpc else 'http'}://127.0.0.1:{self.port}",
                                     "--model", "iris", "--concurrency", str(connections * streams), "--duration",
                                     f"{self.seconds}s", "--warm-up", "0", "--quiet", "--json", *flags])
        (step,) = json.loads(output)["steps"]
        return step["succeeded"], client

    def row(self, client, load, is_grpc):
        before = self.server_seconds()
        count, client_seconds = getattr(self, client)(*load, is_grpc)
        server_seconds = self.server_seconds() - before
        return count / self.seconds, client_seconds / count * 1e6, server_seconds / count * 1e6


def main():
    rounds, seconds = (int(sys.argv[i]) if len(sys.argv) > i else 3 for i in (1, 2))
    measure = Measure(seconds)
    try:
        print("protocol connections streams client  requests/s  client-us  server-us")
        for is_grpc, load in [(True, load) for load in LOADS] + [(False, (1, 1)), (False, (16, 1))]:
            found = {"h2load": [], "dunlin": []}
            for _ in range(rounds):
                for client, rows in found.items():
                    rows.append(measure.row(client, load, is_grpc))
            for client, rows in found.items():
                rate, client_us, server_us = (statistics.median(column) for column in zip(*rows))
                print(f"{'grpc' if is_grpc else 'http/1.1':8} {load[0]:11} {load[1]:7} {client:6} {rate:11.0f} "
                      f"{client_us:10.2f} {server_us:10.2f}", flush=True)
    finally:
        measure.stop()


main()
