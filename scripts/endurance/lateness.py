#!/usr/bin/env python3
"""Far more requests than a slow model can run: how much of its work was for clients that were late or gone?

    scripts/endurance/lateness.py [SECONDS [REPOSITORY [MODEL [ROWS]]]]

A model with two versions, both the same files. Version 1 gets everything at once: patient clients, clients with a short
`Request-Timeout`, and clients that hang up after a few milliseconds. Version 2 gets only clients that hang up, all after
GONE_AFTER seconds, so that its histogram of queue times tells exactly which of its requests began to run after that.
Rows that ran, from /metrics, are compared with the answers that clients had in time. Exit code 1 when a request was picked
up although its client was late or gone, or a patient client was not answered. Plain Python; needs the release binary.
"""

import collections
import http.client
import os
import pathlib
import random
import re
import shutil
import socket
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/python"))
sys.path.insert(0, str(ROOT / "scripts/bench"))

from dunlin_server import REPOSITORY, Server, json_of  # noqa: E402
from zero_request import zero_request  # noqa: E402

PATIENT, SHORT, LEAVING = 4, 4, 4
GONE_AFTER = 0.009
# A bucket's bound a little above: what began later than this ran for nobody.
GONE_BOUND = "0.01"
LEAST_RUN = 0.03


def two_versions(repository, model, folder):
    """The model's files as versions 1 and 2 of one model."""
    source, target = repository / model, folder / model
    shutil.copytree(source, target, ignore=lambda _, names: [name for name in names if name.isdigit()])
    files = min((path for path in source.iterdir() if path.name.isdigit()), key=lambda path: int(path.name))
    for version in "12":
        shutil.copytree(files, target / version)
    with (target / "config.pbtxt").open("a") as config:
        config.write("\nversion_policy { all { } }\n")


def metric(text, name, **labels):
    """The sum of the samples with these labels."""
    total = 0.0
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name:
            given = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if all(given.get(label) == value for label, value in labels.items()):
                total += float(found[3])
    return total


class Lateness:
    def __init__(self, server, model, rows):
        self.server = server
        self.model = model
        inputs = json_of(server.get(f"/v2/models/{model}"))["inputs"]
        for tensor in inputs:
            tensor["shape"][0] = rows
        head, self.body = zero_request(inputs)
        self.head_length = len(head)
        self.stopping = threading.Event()
        self.counts = collections.Counter()
        self.problems = []
        # Of answers that came after their time: by how much.
        self.delays = []
        self.run = self.measured_run()

    def path(self, version):
        return f"/v2/models/{self.model}/versions/{version}/infer"

    def infer(self, connection, version, **headers):
        """Status, and the seconds since the request was sent."""
        headers["Inference-Header-Content-Length"] = str(self.head_length)
        connection.request("POST", self.path(version), self.body, headers)
        sent = time.monotonic()
        response = connection.getresponse()
        response.read()
        return response.status, time.monotonic() - sent

    def measured_run(self):
        """The median of one version's runs one by one; both versions learn their cost."""
        times = []
        for version in (1, 2):
            connection = self.server.connection()
            for _ in range(5):
                status, seconds = self.infer(connection, version)
                assert status == 200, status
                times.append(seconds)
            connection.close()
        return sorted(times)[len(times) // 2]

    def loop(self, work, number, *more):
        choice = random.Random(f"{work.__name__} {number}")
        connection = self.server.connection(timeout=120)
        while not self.stopping.is_set():
            try:
                work(choice, connection, *more)
            except (OSError, http.client.HTTPException) as problem:
                self.problems.append(f"{work.__name__}: {problem!r}")
                connection.close()
        connection.close()

    def patient(self, choice, connection):
        status, _ = self.infer(connection, 1)
        self.counts[f"patient {status}"] += 1
        if status != 200:
            self.problems.append(f"a patient client was answered {status}")

    def short(self, choice, connection):
        limit = self.run * choice.uniform(0.2, 6)
        status, seconds = self.infer(connection, 1, **{"Request-Timeout": f"{limit:.4f}"})
        if status == 200:
            self.counts["short in time" if seconds <= limit else "short late"] += 1
            if seconds > limit:
                self.delays.append(seconds - limit)
        else:
            self.counts[f"short {status}"] += 1
            time.sleep(self.run / 4)

    def leaving(self, choice, connection, version, latest):
        head = (f"POST {self.path(version)} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(self.body)}\r\n"
                f"Inference-Header-Content-Length: {self.head_length}\r\n\r\n").encode()
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=60) as own:
            own.sendall(head + self.body)
            time.sleep(latest if version == 2 else choice.uniform(0.001, latest))
        self.counts[f"left version {version}"] += 1
        time.sleep(self.run / 3)

    def spend(self, seconds):
        """The counters before and after; all that was sent is settled by then."""
        before = self.settled()
        threads = [threading.Thread(target=self.loop, args=(self.patient, i)) for i in range(PATIENT)]
        threads += [threading.Thread(target=self.loop, args=(self.short, i)) for i in range(SHORT)]
        threads += [threading.Thread(target=self.loop, args=(self.leaving, f"{i} {version}", version, GONE_AFTER))
                    for i in range(LEAVING) for version in (1, 2)]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self.stopping.set()
        for thread in threads:
            thread.join()
        return before, self.settled()

    def cpu(self):
        """Seconds of the processor that the server has had."""
        fields = pathlib.Path(f"/proc/{self.server.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def settled(self):
        """/metrics once nothing runs or waits."""
        while True:
            text = self.server.get("/metrics").body.decode()
            if metric(text, "dunlin_requests_running") == metric(text, "dunlin_requests_queued") == 0:
                return text
            time.sleep(0.05)


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 30
    repository = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else REPOSITORY
    model = sys.argv[3] if len(sys.argv) > 3 else "digits_cnn"
    rows = int(sys.argv[4]) if len(sys.argv) > 4 else 1 if len(sys.argv) > 3 else 4096
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dunlin-lateness-"))
    try:
        two_versions(repository, model, folder)
        # The server sees one CPU: on more of them the versions would not wait for each other.
        cpus = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(cpus)})
        with Server(repository=folder) as server:
            os.sched_setaffinity(0, cpus)
            lateness = Lateness(server, model, rows)
            print(f"{model}, {rows} rows: {lateness.run * 1000:.1f} ms a request", flush=True)
            if lateness.run < LEAST_RUN:
                sys.exit(f"too quick: a request must take {LEAST_RUN * 1000:.0f} ms at least; take more rows")
            cpu = lateness.cpu()
            before, after = lateness.spend(seconds)
            cpu = lateness.cpu() - cpu
    finally:
        shutil.rmtree(folder)
    sys.exit(0 if told(lateness, rows, before, after, cpu) else 1)


