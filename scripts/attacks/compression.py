#!/usr/bin/env python3
"""Sends compressed bodies that mean harm to a server and prints status, sentence and its resident memory.

    scripts/attacks/compression.py [--port 8000] [--pid PID] [--bomb-bytes 10737418240]

Without --pid, starts .build/release/dunlin (or DUNLIN_BINARY) on a free port. Exit code 1 when an attack is not refused
as it should be, or memory has grown by more than a body may have.
"""

import argparse
import collections
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
INFER = "/v2/models/iris/infer"
REQUEST = {"inputs": [{"name": "input", "shape": [1, 4], "datatype": "FP32", "data": [5.1, 3.5, 1.4, 0.2]}]}

Answer = collections.namedtuple("Answer", "status sentence seconds")


class Attack:
    def __init__(self, name, coding, body, status, words):
        self.name, self.coding, self.body, self.status, self.words = name, coding, body, status, words

    def send(self, port):
        headers = {"Content-Type": "application/json"}
        if self.coding:
            headers["Content-Encoding"] = self.coding
        start = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        connection.request("POST", INFER, self.body, headers)
        response = connection.getresponse()
        text = response.read()
        connection.close()
        try:
            sentence = json.loads(text).get("error", "")
        except ValueError:
            sentence = text.decode(errors="replace")
        return Answer(response.status, sentence, time.monotonic() - start)


def packed(pieces, window_bits):
    """Compresses what `pieces` yields without ever holding it."""
    packer = zlib.compressobj(9, zlib.DEFLATED, window_bits)
    return b"".join([packer.compress(piece) for piece in pieces] + [packer.flush()])


def zeros(byte_count):
    """zlib makes of every mebibyte of zeros the same thousandth."""
    block = bytes(1 << 20)
    for _ in range(byte_count >> 20):
        yield block


def attacks(bomb_byte_count):
    text = json.dumps(REQUEST).encode()
    zlib_text, gzip_text = packed([text], 15), packed([text], 31)
    bomb = packed(zeros(bomb_byte_count), 31)
    size = f"{bomb_byte_count / (1 << 30):.3g} GiB of zeros in {len(bomb) / 1e6:.3g} MB"
    inner = packed(zeros(64 << 20), 31)
    empty_members = packed([b""], 31) * (len(bomb) // 20)
    return [
        Attack(f"gzip bomb: {size}", "gzip", bomb, 413, "inflates to more than"),
        Attack("the same as deflate", "deflate", packed(zeros(min(bomb_byte_count, 1 << 30)), 15), 413,
               "inflates to more than"),
        Attack("the same, unannounced", None, packed(zeros(min(bomb_byte_count, 1 << 30)), 15), 413,
               "inflates to more than"),
        Attack("a bomb in a bomb", "gzip, gzip", packed([inner], 31), 501, "compressed once"),
        Attack(f"{len(empty_members) // 20} empty members", "gzip", empty_members, 400, "JSON"),
        Attack("a zlib body cut short", "deflate", zlib_text[:-6], 400, "cut short"),
        Attack("the same, unannounced", None, zlib_text[:-6], 400, "cut short"),
        Attack("a gzip body cut short", "gzip", gzip_text[:-1], 400, "cut short"),
        Attack("a gzip header alone", "gzip", gzip_text[:10], 400, "cut short"),
        Attack("bytes behind the end", "gzip", gzip_text + b"more", 400, "goes on for 4 bytes"),
        Attack("a wrong checksum", "deflate", zlib_text[:-1] + bytes([zlib_text[-1] ^ 1]), 400, "incorrect data check"),
        Attack("noise", "gzip", os.urandom(1000), 400, "broken"),
        Attack("a preset dictionary", "deflate", bytes.fromhex("78bb000000010300"), 400, "preset dictionary"),
        Attack("a coding nobody reads", "br", text, 501, "Unsupported compression type"),
    ]


def warm_up(port):
    """What the first requests need stays, and is no one's fault."""
    text = json.dumps(REQUEST).encode()
    for coding, body in ((None, text), ("gzip", packed([text], 31)), ("deflate", packed([text], 15))):
        answer = Attack("", coding, body, 200, "").send(port)
        assert answer.status == 200, answer


def resident_mebibytes(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"{field}:\s+(\d+)", status)[1]) / 1024 for field in ("VmRSS", "VmHWM"))


def serve():
    """Starts the binary; returns the process and its port."""
    binary = os.environ.get("DUNLIN_BINARY", ROOT / ".build/release/dunlin")
    log = tempfile.NamedTemporaryFile("r", suffix=".log")
    process = subprocess.Popen(
        [binary, "serve", "--model-repository", ROOT / "model-repository", "--http-port", "0"], stdout=log, stderr=log)
    for _ in range(2000):
        text = pathlib.Path(log.name).read_text()
        found = re.search(r"listening.*\bport=(\d+)", text)
        if found and re.search(r"\bready\b", text):
            return process, int(found[1])
        time.sleep(0.01)
    process.kill()
    sys.exit(f"the server is not ready:\n{pathlib.Path(log.name).read_text()}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--pid", type=int)
    parser.add_argument("--bomb-bytes", type=int, default=10 << 30)
    options = parser.parse_args()
    process = None
    if options.pid is None:
        process, options.port = serve()
        options.pid = process.pid
    failed = 0
    try:
        prepared = attacks(options.bomb_bytes)
        warm_up(options.port)
        first, _ = resident_mebibytes(options.pid)
        print(f"resident memory before: {first:.1f} MiB")
        for attack in prepared:
            before, _ = resident_mebibytes(options.pid)
            answer = attack.send(options.port)
            after, peak = resident_mebibytes(options.pid)
            is_right = answer.status == attack.status and attack.words in answer.sentence
            failed += not is_right
            print(f"{'ok ' if is_right else 'NOT'} {attack.name}: {answer.status} in {answer.seconds * 1000:.0f} ms, "
                  f"{before:.1f} -> {after:.1f} MiB (peak {peak:.1f})\n      {answer.sentence}")
        warm_up(options.port)
        last, peak = resident_mebibytes(options.pid)
        print(f"resident memory after: {last:.1f} MiB, at its peak {peak:.1f} MiB")
        # Memory of large bodies is kept for a while for the next ones.
        time.sleep(12)
        print(f"and once nothing large has come for a while: {resident_mebibytes(options.pid)[0]:.1f} MiB")
        failed += last - first > 64
    finally:
        if process:
            process.terminate()
            process.wait(40)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
