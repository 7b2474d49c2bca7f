"""Starts a server on a free port of this machine, and reads what it uses. Shared by the scripts of this folder."""

import http.client
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = pathlib.Path(os.environ.get("DUNLIN_BINARY", ROOT / ".build/release/dunlin"))


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """`dunlin serve` with these arguments, ready; `ready_seconds` tells how long that took."""

    def __init__(self, repository, *arguments, prefix=()):
        self.port = free_port()
        began = time.monotonic()
        self.process = subprocess.Popen(
            [*prefix, BINARY, "serve", "--model-repository", repository, "--http-port", str(self.port), "--log-level",
             "error", *arguments], stdout=subprocess.DEVNULL)
        request = b"GET /v2/health/ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=10) as connection:
                    connection.sendall(request)
                    if connection.recv(4096).startswith(b"HTTP/1.1 200"):
                        break
            except OSError:
                pass
            if self.process.poll() is not None:
                sys.exit(f"the server ended with {self.process.returncode}")
            if time.monotonic() - began > 60:
                self.stop()
                sys.exit("the server is not ready after 60 s")
            time.sleep(0.0005)
        self.ready_seconds = time.monotonic() - began

    def memory(self):
        """Resident and private bytes."""
        text = pathlib.Path(f"/proc/{self.process.pid}/smaps_rollup").read_text()
        value = {name: int(number) << 10 for name, number in re.findall(r"(\w+): +(\d+) kB", text)}
        return value["Rss"], value["Private_Clean"] + value["Private_Dirty"]

    def cpu_seconds(self):
        """CPU time of the process, ended threads included: its clock's id is made from its own."""
        return time.clock_gettime((~self.process.pid << 3) | 2)

    def post(self, path, body):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer.status

    def stop(self):
        self.process.kill()
        self.process.wait()
