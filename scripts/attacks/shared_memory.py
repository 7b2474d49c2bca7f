#!/usr/bin/env python3
"""Registers regions of shared memory that lie, uses them, and prints status, sentence and the server's resident memory.

    scripts/attacks/shared_memory.py

Starts .build/release/dunlin (or DUNLIN_BINARY) on a free port. Exit code 1 when a lie is not refused with a sentence, the
server ends, or memory grows.
"""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "Tests/python"))

from dunlin_server import Server, assert_infers  # noqa: E402

OBJECTS = pathlib.Path("/dev/shm")
PREFIX = f"dunlin-attack-{os.getpid()}-"
SIZE = 1 << 20
MAX_GROWTH = 16 << 20


class Attacks:
    def __init__(self, server):
        self.server, self.failed, self.count = server, 0, 0

    def object(self, name, byte_count=64):
        OBJECTS.joinpath(PREFIX + name).write_bytes(bytes(byte_count))
        return "/" + PREFIX + name

    def register(self, region, key, byte_count, offset=0):
        return self.server.post(f"/v2/systemsharedmemory/region/{region}/register",
                                {"key": key, "offset": offset, "byte_size": byte_count})

    def infer(self, region, byte_count, offset=0, output=None):
        place = {"shared_memory_region": region, "shared_memory_byte_size": byte_count, "shared_memory_offset": offset}
        request = {"inputs": [{"name": "x", "datatype": "UINT8", "shape": [byte_count], "parameters": place}]}
        if output:
            request["outputs"] = [{"name": "x", "parameters": {
                "shared_memory_region": output, "shared_memory_byte_size": byte_count}}]
        return self.server.post("/v2/models/identity/infer", request)

    def refused(self, name, answer):
        """4xx with a sentence; prints it."""
        try:
            sentence = json.loads(answer.body)["error"]
        except (ValueError, KeyError):
            sentence = ""
        is_right = 400 <= answer.status < 500 and len(sentence) > 10
        self.count += 1
        self.failed += not is_right
        print(f"{'ok ' if is_right else 'NOT'} {name}: {answer.status}, {self.server.resident_bytes() / 2**20:.1f} MiB\n"
              f"      {sentence.replace(chr(0), '<NUL>')}")

    def taken(self, name, answer):
        if answer.status != 200:
            self.failed += 1
            print(f"NOT {name}: {answer.status} {answer.body.decode()}")

    def run(self):
        short = self.object("short")
        self.refused("an object shorter than it says", self.register("r", short, SIZE))
        self.refused("an object of 64 bytes that says it has a tebibyte", self.register("r", short, 1 << 40))
        self.refused("an offset beyond the object", self.register("r", short, 1, 64))
        self.refused("a negative offset", self.register("r", short, 8, -1))
        self.refused("a negative offset written without a sign", self.register("r", short, 8, 2**64 - 1))
        self.refused("an offset whose end overflows", self.register("r", short, 8, 2**63 - 4))
        self.refused("a negative size", self.register("r", short, -1))
        self.refused("a region of no bytes", self.register("r", short, 0))
        for key in ("/a/b", "/../../etc/passwd", "../etc/passwd", "..", "/", "/sem.x", "/\0", "/" + "n" * 300):
            self.refused(f"the name {key[:24]!r}", self.register("r", key, 8))
        link = OBJECTS / (PREFIX + "link")
        link.symlink_to("/etc/passwd")
        self.refused("a symbolic link to /etc/passwd", self.register("r", "/" + link.name, 8))
        OBJECTS.joinpath(PREFIX + "folder").mkdir()
        self.refused("a directory", self.register("r", f"/{PREFIX}folder", 8))
        os.mkfifo(OBJECTS / (PREFIX + "pipe"))
        self.refused("a pipe, which never opens", self.register("r", f"/{PREFIX}pipe", 8))
        self.refused("an object that is not there", self.register("r", f"/{PREFIX}none", 8))
        self.taken("a good region", self.register("good", self.object("good", SIZE), SIZE))
        self.taken("a good request", self.infer("good", SIZE, output="good"))
        self.refused("a request beyond the region", self.infer("good", SIZE, 1))
        self.refused("a request with a negative offset", self.infer("good", 8, -8))
        self.refused("a request with a huge offset", self.infer("good", 8, 2**63 - 4))
        self.refused("a request for a region that is not there", self.infer("none", 8))
        self.taken("a region that is whole now", self.register("shrinks", self.object("shrinks", SIZE), SIZE))
        for left in (SIZE - 1, 0):
            os.truncate(OBJECTS / (PREFIX + "shrinks"), left)
            self.refused(f"an input whose object was cut to {left} bytes", self.infer("shrinks", SIZE))
            self.refused("an output whose object was cut", self.infer("good", SIZE, output="shrinks"))
        OBJECTS.joinpath(PREFIX + "shrinks").unlink()
        self.refused("an object that was cut and removed", self.infer("shrinks", SIZE))


def main():
    with Server("--allow-client-shm=true") as server:
        server.post("/v2/workers/identity/load")
        assert_infers(server)
        attacks = Attacks(server)
        try:
            attacks.infer("none", 8)
            before = server.resident_bytes()
            print(f"resident memory before: {before / 2**20:.1f} MiB")
            attacks.run()
            for _ in range(200):
                attacks.register("again", f"/{PREFIX}short", 1 << 40)
            grown = server.resident_bytes() - before
            print(f"resident memory after 200 more: {server.resident_bytes() / 2**20:.1f} MiB")
            assert_infers(server)
        finally:
            for path in OBJECTS.glob(PREFIX + "*"):
                path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    failed = attacks.failed + (grown > MAX_GROWTH)
    print(f"{attacks.count} lies, {failed} not refused as they should be")
    return failed


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
