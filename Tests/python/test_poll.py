"""Control mode poll: model directories are copied, moved, changed and removed while clients work."""

import ctypes
import os
import shutil
import time

import pytest

from dunlin_server import REPOSITORY, Server, assert_infers, json_of
from test_lifecycle import Load

# The kernel tells of changes here; were that broken, nothing would happen within this test's patience.
NEVER = "3600"
PATIENCE = 20


@pytest.fixture
def models(tmp_path):
    """A repository that a test may change, with one model in it."""
    folder = tmp_path / "models"
    folder.mkdir()
    shutil.copytree(REPOSITORY / "iris", folder / "iris", ignore=shutil.ignore_patterns("*.py", "*.md"))
    return folder


def has_notices():
    """Whether the kernel gives this user one more object that tells of changes."""
    library = ctypes.CDLL(None)
    descriptor = library.inotify_init1(0)
    if descriptor < 0:
        return False
    # IN_CREATE
    watch = library.inotify_add_watch(descriptor, b"/tmp", 0x100)
    os.close(descriptor)
    return watch >= 0


def polling(models, period=NEVER):
    if period == NEVER and not has_notices():
        pytest.skip("inotify_init is refused here")
    return Server("--repository-poll-secs", period, repository=models, load=None, control="poll")


def is_ready(server, model):
    return server.get(f"/v2/models/{model}/ready").status == 200


def eventually(condition, what):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.02)
    raise AssertionError(f"not within {PATIENCE} s: {what}")


def entry(server, model):
    return [line for line in json_of(server.post("/v2/repository/index")) if line["name"] == model]


@pytest.mark.parametrize("period", [NEVER, "200ms"])
def test_models_come_change_and_go_without_a_failed_request_on_another(models, period, fact):
    with polling(models, period) as server, Load(server) as load:
        for turn in range(3):
            began = time.monotonic()
            shutil.copytree(REPOSITORY / "digits_mlp", models / "copied", ignore=shutil.ignore_patterns("config*"))
            eventually(lambda: is_ready(server, "copied"), "a copied model is ready")
            if turn == 0:
                fact(f"poll {period}: a copied model was ready after {time.monotonic() - began:.2f} s")
            shutil.rmtree(models / "copied")
            eventually(lambda: not is_ready(server, "copied"), "a removed model is gone")
            eventually(lambda: not entry(server, "copied"), "a removed model leaves the index")
        load.wait_for(50)
    assert not load.failures, load.failures
    assert sum(load.counts) > 0


def test_a_move_into_place_and_away_again(models):
    staging = models.parent / "staging"
    shutil.copytree(REPOSITORY / "breast_cancer", staging, ignore=shutil.ignore_patterns("*.py", "*.md", "config*"))
    with polling(models) as server:
        os.rename(staging, models / "moved")
        eventually(lambda: is_ready(server, "moved"), "a moved model is ready")
        os.rename(models / "moved", staging)
        eventually(lambda: not is_ready(server, "moved"), "a model moved away is gone")
        assert_infers(server)


def test_a_copy_that_is_under_way_is_no_model(models):
    """Bytes come every 100 ms for three seconds: nothing is loaded before the last, and nothing fails."""
    whole = (REPOSITORY / "iris" / "1" / "model.onnx").read_bytes()
    with polling(models) as server:
        version = models / "slow" / "1"
        version.mkdir(parents=True)
        parts, longest, last = 30, 0, time.monotonic()
        with (version / "model.onnx").open("wb", buffering=0) as file:
            for index in range(parts):
                file.write(whole[len(whole) * index // parts:len(whole) * (index + 1) // parts])
                longest, last = max(longest, time.monotonic() - last), time.monotonic()
                assert index == parts - 1 or not is_ready(server, "slow")
                time.sleep(0.1)
        eventually(lambda: is_ready(server, "slow"), "the copied model is ready")
        # A machine so busy that this copy stood still for nearly a second may have made it look finished.
        assert longest > 0.5 or "failed to load" not in server.log


def test_a_new_version_takes_over_and_its_removal_brings_the_old_one_back(models):
    with polling(models) as server, Load(server) as load:
        assert [line["version"] for line in entry(server, "iris")] == ["1"]
        shutil.copytree(models / "iris" / "1", models / "iris" / "2")
        versions = lambda: json_of(server.get("/v2/models/iris"))["versions"]
        eventually(lambda: versions() == ["2"], "version 2 serves")
        shutil.rmtree(models / "iris" / "2")
        eventually(lambda: versions() == ["1"], "version 1 serves again")
        load.wait_for(50)
    assert not load.failures, load.failures


def test_what_does_not_load_keeps_the_former_model_and_is_told(models):
    path = models / "iris" / "1" / "model.onnx"
    good = path.read_bytes()
    with polling(models) as server, Load(server) as load:
        path.with_name("half").write_bytes(good[:len(good) // 2])
        os.replace(path.with_name("half"), path)
        eventually(lambda: "the last reload failed" in entry(server, "iris")[0].get("reason", ""), "the failure is told")
        load.wait_for(20)
        assert server.log.count("failed to load") == 1
        path.with_name("whole").write_bytes(good)
        os.replace(path.with_name("whole"), path)
        eventually(lambda: "reason" not in entry(server, "iris")[0], "it is loaded again")
        load.wait_for(20)
    assert not load.failures, load.failures


def test_requests_to_load_are_refused(models):
    with polling(models) as server:
        for action in ["load", "unload"]:
            answer = server.post(f"/v2/repository/models/iris/{action}")
            assert answer.status == 503 and b"explicit" in answer.body
        assert_infers(server)
