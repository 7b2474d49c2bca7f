#!/usr/bin/env python3
"""Sends models inputs of many shapes in random order and compares each answer with ONNX Runtime's.

    shapes.py DUNLIN_BINARY MODEL_DIR [--rounds 20] [--tolerance 1e-4] [NAME ...]

Every model of MODEL_DIR with open extents takes part; a shape that ONNX Runtime refuses is left out. Shapes come back
after others were served. Exit code 1 when an answer differs or the server refuses what ONNX Runtime takes.
"""

import argparse
import collections
import pathlib
import re
import resource
import sys

import numpy
import onnxruntime

from compare import Server, infer, metadata

MOST_BYTES = 8 << 30  # of this process: ONNX Runtime refuses what does not fit, the machine is spared


def extent(name, template, axis, rank, kind, random):
    """A plausible extent for an open axis: batch, words, samples or the side of an image."""
    if axis == 0:
        return int(random.integers(1, 5))
    if rank == 4:
        return int(random.integers(1, 5)) * 32
    if kind in "ib" or rank == 2:
        return int(random.integers(1, 40)) if template < 100 or kind in "ib" else int(template * random.uniform(0.6, 2))
    return int(random.integers(12, 120)) if template < 100 else int(template * random.uniform(0.6, 2))


def varied(session, template, random):
    """Inputs like the template's with other extents where the model leaves them open."""
    chosen, inputs = {}, {}
    for value in session.get_inputs():
        array = template[value.name]
        shape = []
        for axis, (declared, given) in enumerate(zip(value.shape, array.shape)):
            if isinstance(declared, int):
                shape.append(given)
                continue
            key = declared or f"{value.name}.{axis}"
            if key not in chosen:
                chosen[key] = extent(key, given, axis, array.ndim, array.dtype.kind, random)
            shape.append(chosen[key])
        count = int(numpy.prod(shape))
        flat = array.ravel()
        repeated = numpy.resize(flat if flat.size else numpy.zeros(1, array.dtype), count)
        inputs[value.name] = repeated.reshape(shape)
    return inputs, tuple(tuple(array.shape) for array in inputs.values())


def difference(received, expected):
    """The largest difference relative to the output's largest magnitude; `None` when the shapes differ."""
    if received.shape != expected.shape or received.dtype != expected.dtype:
        return None
    if expected.dtype.kind != "f":
        return float((received != expected).mean()) if expected.size else 0.0
    left, right = received.astype(numpy.float64), expected.astype(numpy.float64)
    if (numpy.isnan(left) != numpy.isnan(right)).any():
        return None
    if right.size == 0:
        return 0.0
    scale = max(float(numpy.abs(right[numpy.isfinite(right)]).max(initial=0)), 1e-3)
    return float(numpy.abs(numpy.nan_to_num(left) - numpy.nan_to_num(right)).max()) / scale


def check(connection, folder, name, rounds, tolerance):
    """How many shapes were compared, and what was wrong."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        str(folder / name / "1" / "model.onnx"), options, providers=["CPUExecutionProvider"])
    with numpy.load(folder / name / "inputs.npz") as stored:
        template = dict(stored)
    random = numpy.random.default_rng(3)
    seen = {}
    for _ in range(rounds):
        inputs, shapes = varied(session, template, random)
        if shapes in seen:
            continue
        try:
            seen[shapes] = inputs, session.run(None, inputs)
        except Exception:
            continue
    if len(seen) < 2:
        return len(seen), 0.0, []
    order = list(seen) * 2
    random.shuffle(order)
    largest, wrong = 0.0, collections.Counter()
    for shapes in order:
        inputs, expected = seen[shapes]
        try:
            received = infer(connection, name, inputs)
        except RuntimeError as error:
            wrong[f"{shapes}: {error}"] += 1
            continue
        for output, array in zip(session.get_outputs(), expected):
            found = difference(received[output.name], numpy.asarray(array))
            if found is None or found > tolerance:
                wrong[f"{shapes}: output '{output.name}' differs by {found}"] += 1
            else:
                largest = max(largest, found)
    return len(seen), largest, list(wrong)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--tolerance", type=float, default=1e-4)
    arguments = parser.parse_intermixed_args()
    names = arguments.names or sorted(path.parent.name for path in arguments.folder.glob("*/inputs.npz"))
    server = Server(arguments.binary, arguments.folder)
    total, failed = 0, []
    resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
    try:
        connection = server.connect()
        for name in names:
            if metadata(connection, name)[0] != 200:
                print(f"{name:<34} not served")
                continue
            half = re.search("fp16|half", name)
            count, largest, wrong = check(
                connection, arguments.folder, name, arguments.rounds, 2e-2 if half else arguments.tolerance)
            total += count
            print(f"{name:<34} {count:3d} shapes, largest difference {largest:.1e}" + ("" if not wrong else "  WRONG"))
            for line in wrong[:4]:
                print("    " + line[:300])
            if wrong:
                failed.append(name)
            sys.stdout.flush()
    finally:
        server.stop()
    print(f"{total} shapes of {len(names)} models" + (f"; wrong: {', '.join(failed)}" if failed else ", all equal"))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
