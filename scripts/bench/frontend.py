"""CPU time of one small JSON inference beside a bare epoll echo of the same sizes.

    scripts/bench-frontend.sh [ROUNDS [SECONDS]]

The server and the echo run on CPU 0, one at a time, in turns; the load on CPU 1. Prints medians of CPU µs a request and
their ratio, and of the same ratio in each round: both servers see the same machine, so the ratio stands where absolute
figures do not. Plain Python, no packages.
"""

import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("DUNLIN_BINARY", ROOT / ".build/release/dunlin"))
BODY = ROOT / "model-repository/iris/sample-request.json"
PATH = "/v2/models/iris/infer"
GOAL = 2.5
CONNECTIONS = (8, 1)


def pinned(cpu, *command):
    return ["taskset", "-c", str(cpu), *map(str, command)] if os.cpu_count() > 1 else list(map(str, command))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def exchange(port):
    """One request and the whole answer, as bytes."""
    body = BODY.read_bytes()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(
            b"POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
            % (PATH.encode(), len(body)) + body)
        received = b""
        while True:
            received += connection.recv(65536)
            head, separator, rest = received.partition(b"\r\n\r\n")
            length = re.search(rb"(?i)content-length: *(\d+)", head)
            if separator and length and len(rest) >= int(length[1]):
                return received


def wait_for(port, process):
    for _ in range(5000):
        if process.poll() is not None:
            sys.exit(f"a server ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.002)
    sys.exit("a server does not listen")


def cpu_seconds(pid):
    """CPU time of the whole process, ended threads included: the clock id of a process is made from its id."""
    return time.clock_gettime((~pid << 3) | 2)


def measure(pid, port, connections, seconds):
    """CPU µs a request, requests a second, median latency in µs."""
    before, began = cpu_seconds(pid), time.monotonic()
    result = subprocess.run(
        pinned(1, "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", ROOT / "scripts/bench/post.lua",
               f"http://127.0.0.1:{port}{PATH}", "--", BODY), capture_output=True, text=True, check=True)
    spent, took = cpu_seconds(pid) - before, time.monotonic() - began
    requests, errors, latency = map(int, re.search(r"RESULT (\d+) (\d+) (\d+) ", result.stdout).groups())
    if errors or not requests:
        sys.exit(f"{errors} errors in {requests} requests")
    return spent / requests * 1e6, requests / took, latency


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dunlin-bench-"))
    subprocess.run([os.environ.get("CC", "cc"), "-O2", "-o", folder / "echo", ROOT / "scripts/bench/echo.c"], check=True)
    port, echo_port = free_port(), free_port()
    server = subprocess.Popen(
        pinned(0, BINARY, "serve", "--model-repository", ROOT / "model-repository", "--http-port", port,
               "--http-threads", 1, "--log-level", "error"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    echo = None
    try:
        wait_for(port, server)
        for _ in range(500):
            answer = exchange(port)
            if b"setosa" in answer:
                break
            time.sleep(0.01)
        else:
            sys.exit(f"no inference: {answer}")
        (folder / "response").write_bytes(answer)
        echo = subprocess.Popen(pinned(0, folder / "echo", echo_port, folder / "response"))
        wait_for(echo_port, echo)
        print(f"front end: POST {PATH}, {BODY.stat().st_size} bytes of body, {len(answer)} bytes of answer; "
              f"{rounds} rounds of {seconds} s in turns")
        worst = None
        for connections in CONNECTIONS:
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(measure(server.pid, port, connections, seconds))
                theirs.append(measure(echo.pid, echo_port, connections, seconds))
            ratio = statistics.median(a[0] / b[0] for a, b in zip(ours, theirs))
            for name, runs in (("dunlin", ours), ("epoll echo", theirs)):
                cpu, rate, latency = (statistics.median(column) for column in zip(*runs))
                print(f"  {connections} connections  {name:<10}  {cpu:6.2f} CPU µs a request  {rate:8.0f} requests/s  "
                      f"median latency {latency:.0f} µs")
            print(f"  {connections} connections  ratio {ratio:.2f} (goal: at most {GOAL})")
            worst = ratio if worst is None else worst
        sys.exit(0 if worst <= GOAL else 1)
    finally:
        for process in (server, echo):
            if process is not None:
                process.kill()
                process.wait()
        subprocess.run(["rm", "-rf", str(folder)])


main()