def told(lateness, rows, before, after, cpu):
    """Prints the figures; whether they are good."""
    def grown(name, **labels):
        return round(metric(after, name, **labels) - metric(before, name, **labels))

    counts = lateness.counts
    for name in sorted(counts):
        print(f"  {counts[name]:6} {name}")
    for version in "12":
        reasons = {reason: grown("dunlin_requests_failed_total", version=version, reason=reason)
                   for reason in ("full", "unattainable", "expired", "cancelled", "failed")}
        print(f"version {version}, not run: " + ", ".join(f"{count} {reason}" for reason, count in reasons.items()))
    ran = {version: grown("nv_inference_count", version=version) // rows for version in "12"}
    in_time = counts["patient 200"] + counts["short in time"]
    late = counts["short late"]
    left = ran["1"] - in_time - late
    longest = longest_run(before, after)
    picked_late = sum(delay > longest for delay in lateness.delays)
    began_early = grown("dunlin_queue_duration_seconds_bucket", version="2", le=GONE_BOUND)
    picked_gone = ran["2"] - began_early
    total = ran["1"] + ran["2"]
    unused = total - in_time
    print(f"{total} requests ran: {in_time} were answered in time, {late} late, {left + ran['2']} for clients that left")
    print(f"version 1: {late} of {ran['1']} ran past their time, by at most "
          f"{max(lateness.delays, default=0) * 1000:.0f} ms (a run took up to {longest * 1000:.0f} ms); {left} of "
          f"{counts['left version 1']} whose client left ran")
    print(f"version 2: {ran['2']} of {counts['left version 2']} whose client left ran; {began_early} began before it did")
    print(f"{cpu:.2f} s of the processor for {in_time} answers in time, which take {in_time * lateness.run:.2f} s one by one")
    print(f"whole runs for clients late or gone: {unused / max(total, 1):.2%} of {total}; picked up although already "
          f"late: {picked_late}, gone: {picked_gone} of {counts['left version 2']} (goal 0)")
    for problem in lateness.problems[:20]:
        print(f"PROBLEM {problem}")
    return picked_late == 0 and picked_gone == 0 and not lateness.problems and in_time > 0


def longest_run(before, after):
    """The upper bound of the last bucket of run times that grew, in seconds."""
    name = "dunlin_compute_duration_seconds_bucket"
    bounds = {bound for bound in re.findall(name + r'\{.*le="([^"]+)"', after) if bound != "+Inf"}
    longest, below = 0.0, 0.0
    for bound in sorted(bounds, key=float):
        count = sum(metric(text, name, version="1", le=bound) * sign for text, sign in ((after, 1), (before, -1)))
        if count > below:
            longest, below = float(bound), count
    return longest


main()
