"""A soak: mixed models, reloads, bad input and disconnects at once, with every good answer checked.

    .venv/bin/python scripts/endurance/soak.py [--tls] [SECONDS [SEED]]

Clients send the sample requests of all sample models over HTTP and gRPC (calls and streams) and compare each answer with
the first one; beside them one thread reloads models, some send broken requests and some hang up in the middle of requests
and answers. With --tls all of that is encrypted, and the server's certificate is another one every few seconds. A line every
PERIOD seconds tells of resident memory, open descriptors and counts. Exit code 1 on a wrong answer, a failed good
request, or when memory or descriptors grew after the first tenth of the time. Needs the release binary (DUNLIN_BINARY
names another, such as one with a sanitizer) and the packages of the client tests (scripts/python-env.sh).
"""

import argparse
import collections
import pathlib
import random
import socket
import struct
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/python"))

from dunlin_server import MODELS, REPOSITORY, Server, json_of  # noqa: E402
from grpc_clients import GRPCClients  # noqa: E402
from tls_server import Authority, TLSServer  # noqa: E402

CLIENTS = 4
PERIOD = 30
GROWTH_LIMIT = 4 << 20
BROKEN = [
    b"", b"{", b"[]", b'{"inputs":[]}', b'{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[1]}]}',
    b'{"inputs":[{"name":"input","shape":[-1],"datatype":"FP32","data":[]}]}', b"\xff" * 100, b"[" * 10000,
    b'{"inputs":[{"name":"input","shape":[9223372036854775807,9],"datatype":"FP32","data":[]}]}',
]


class Soak:
    def __init__(self, server, seed, authority=None):
        """`authority`: whose certificates the server shows, in the files that it reads; none for plain text."""
        self.server = server
        self.seed = seed
        self.authority = authority
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
        with self.socket() as sock:
            sock.sendall(message[:choice.randrange(len(message) + 1)])
            if choice.random() < 0.3:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.counts["disconnects"] += 1
        time.sleep(0.002)

    def socket(self):
        if self.authority:
            return self.server.socket()
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=10)

    def certificates(self, choice):
        """Another certificate and its key in the files of the one that the server shows."""
        self.authority.replace("server", f"soak-{choice.randrange(10 ** 6)}")
        self.counts["certificates"] += 1
        time.sleep(5)

    def run(self, seconds):
        root = pathlib.Path(self.authority["authority.pem"]).read_bytes() if self.authority else None
        works = [self.reloads, self.bad, self.disconnects, *GRPCClients(self, root).works]
        works += [self.certificates] if self.authority else []
        threads = [threading.Thread(target=self.loop, args=(self.good, number)) for number in range(CLIENTS)]
        threads += [threading.Thread(target=self.loop, args=(work, 0)) for work in works]
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
    arguments = argparse.ArgumentParser(usage="soak.py [--tls] [SECONDS [SEED]]")
    arguments.add_argument("--tls", action="store_true")
    arguments.add_argument("seconds", nargs="?", type=float, default=600)
    arguments.add_argument("seed", nargs="?", default="1")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        authority = Authority(pathlib.Path(folder)) if chosen.tls else None
        if authority:
            authority.make_authority("authority")
            authority.make("server")
        with TLSServer(authority) if authority else Server() as server:
            soak = Soak(server, chosen.seed, authority)
            is_flat = verdict(*soak.run(chosen.seconds))
    for problem in soak.problems[:20]:
        print(f"PROBLEM {problem}")
    answers = soak.counts["good"] + soak.counts["good gRPC"]
    print(f"{len(soak.problems)} problems, {answers} good answers all compared")
    sys.exit(0 if is_flat and not soak.problems else 1)


main()
