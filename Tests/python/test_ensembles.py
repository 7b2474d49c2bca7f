"""Ensembles and sequences through NVIDIA's client, on the models of Tests/Fixtures/repository."""

import concurrent.futures
import shutil
import time

import numpy
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from dunlin_server import REPOSITORY, ROOT, Server
from reference import sample

FIXTURES = ROOT / "Tests/Fixtures/repository"


@pytest.fixture(scope="module")
def stateful(tmp_path_factory):
    models = tmp_path_factory.mktemp("models") / "models"
    shutil.copytree(FIXTURES, models, ignore=shutil.ignore_patterns("*.py"))
    shutil.copytree(REPOSITORY / "iris", models / "iris")
    # Sequences end by themselves in one model only: a machine may stand still for the time that its sequences have.
    shutil.copytree(models / "accumulator", models / "impatient")
    config = models / "accumulator" / "config.pbtxt"
    config.write_text(config.read_text().replace("microseconds: 2000000", "microseconds: 60000000"))
    with Server(repository=models, load="*") as running:
        running.models = models
        yield running


@pytest.fixture
def client(stateful):
    with triton.InferenceServerClient(stateful.address, concurrency=4) as client:
        yield client


def infer(client, model, name, array, binary=True, **more):
    tensor = triton.InferInput(name, list(array.shape), "FP32")
    tensor.set_data_from_numpy(array.astype(numpy.float32), binary_data=binary)
    return client.infer(model, [tensor], **more)


# Ensembles


def test_metadata_of_an_ensemble(client):
    metadata = client.get_model_metadata("iris_millimetres")
    assert metadata["platform"] == "ensemble"
    assert metadata["inputs"] == [{"name": "millimetres", "datatype": "FP32", "shape": [-1, 4]}]
    assert [(tensor["name"], tensor["datatype"], tensor["shape"]) for tensor in metadata["outputs"]] == [
        ("species", "BYTES", [-1]), ("confidence", "FP32", [-1, 1])]
    assert client.is_model_ready("iris_millimetres")


@pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
def test_an_ensemble_is_its_steps_one_after_the_other(client, binary):
    _, _, array = sample("iris")
    alone = infer(client, "iris", "input", array)
    answer = infer(client, "iris_millimetres", "millimetres", array * 10, binary)
    assert answer.as_numpy("species").tolist() == alone.as_numpy("output_label").tolist()
    numpy.testing.assert_allclose(
        answer.as_numpy("confidence")[:, 0], alone.as_numpy("output_probability").max(axis=1), rtol=1e-5)


def test_one_output_of_an_ensemble(client):
    wanted = [triton.InferRequestedOutput("species")]
    answer = infer(client, "iris_millimetres", "millimetres", numpy.ones((3, 4)), outputs=wanted)
    assert [output["name"] for output in answer.get_response()["outputs"]] == ["species"]


def test_an_unloaded_member_is_named(client):
    client.unload_model("confidence")
    assert not client.is_model_ready("iris_millimetres")
    with pytest.raises(InferenceServerException, match="depends on 'confidence' .*has no loaded version|whose required"):
        infer(client, "iris_millimetres", "millimetres", numpy.ones((1, 4)))
    index = {line["name"]: line for line in client.get_model_repository_index()}
    assert index["iris_millimetres"]["state"] == "UNAVAILABLE"
    client.load_model("confidence")
    assert client.is_model_ready("iris_millimetres")
    infer(client, "iris_millimetres", "millimetres", numpy.ones((1, 4)))


def test_an_ensemble_loads_what_it_needs(stateful):
    models = stateful.models
    with Server(repository=models, load="iris_millimetres") as running:
        with triton.InferenceServerClient(running.address) as client:
            assert client.is_model_ready("iris")
            assert not client.is_model_ready("accumulator")
            infer(client, "iris_millimetres", "millimetres", numpy.ones((1, 4)))


# Sequences


def send(client, values, sequence, **more):
    return infer(client, "accumulator", "input", numpy.array([values]), sequence_id=sequence, **more)


def test_metadata_of_a_sequence_model(client):
    metadata = client.get_model_metadata("accumulator")
    assert [tensor["name"] for tensor in metadata["inputs"]] == ["input"]
    assert [tensor["name"] for tensor in metadata["outputs"]] == ["sum", "started", "sequence"]


def test_a_sequence_keeps_its_state(client):
    first = send(client, [1, 2], 42, sequence_start=True)
    assert first.as_numpy("sum").tolist() == [[101, 202]]
    assert first.as_numpy("started").tolist() == [[1]]
    assert first.as_numpy("sequence").tolist() == [[42]]
    other = send(client, [5, 5], 43, sequence_start=True)
    assert other.as_numpy("sum").tolist() == [[105, 205]]
    second = send(client, [10, 20], 42)
    assert second.as_numpy("sum").tolist() == [[111, 222]]
    assert second.as_numpy("started").tolist() == [[0]]
    assert send(client, [0, 0], 42, sequence_end=True).as_numpy("sum").tolist() == [[111, 222]]
    assert send(client, [1, 1], 43, sequence_end=True).as_numpy("sum").tolist() == [[106, 206]]
    with pytest.raises(InferenceServerException, match="must specify the START flag on the first request of the"):
        send(client, [1, 1], 42)


def test_what_is_no_request_of_a_sequence(client):
    with pytest.raises(InferenceServerException, match="must specify a non-zero or non-empty correlation ID"):
        infer(client, "accumulator", "input", numpy.ones((1, 2)))
    with pytest.raises(InferenceServerException, match="must specify batch-size 1"):
        infer(client, "accumulator", "input", numpy.ones((2, 2)), sequence_id=7, sequence_start=True)
    with pytest.raises(InferenceServerException, match="data-type is 'BYTES', but model 'accumulator' expects 'INT64'"):
        send(client, [1, 1], "seven", sequence_start=True)


def test_an_idle_sequence_ends(client):
    def send(**more):
        infer(client, "impatient", "input", numpy.ones((1, 2)), sequence_id=5, **more)

    send(sequence_start=True)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        # Longer than max_sequence_idle_microseconds, since each request begins the time anew.
        time.sleep(2.3)
        try:
            send()
        except InferenceServerException as error:
            assert "must specify the START flag" in str(error)
            return
    pytest.fail("the sequence did not end")


def test_many_sequences_at_once(stateful):
    """More than there are slots: the others wait for one."""
    def run(sequence):
        with triton.InferenceServerClient(stateful.address) as client:
            total = numpy.array([100.0, 200.0])
            for step in range(20):
                values = [sequence, step]
                total += values
                answer = send(client, values, sequence, sequence_start=step == 0, sequence_end=step == 19)
                assert answer.as_numpy("sum").tolist() == [total.tolist()]
                assert answer.as_numpy("sequence").tolist() == [[sequence]]
            return sequence

    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(run, range(1001, 1013))) == list(range(1001, 1013))
