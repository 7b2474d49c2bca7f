"""The p99 of 8 clients at work beside 10,000 idle connections and 1,000 that send slowly.

    scripts/bench-connections.sh [IDLE [SLOW [ROUNDS [SECONDS]]]]

The clients (wrk) post the small JSON inference. They are measured alone, beside the idle connections, and beside both,
in turns, so that the ratios stand where absolute figures do not. A slow connection sends a body of 1 MB at 300 bytes a
second, just above what the server lets pass (`--min-transfer-rate`). Memory for an idle connection is what the server's
private memory grows by. Plain Python, no packages.
"""

import re
import resource
import socket
import statistics
import subprocess
import sys
import threading
import time

from server import ROOT, Server

BODY = ROOT / "model-repository/iris/sample-request.json"
PATH = "/v2/models/iris/infer"
GOAL_BYTES = 8 << 10


def load(port, seconds):
    """p50 and p99 in µs, requests a second."""
    result = subprocess.run(
        ["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", ROOT / "scripts/bench/post.lua",
         f"http://127.0.0.1:{port}{PATH}", "--", BODY], capture_output=True, text=True, check=True)
    requests, errors, half, most = map(int, re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", result.stdout).groups())
    if errors or not requests:
        sys.exit(f"{errors} errors in {requests} requests")
    return half, most, requests / seconds


class Slow:
    """Connections that send a body slowly, until stopped."""

    def __init__(self, port, count):
        head = b"POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n" % PATH.encode()
        self.connections = [socket.create_connection(("127.0.0.1", port), timeout=60) for _ in range(count)]
        for connection in self.connections:
            connection.sendall(head)
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.send)
        self.thread.start()

    def send(self):
        while self.connections and not self.ended.is_set():
            for connection in self.connections:
                connection.sendall(b" " * 300)
                if self.ended.wait(1 / len(self.connections)):
                    return

    def stop(self):
        self.ended.set()
        self.thread.join()
        for connection in self.connections:
            connection.close()


def main():
    numbers = [int(argument) for argument in sys.argv[1:]]
    idle_count, slow_count, rounds, seconds = (numbers + [10_000, 1000, 3, 4][len(numbers):])[:4]
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard < idle_count + slow_count + 100:
        sys.exit(f"{hard} open files are allowed, {idle_count + slow_count + 100} are needed")
    server = Server(ROOT / "model-repository", "--http-threads", "1", "--max-connections",
                    str(idle_count + slow_count + 100), "--idle-timeout", "3600s")
    figures = {"alone": [], "idle": [], "idle and slow": []}
    growth = []
    try:
        load(server.port, 1)
        for _ in range(rounds):
            figures["alone"].append(load(server.port, seconds))
            before = server.memory()[1]
            idle = [socket.create_connection(("127.0.0.1", server.port), timeout=60) for _ in range(idle_count)]
            for connection in idle:
                # Each has had an answer: what a connection keeps after its first request is counted too.
                connection.sendall(b"GET /v2/health/live HTTP/1.1\r\nHost: a\r\n\r\n")
            for connection in idle:
                connection.recv(4096)
            growth.append((server.memory()[1] - before) / max(1, idle_count))
            figures["idle"].append(load(server.port, seconds))
            slow = Slow(server.port, slow_count)
            figures["idle and slow"].append(load(server.port, seconds))
            slow.stop()
            for connection in idle:
                connection.close()
            time.sleep(0.5)
    finally:
        server.stop()
    print(f"{idle_count} idle connections, {slow_count} slow ones, 8 clients; {rounds} rounds of {seconds} s in turns")
    for name, runs in figures.items():
        half, most, rate = (statistics.median(column) for column in zip(*runs))
        ratio = statistics.median(run[1] / alone[1] for run, alone in zip(runs, figures["alone"]))
        print(f"  {name:<14} p50 {half:5.0f} µs  p99 {most:6.0f} µs  {rate:7.0f} requests/s  p99 ratio {ratio:.2f}")
    # The first round: later ones find memory that the round before has given back to the allocator.
    print(f"  {growth[0]:.0f} bytes of private memory for an idle connection (goal: at most {GOAL_BYTES})")
    sys.exit(0 if growth[0] <= GOAL_BYTES else 1)


main()
