"""From start to ready with 1 and with 100 small models, and the memory of a server that waits.

    scripts/bench-start.sh [ROUNDS]

Medians. Ready is the first 200 of `/v2/health/ready`, asked for again and again from the start of the process.
"""

import pathlib
import shutil
import statistics
import sys
import tempfile

from server import ROOT, Server

GOAL_SECONDS, GOAL_BYTES = 0.050, 25 << 20


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 11
    sample = ROOT / "model-repository/iris"
    body = (sample / "sample-request.json").read_bytes()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dunlin-bench-"))
    passed = True
    try:
        for count in (1, 100):
            repository = folder / str(count)
            for index in range(count):
                shutil.copytree(sample, repository / f"iris{index}")
            times, idle, used = [], [], []
            for _ in range(rounds):
                server = Server(repository)
                try:
                    times.append(server.ready_seconds)
                    idle.append(server.memory()[0])
                    for _ in range(100):
                        if server.post("/v2/models/iris0/infer", body) != 200:
                            sys.exit("no inference")
                    used.append(server.memory()[0])
                finally:
                    server.stop()
            seconds, memory = statistics.median(times), statistics.median(idle)
            print(f"  {count:3} models: ready after {seconds * 1000:.1f} ms (least {min(times) * 1000:.1f}); resident "
                  f"{memory / (1 << 20):.1f} MiB, after 100 requests {statistics.median(used) / (1 << 20):.1f} MiB")
            if count == 1:
                passed = seconds <= GOAL_SECONDS and memory <= GOAL_BYTES
        print(f"  goal for one model: at most {GOAL_SECONDS * 1000:.0f} ms and {GOAL_BYTES >> 20} MiB")
    finally:
        shutil.rmtree(folder)
    sys.exit(0 if passed else 1)


main()
