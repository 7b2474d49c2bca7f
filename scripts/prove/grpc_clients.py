"""Calls every public method of the clients that people use over gRPC, and prints a line for each with its result.

    grpc_clients.py triton|triton.aio|kserve|health|reflection plain|TLS|keys

A method of a client that has no line here makes the run fail: a new release of the package that brings one is noticed.
"""

import asyncio
import sys

import grpc_services
import grpc_triton
from grpc_ways import way

CLIENTS = {
    "triton": lambda way: asyncio.run(grpc_triton.prove(way, is_async=False)),
    "triton.aio": lambda way: asyncio.run(grpc_triton.prove(way, is_async=True)),
    "kserve": lambda way: asyncio.run(grpc_services.kserve(way)),
    "health": grpc_services.health,
    "reflection": grpc_services.reflection,
}


def main(arguments):
    if len(arguments) != 2 or arguments[0] not in CLIENTS:
        raise SystemExit(__doc__)
    with way(arguments[1]) as reached:
        return CLIENTS[arguments[0]](reached)


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
