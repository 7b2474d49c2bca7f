#!/usr/bin/env python3
"""Constant load while models are reloaded, loaded and unloaded, and at last the server is told to stop.

    scripts/endurance/changes_under_load.py [CHANGES [CLIENTS]]

Clients post to LOADED over keep-alive connections and check each answer. Meanwhile that model is reloaded CHANGES times,
then OTHER is loaded and unloaded CHANGES times, then SIGTERM is sent. A request fails when it gets another status or
another answer, or when its connection ends. The only exception is after SIGTERM: a connection that is refused, or closed
without a byte of the answer, took no request. Exit code 1 on a failed request or change, or another exit code than 0.
Plain Python; needs the release binary.
"""

import collections
import json
import os
import pathlib
import re
import shutil
import socket
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/python"))

from dunlin_server import REPOSITORY, Server, json_of  # noqa: E402

LOADED, OTHER = "digits_mlp", "iris"
# Answers between two changes, so that each meets requests in flight, and that a reload is seen by its counters.
BETWEEN = 100


class Load:
    def __init__(self, server, clients):
        self.server = server
        self.path = f"/v2/models/{LOADED}/infer"
        self.body = (REPOSITORY / LOADED / "sample-request.json").read_bytes()
        self.expected = self.outputs(server.post(self.path, self.body).body)
        self.phase = "reloads of the model"
        # (phase, what became of a request)
        self.counts = collections.Counter()
        self.lock = threading.Lock()
        self.problems = []
        self.stopping = threading.Event()
        self.has_ended = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def outputs(body):
        return json.loads(body)["outputs"]

    def note(self, what, problem=None):
        with self.lock:
            self.counts[self.phase, what] += 1
            if problem:
                self.problems.append(f"{self.phase}: {problem}")

    def run(self):
        head = f"POST {self.path} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(self.body)}\r\n\r\n".encode()
        connection = None
        while not self.has_ended.is_set():
            received = bytearray()
            try:
                connection = connection or socket.create_connection(("127.0.0.1", self.server.port), timeout=60)
                connection.sendall(head + self.body)
                closes = self.receive(connection, received)
            except OSError as error:
                if self.stopping.is_set() and not received and isinstance(error, ConnectionError):
                    self.note("refused" if isinstance(error, ConnectionRefusedError) else "closed without a byte")
                    time.sleep(0.005)
                else:
                    self.note("failed", f"{error!r} after {len(received)} bytes of an answer")
                closes = True
            else:
                status, _, body = bytes(received).partition(b"\r\n\r\n")
                if status.startswith(b"HTTP/1.1 200 ") and self.outputs(body) == self.expected:
                    self.note("answered")
                else:
                    self.note("failed", bytes(received[:300]))
            if closes and connection:
                connection.close()
                connection = None

    @staticmethod
    def receive(connection, received):
        """Reads one answer into `received`; whether it says that the connection ends."""
        while True:
            head, end, body = received.partition(b"\r\n\r\n")
            if end and len(body) >= int(re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)[1]):
                return re.search(rb"(?i)\r\nconnection: *close", head) is not None
            chunk = connection.recv(65536)
            if not chunk:
                raise ConnectionResetError("closed")
            received += chunk

    def answered(self):
        return sum(count for (_, what), count in self.counts.copy().items() if what == "answered")

    def inference_count(self):
        """What the loaded version has counted; it begins anew when it is loaded again."""
        return json_of(self.server.get(f"/v2/models/{LOADED}/stats"))["model_stats"][0]["inference_count"]

    def wait_for_answers(self, count):
        goal = self.answered() + count
        deadline = time.monotonic() + 60
        while self.answered() < goal:
            assert time.monotonic() < deadline, "no answers any more"
            time.sleep(0.001)


def change(server, load, model, action):
    answer = server.post(f"/v2/repository/models/{model}/{action}", {})
    if answer.status != 200:
        load.problems.append(f"{action} of {model}: {answer.status} {answer.body[:200]}")


def main():
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 50
    clients = int(sys.argv[2]) if len(sys.argv) > 2 else 8
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dunlin-changes-"))
    try:
        for model in (LOADED, OTHER):
            shutil.copytree(REPOSITORY / model, folder / model)
        sys.exit(0 if run(folder, changes, clients) else 1)
    finally:
        shutil.rmtree(folder)


def run(folder, changes, clients):
    """Whether nothing failed."""
    file = next((folder / LOADED).glob("[0-9]*/model.*"))
    with Server(repository=folder) as server:
        load = Load(server, clients)
        try:
            for number in range(changes):
                load.wait_for_answers(BETWEEN)
                # Files that are the same as before are not loaded again.
                os.utime(file, (number, number))
                answered = load.answered()
                before = load.inference_count()
                change(server, load, LOADED, "load")
                after = load.inference_count()
                # What is counted now came after the reload, so after `answered` was read; the others are on their way.
                if after > load.answered() - answered + clients:
                    load.problems.append(f"the model was not loaded again: {before} inferences before, {after} after")
            load.phase = "loads and unloads of another"
            for _ in range(changes):
                for action in ("unload", "load"):
                    load.wait_for_answers(BETWEEN // 2)
                    change(server, load, OTHER, action)
            ready = json_of(server.get(f"/v2/models/{LOADED}"))
            load.wait_for_answers(BETWEEN)
            load.phase = "SIGTERM"
            load.stopping.set()
            code = server.terminate()
        finally:
            load.stopping.set()
            load.has_ended.set()
            for thread in load.threads:
                thread.join()
    phases = list(dict.fromkeys(phase for phase, _ in load.counts))
    print(f"{clients} clients on {ready['name']}, {changes} changes of each kind")
    for phase in phases:
        kinds = ", ".join(f"{count} {what}" for (of, what), count in sorted(load.counts.items()) if of == phase)
        print(f"  {phase:<30} {kinds}")
    failed = sum(count for (_, what), count in load.counts.items() if what == "failed")
    print(f"{failed} failed of {failed + load.answered()} accepted; exit code {code}")
    for problem in load.problems[:20]:
        print(f"PROBLEM {problem}")
    return not load.problems and not failed and code == 0 and len(phases) == 3


main()
