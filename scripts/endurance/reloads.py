#!/usr/bin/env python3
"""Loads and unloads models a thousand times and tells what stays resident.

    scripts/endurance/reloads.py [CYCLES [REPOSITORY [MODEL ...]]]

Each cycle loads every model, infers once and unloads it. Prints the resident memory after the first SETTLED cycles and
at the end; exit code 1 when it grew by LIMIT or more, or when the number of open descriptors did. Plain Python; needs
the release binary.
"""

import pathlib
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests/python"))
sys.path.insert(0, str(ROOT / "scripts/bench"))

from dunlin_server import REPOSITORY, Server, json_of  # noqa: E402
from zero_request import zero_request  # noqa: E402

SETTLED = 50
LIMIT = 1_000_000
# Seconds after which the server has given the system back what a model left behind.
GIVEN_BACK = 1


def cycle(server, connection, model):
    loaded = server.post(f"/v2/repository/models/{model}/load", {}, connection=connection)
    assert loaded.status == 200, loaded
    head, body = zero_request(json_of(server.get(f"/v2/models/{model}", connection=connection))["inputs"])
    answer = server.post(f"/v2/models/{model}/infer", body, connection=connection,
                         headers={"Inference-Header-Content-Length": str(len(head))})
    assert answer.status == 200, answer
    unloaded = server.post(f"/v2/repository/models/{model}/unload", {}, connection=connection)
    assert unloaded.status == 200, unloaded


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    repository = pathlib.Path(sys.argv[2]).resolve() if len(sys.argv) > 2 else REPOSITORY
    models = sys.argv[3:] or ["iris"]
    with Server(repository=repository, load=None) as server:
        connection = server.connection()
        settled = None
        for number in range(1, cycles + 1):
            for model in models:
                cycle(server, connection, model)
            if number in (1, SETTLED, cycles) or number % 100 == 0:
                time.sleep(GIVEN_BACK)
                now = server.resident_bytes(), server.open_descriptors()
                print(f"cycle {number:5}  resident {now[0] / 2**20:8.2f} MiB  descriptors {now[1]}", flush=True)
                if number == SETTLED:
                    settled = now
        connection.close()
    grown = now[0] - (settled or now)[0]
    print(f"{', '.join(models)}: {cycles} cycles, resident growth after the first {SETTLED}: {grown / 1e6:+.2f} MB")
    sys.exit(1 if grown >= LIMIT or now[1] > (settled or now)[1] else 0)


main()
