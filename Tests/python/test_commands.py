"""The subcommands that end by themselves."""
import os
import pathlib
import signal
import socket
import subprocess

import onnx
import pytest

from dunlin_server import BINARY, Server, assert_infers

REPOSITORY = pathlib.Path(__file__).resolve().parents[2] / "model-repository"


def run(*arguments):
    return subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=60)


def test_profile_prints_operators_and_steps():
    ended = run("profile", str(REPOSITORY / "digits_mlp"), "--rows", "4", "--runs=3", "--steps", "2")
    assert ended.returncode == 0, ended.stderr
    lines = ended.stdout.splitlines()
    assert lines[0].endswith("model.onnx")
    assert "mean of 3; 1 thread, first open axis 4" in lines[1]
    assert "GFLOP/s FP32 on one core" in lines[2]
    steps = lines[lines.index("the slowest steps") + 2:]
    assert len(steps) == 2
    assert all("[4," in step and "%" in step for step in steps)


def test_version_names_what_is_built_in():
    ended = run("version")
    assert ended.returncode == 0
    first, second = ended.stdout.splitlines()
    assert first.startswith("dunlin ") and second.startswith("traits: Compression (zlib 1.")


def test_the_shipped_binary_needs_no_library_that_a_system_may_lack():
    """zlib is linked into it: Debian's development package has the archive."""
    needed = subprocess.run(["objdump", "-p", BINARY], capture_output=True, text=True, check=True).stdout
    names = {line.split()[1].split(".so")[0] for line in needed.splitlines() if line.split()[:1] == ["NEEDED"]}
    assert names <= {"libc", "libm", "libstdc++", "libgcc_s", "ld-linux-x86-64", "ld-linux-aarch64"}


@pytest.mark.parametrize("arguments, words", [
    ([], ["takes a model file"]),
    (["a.onnx", "b.onnx"], ["'b.onnx' is a second model"]),
    (["a.onnx", "--precision", "fp16"], ["--precision is 'fp16'; it must be one of fp32, bf16"]),
    (["a.onnx", "--rows", "0", "--threads=257", "--fast"],
     ["--rows is '0'; it must be a whole number in 1...65536", "--threads is '257'", "'--fast' is not a flag"]),
])
def test_profile_names_everything_that_is_wrong(arguments, words):
    ended = run("profile", *arguments)
    assert ended.returncode == 2
    for word in words:
        assert word in ended.stderr


def test_profile_of_a_file_that_is_not_there():
    ended = run("profile", os.devnull + "/model.onnx")
    assert ended.returncode == 1
    assert "dunlin profile: " in ended.stderr


@pytest.mark.parametrize("flag", [["--precision", "fp16"], ["--precision=fp16"], ["--precision"]])
def test_check_knows_two_precisions(flag):
    ended = run("check", os.path.join(REPOSITORY, "iris"), *flag)
    assert ended.returncode == 2
    assert "it must be one of fp32, bf16" in ended.stderr


def test_a_precision_is_used_or_refused_with_a_sentence():
    ended = run("check", os.path.join(REPOSITORY, "iris"), "--precision", "bf16")
    if ended.returncode == 0:
        assert "native: runs it" in ended.stdout
    else:
        assert "native: precision bf16 needs" in ended.stdout
    assert "precision bf16 is the native backend's" in ended.stdout or "not installed" in ended.stdout


def test_a_key_without_a_flag_is_no_key():
    for argument in ("", "="):
        ended = run("api-key", "create", argument)
        assert ended.returncode == 2 and f"'{argument}' is not a flag" in ended.stderr


def test_a_profile_makes_up_inputs_of_a_size(tmp_path):
    x = onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["a", "b", "c"])
    y = onnx.helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["a", "b", "c"])
    graph = onnx.helper.make_graph([onnx.helper.make_node("Abs", ["x"], ["y"])], "g", [x], [y])
    onnx.save(onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8),
              tmp_path / "model.onnx")
    for rows, extent in [("1", "16385"), ("65536", "1048576")]:
        ended = run("profile", tmp_path / "model.onnx", "--rows", rows, "--extent", extent)
        assert ended.returncode == 1 and "choose smaller --rows or --extent" in ended.stderr
    assert run("profile", tmp_path / "model.onnx", "--rows", "2", "--extent", "3").returncode == 0


def test_a_closed_terminal_ends_a_server_as_sigterm_does():
    with Server() as server:
        server.process.send_signal(signal.SIGHUP)
        assert server.process.wait(40) == 0
        assert "SIGHUP" in server.log


def test_a_server_that_nohup_started_outlives_its_terminal():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        server = Server()
    finally:
        signal.signal(signal.SIGHUP, before)
    with server:
        server.process.send_signal(signal.SIGHUP)
        assert_infers(server)


def test_a_second_interrupt_does_not_wait():
    with Server("--shutdown-grace", "600s") as server, socket.create_connection(("127.0.0.1", server.port)) as half:
        half.sendall(b"POST /v2/models/iris/infer HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n"
                     b"Expect: 100-continue\r\n\r\n")
        assert half.recv(100).startswith(b"HTTP/1.1 100")
        server.process.send_signal(signal.SIGINT)
        server.wait_for_log("SIGINT")
        assert server.process.poll() is None
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(40) == 128 + signal.SIGINT
