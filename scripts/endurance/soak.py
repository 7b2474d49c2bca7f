"""A soak: mixed models, reloads, bad input and disconnects at once, with every good answer checked.

    scripts/endurance/soak.py [SECONDS [SEED]]

Clients send the sample requests of all sample models and compare each answer with the first one; beside them one
thread reloads models, one sends broken requests and one hangs up in the middle of requests and answers. A line every
PERIOD seconds tells of resident memory, open descriptors and counts. Exit code 1 on a wrong answer, a failed good
request, or when memory or descriptors grew after the first tenth of the time. Plain Python; needs the release binary.
"""

import collections
import pathlib
import random
import socket
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/python"))

from dunlin_server import MODELS, REPOSITORY, Server, json_of  # noqa: E402

CLIENTS = 4
PERIOD = 30
GROWTH_LIMIT = 4 << 20
BROKEN = [
    b"", b"{", b"[]", b'{"inputs":[]}', b'{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[1]}]}',
    b'{"inputs":[{"name":"input","shape":[-1],"datatype":"FP32","data":[]}]}', b"\xff" * 100, b"[" * 10000,
    b'{"inputs":[{"name":"input","shape":[9223372036854775807,9],"datatype":"FP32","data":[]}]}',
]


class Soak:
    def __init__(self, server, seed):
        self.server = server
        self.seed = seed
        self.stopping = threading.Event()
        self.counts = collections.Counter()
        self.problems = []
        self.bodies = {model: (REPOSITORY / model / "sample-request.json").read_bytes() for model in MODELS}
        self.expected = {model: self.outputs(self.infer(model)) for model in MODELS}

    def infer(self, model, connection=None):
        return self.server.post(f"/v2/models/{model}/infer", self.bodies[model], connection=connection,
                                headers={"Content-Type": "application/json"})

    @staticmethod
    def outputs(answer):
        assert answer.status == 200, answer
        return json_of(answer)["outputs"]

    def loop(self, work, number):
        choice = random.Random(f"{self.seed} {work.__name__} {number}")
        while not self.stopping.is_set():
            try:
                work(choice)
            except Exception as problem:  # whatever goes wrong is told at the end
                self.problems.append(f"{work.__name__}: {problem!r}")
                time.sleep(0.1)

    def good(self, choice):
        """A connection's life of good requests."""
        connection = self.server.connection()
        for _ in range(choice.randrange(1, 200)):
            model = choice.choice(MODELS)
            outputs = self.outputs(self.infer(model, connection))
            if outputs != self.expected[model]:
                self.problems.append(f"{model} answered {outputs} instead of {self.expected[model]}")
            self.counts["good"] += 1
            if self.stopping.is_set():
                break
        connection.close()

    def reloads(self, choice):
        answer = self.server.post(f"/v2/repository/models/{choice.choice(MODELS)}/load", {})
        assert answer.status == 200, answer
        self.counts["reloads"] += 1
        time.sleep(0.05)

    def bad(self, choice):
        answer = self.server.post(f"/v2/models/{choice.choice(MODELS)}/infer", choice.choice(BROKEN),
                                  headers={"Content-Type": "application/json"})
        assert 400 <= answer.status < 500, answer
        self.counts["bad"] += 1
        time.sleep(0.002)

    def disconnects(self, choice):
        model = choice.choice(MODELS)
        body = self.bodies[model]
        message = (b"POST /v2/models/%s/infer HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
                   % (model.encode(), len(body))) + body
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as sock:
            sock.sendall(message[:choice.randrange(len(message) + 1)])
            if choice.random() < 0.3:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.counts["disconnects"] += 1
        time.sleep(0.002)

    def run(self, seconds):
        threads = [threading.Thread(target=self.loop, args=(self.good, number)) for number in range(CLIENTS)]
        threads += [threading.Thread(target=self.loop, args=(work, 0))
                    for work in (self.reloads, self.bad, self.disconnects)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        samples = []
        while (passed := time.monotonic() - began) < seconds and len(self.problems) < 20:
            time.sleep(min(PERIOD, seconds / 20, seconds - passed + 0.01))
            samples.append((time.monotonic() - began, self.server.resident_bytes(), self.server.open_descriptors()))
            counts = ", ".join(f"{count} {name}" for name, count in sorted(self.counts.items()))
            print(f"{samples[-1][0]:6.0f} s  resident {samples[-1][1] / 2**20:7.2f} MiB  "
                  f"descriptors {samples[-1][2]:3}  {counts}", flush=True)
        self.stopping.set()
        for thread in threads:
            thread.join()
        return samples, seconds


def verdict(samples, seconds):
    """Medians of the tenth after the first and of the last, so that one busy moment decides nothing."""
    def median(values):
        return sorted(values)[len(values) // 2]

    early = [sample for sample in samples if seconds * 0.1 <= sample[0] <= seconds * 0.3] or samples[:1]
    late = [sample for sample in samples if sample[0] >= seconds * 0.8] or samples[-1:]
    memory = median([s[1] for s in late]) - median([s[1] for s in early])
    descriptors = median([s[2] for s in late]) - median([s[2] for s in early])
    print(f"resident {memory / 2**20:+.2f} MiB, descriptors {descriptors:+} from the first third to the end")
    return memory < GROWTH_LIMIT and descriptors < CLIENTS + 3


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 600
    with Server() as server:
        soak = Soak(server, sys.argv[2] if len(sys.argv) > 2 else "1")
        is_flat = verdict(*soak.run(seconds))
    for problem in soak.problems[:20]:
        print(f"PROBLEM {problem}")
    print(f"{len(soak.problems)} problems, {soak.counts['good']} good answers all compared")
    sys.exit(0 if is_flat and not soak.problems else 1)


main()
