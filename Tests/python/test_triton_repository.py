"""NVIDIA's client over HTTP: model configuration, classification, loads with configuration and files, unloads, index."""

import json
import shutil

import numpy
import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from dunlin_server import MODELS, REPOSITORY, ROOT, Server
from reference import assert_close, expected, sample

ENSEMBLES = ROOT / "Tests/Fixtures/repository"


@pytest.fixture
def client(server):
    with triton.InferenceServerClient(server.address) as client:
        yield client


@pytest.fixture
def empty(empty_server):
    with triton.InferenceServerClient(empty_server.address) as client:
        yield client


@pytest.fixture
def composed(tmp_path):
    """An ensemble with its models, and a model of sequences."""
    models = tmp_path / "models"
    shutil.copytree(ENSEMBLES, models, ignore=shutil.ignore_patterns("*.py"))
    shutil.copytree(REPOSITORY / "iris", models / "iris")
    return models


def infer_input(name, datatype, array):
    tensor = triton.InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array)
    return tensor


def flower(client, model="iris", output=None, **more):
    name, datatype, array = sample("iris")
    return client.infer(model, [infer_input(name, datatype, array)], outputs=output and [output], **more)


def model_file(model):
    return (REPOSITORY / model / "1" / "model.onnx").read_bytes()


def refused(call, *words):
    with pytest.raises(InferenceServerException) as caught:
        call()
    for word in words:
        assert word in caught.value.message(), caught.value.message()
    return caught.value


class TestConfiguration:
    @pytest.mark.parametrize("version", ["", "1"])
    @pytest.mark.parametrize("model", MODELS)
    def test_every_model_has_one(self, client, model, version):
        config = client.get_model_config(model, version)
        metadata = client.get_model_metadata(model, version)
        assert config["name"] == model
        assert config["version_policy"] == {"latest": {"num_versions": 1}}
        assert config["default_model_filename"] == "model.onnx"
        rows = [-1] if config["max_batch_size"] else []
        for key in ("input", "output"):
            assert [tensor["name"] for tensor in config[key]] == [tensor["name"] for tensor in metadata[f"{key}s"]]
            for tensor, described in zip(config[key], metadata[f"{key}s"]):
                assert rows + tensor["dims"] == described["shape"]
                assert tensor["data_type"] == "TYPE_" + described["datatype"].replace("BYTES", "STRING")
        (group,) = config["instance_group"]
        assert group["kind"] == "KIND_CPU" and group["count"] >= 1

    @pytest.mark.parametrize("model", MODELS)
    def test_it_can_be_loaded_again(self, empty, model):
        empty.load_model(model)
        first = empty.get_model_config(model)
        empty.load_model(model, config=json.dumps(first))
        assert empty.get_model_config(model) == first

    def test_unknown_models(self, client):
        assert refused(lambda: client.get_model_config("nonexistent"), "nonexistent").status() == "404"
        assert refused(lambda: client.get_model_config("iris", "9"), "9").status() == "404"

    def test_ensembles_and_sequences(self, composed):
        with Server(repository=composed) as running, triton.InferenceServerClient(running.address) as client:
            ensemble = client.get_model_config("iris_millimetres")
            assert ensemble["platform"] == "ensemble" and len(ensemble["ensemble_scheduling"]["step"]) == 3
            assert ensemble["ensemble_scheduling"]["step"][2]["input_map"] == {"probabilities": "probabilities"}
            assert ensemble["instance_group"] == []
            sequence = client.get_model_config("accumulator")
            assert sequence["max_batch_size"] == 8 and [tensor["dims"] for tensor in sequence["input"]] == [[2]]
            assert sequence["sequence_batching"]["oldest"]["preferred_batch_size"] == [2]
            assert sequence["sequence_batching"]["state"][0]["initial_state"][0]["data_file"] == "begin"
            for name in ("iris_millimetres", "accumulator"):
                first = client.get_model_config(name)
                client.load_model(name, config=json.dumps(first))
                assert client.get_model_config(name) == first


class TestClassification:
    @pytest.mark.parametrize("binary", [True, False], ids=["binary", "json"])
    @pytest.mark.parametrize("count", [1, 2, 3, 9])
    def test_the_largest_come_first(self, client, count, binary):
        name, datatype, array = sample("iris")
        array = numpy.concatenate([array, array[:, ::-1]])
        result = client.infer("iris", [infer_input(name, datatype, array)], outputs=[
            triton.InferRequestedOutput("output_probability", binary_data=binary, class_count=count)])
        given = result.as_numpy("output_probability")
        wanted = expected("iris", array)["output_probability"]
        assert given.shape == (2, min(count, 3))
        assert result.get_output("output_probability")["datatype"] == "BYTES"
        for row, probabilities in zip(given, wanted):
            order = numpy.argsort(-probabilities, kind="stable")
            for entry, index in zip(row, order):
                value, place, label = (entry if isinstance(entry, str) else entry.decode()).split(":")
                assert int(place) == index
                assert label == ["setosa", "versicolor", "virginica"][index]
                assert len(value.split(".")[1]) == 6
                assert float(value) == pytest.approx(probabilities[index], abs=2e-5)

    def test_labels_come_from_the_label_file(self, client):
        name, datatype, array = sample("breast_cancer")
        result = client.infer("breast_cancer", [infer_input(name, datatype, array)], outputs=[
            triton.InferRequestedOutput("probabilities", class_count=2)])
        labels = [entry.decode().split(":")[2] for entry in result.as_numpy("probabilities").ravel()]
        assert sorted(set(labels)) == ["benign", "malignant"]

    def test_other_outputs_stay_as_they_are(self, client):
        name, datatype, array = sample("digits_mlp")
        (output,) = [key for key, value in expected("digits_mlp", array).items() if value.ndim == 2][:1]
        result = client.infer("digits_mlp", [infer_input(name, datatype, array)], outputs=[
            triton.InferRequestedOutput(key, class_count=3 if key == output else 0)
            for key in expected("digits_mlp", array)])
        assert result.as_numpy(output).shape == (len(array), 3)

    def test_text_has_no_classes(self, client):
        output = triton.InferRequestedOutput("output_label", class_count=1)
        assert refused(lambda: flower(client, output=output), "output_label", "BYTES").status() == "400"

    def test_not_into_shared_memory(self, client):
        output = triton.InferRequestedOutput("output_probability", class_count=1)
        with pytest.raises(InferenceServerException):
            output.set_shared_memory("region", 64)
        output = triton.InferRequestedOutput("output_probability")
        output._parameters.update(classification=1, shared_memory_region="region", shared_memory_byte_size=64)
        refused(lambda: flower(client, output=output), "output_probability")


class TestLoad:
    def test_a_configuration_stands_for_the_file(self, empty):
        config = {"max_batch_size": 2, "instance_group": [{"count": 3, "kind": "KIND_CPU"}]}
        empty.load_model("iris", config=json.dumps(config))
        served = empty.get_model_config("iris")
        assert served["max_batch_size"] == 2 and served["instance_group"][0]["count"] == 3
        name, datatype, array = sample("iris")
        refused(lambda: empty.infer("iris", [infer_input(name, datatype, numpy.repeat(array, 3, 0))]), "max_batch_size")
        empty.load_model("iris")
        empty.infer("iris", [infer_input(name, datatype, numpy.repeat(array, 3, 0))])

    def test_the_protocols_own_names_are_read_as_well(self, empty):
        config = {
            "name": "iris", "platform": "onnxruntime_onnx",
            "inputs": [{"name": "input", "datatype": "FP32", "shape": [4]}],
            "version_policy": {"specific": {"versions": ["1"]}}}
        empty.load_model("iris", config=json.dumps(config))
        assert empty.get_model_config("iris")["version_policy"] == {"specific": {"versions": [1]}}
        flower(empty)

    @pytest.mark.parametrize("backend", ["native", "onnxruntime"])
    def test_files_stand_for_the_directory(self, empty, empty_server, backend):
        config = json.dumps({"parameters": {"backend": {"string_value": backend}}})
        empty.load_model("flowers", config=config, files={"file:3/model.onnx": model_file("iris")})
        assert empty.get_model_metadata("flowers")["versions"] == ["3"]
        assert empty.get_model_metadata("flowers")["properties"]["backend"] == backend
        assert flower(empty, "flowers").as_numpy("output_label").tolist() == [b"setosa"]
        assert not list(empty_server.folder.glob("**/*.onnx"))
        assert not (REPOSITORY / "flowers").exists()
        empty.unload_model("flowers")
        assert not empty.is_model_ready("flowers")

    def test_recorded_requests_come_along(self, empty, empty_server):
        """They run before the model is ready, from memory too; one that does not fit fails the load by its name."""
        recorded = (REPOSITORY / "iris/sample-request.json").read_bytes()
        files = {"file:1/model.onnx": model_file("iris"), "file:warmup/first.json": recorded}
        empty.load_model("recorded", config="{}", files=files)
        assert flower(empty, "recorded").as_numpy("output_label").tolist() == [b"setosa"]
        files["file:warmup/second.json"] = b'{"inputs": []}'
        refused(lambda: empty.load_model("recorded", config="{}", files=files), "second.json")
        flower(empty, "recorded")
        empty.unload_model("recorded")
        refused(lambda: empty.load_model("unready", config="{}", files=files), "second.json")
        assert not empty.is_model_ready("unready")

    def test_a_model_is_swapped_and_comes_back(self, empty):
        empty.load_model("iris")
        empty.load_model("iris", config="{}", files={"file:7/model.onnx": model_file("digits_mlp")})
        assert empty.get_model_metadata("iris")["versions"] == ["7"]
        empty.load_model("iris")
        assert empty.get_model_metadata("iris")["versions"] == ["1"]
        flower(empty)

    def test_a_failed_reload_keeps_what_serves(self, empty):
        empty.load_model("iris")
        refused(lambda: empty.load_model("iris", config="{}", files={"file:2/model.onnx": b"no model"}), "iris")
        refused(lambda: empty.load_model("iris", config='{"max_batch_size": -1}'), "max_batch_size")
        refused(lambda: empty.load_model("iris", config="{"), "config")
        assert flower(empty).get_response()["model_version"] == "1"
        assert empty.is_server_ready()

    @pytest.mark.parametrize("config, files, words", [
        (None, {"file:1/model.onnx": b"x"}, "config"),
        ("{}", {"file:../x/model.onnx": b"x"}, "path traversal"),
        ("{}", {"file:/etc/passwd": b"x"}, "empty component"),
        ("{}", {"file:1/" + "n" * 256: b"x"}, "255 bytes"),
        ("{}", {"file:model.onnx": b"x"}, "no version"),
        ('{"colour": 1}', None, "colour"),
        ('{"name": "other"}', None, "other"),
    ], ids=["no-config", "traversal", "absolute", "long", "no-version", "unknown-field", "name"])
    def test_refusals(self, empty, config, files, words):
        empty.load_model("iris")
        assert refused(lambda: empty.load_model("iris", config=config, files=files), words).status() in ("400", "404")
        assert empty.is_model_ready("iris")
        flower(empty)

    def test_unknown_parameters_and_bad_base64(self, server):
        for parameters, words in [
            ({"colour": 1}, b"colour"), ({"config": 5}, b"config"), ({"file:1/m": "?", "config": "{}"}, b"Base64"),
            ({"threads": 0}, b"threads"),
        ]:
            answer = server.post("/v2/repository/models/iris/load", {"parameters": parameters})
            assert answer.status == 400 and words in answer.body, answer

    def test_files_are_limited(self):
        with Server("--max-load-size", "64", load=None) as running:
            with triton.InferenceServerClient(running.address) as client:
                refused(
                    lambda: client.load_model("m", config="{}", files={"file:1/model.onnx": b"x" * 65}),
                    "maximum allowed input size of 64 bytes")
                refused(lambda: client.load_model("m", config="{}", files={"file:1/model.onnx": b"x" * 64}), "'m'")

    def test_a_body_of_two_gibibytes_is_refused_before_it_comes(self, server):
        received = server.raw(
            b"POST /v2/repository/models/iris/load HTTP/1.1\r\nHost: a\r\nContent-Length: 2147483648\r\n\r\n{")
        assert received.startswith(b"HTTP/1.1 413 "), received
        assert server.get("/v2/health/live").status == 200

    def test_a_model_of_several_megabytes(self, empty):
        """Read away from the event loop; what follows the files in the body counts as well."""
        files = {"file:1/model.onnx": model_file("iris"), "file:1/ballast.bin": b"\0" * (4 << 20)}
        empty.load_model("large", config="{}", files=files)
        flower(empty, "large")
        refused(lambda: empty.load_model("large", config='{"colour": 1}', files=files), "colour")

    def test_tensors_in_other_files(self, empty):
        """They come along for the native engine; nothing is ever looked up on the disk."""
        onnx = pytest.importorskip("onnx")
        model = onnx.load(REPOSITORY / "digits_mlp" / "1" / "model.onnx")
        weights = b""
        for tensor in model.graph.initializer:
            raw = onnx.numpy_helper.to_array(tensor).tobytes()
            tensor.CopyFrom(onnx.numpy_helper.from_array(onnx.numpy_helper.to_array(tensor), tensor.name))
            tensor.raw_data = raw
            onnx.external_data_helper.set_external_data(tensor, "weights.bin", len(weights), length=len(raw))
            tensor.ClearField("raw_data")
            weights += raw
        files = {"file:1/model.onnx": model.SerializeToString()}
        config = {backend: json.dumps({"parameters": {"backend": {"string_value": backend}}})
                  for backend in ("native", "onnxruntime")}
        for backend in config:
            refused(lambda: empty.load_model("m", config=config[backend], files=files), "'m'")
        files["file:1/weights.bin"] = weights
        refused(lambda: empty.load_model("m", config=config["onnxruntime"], files=files), "other files")
        empty.load_model("m", config=config["native"], files=files)
        name, datatype, array = sample("digits_mlp")
        result = empty.infer("m", [infer_input(name, datatype, array)])
        for output, value in expected("digits_mlp", array).items():
            assert_close(output, result.as_numpy(output), value)


class TestUnload:
    def test_an_ensembles_models_go_with_it(self, composed):
        with Server(repository=composed, load=None) as running:
            with triton.InferenceServerClient(running.address) as client:
                client.load_model("iris_millimetres")
                members = {step["model_name"] for step in
                           client.get_model_config("iris_millimetres")["ensemble_scheduling"]["step"]}
                assert all(client.is_model_ready(member) for member in members)
                client.unload_model("iris_millimetres")
                assert all(client.is_model_ready(member) for member in members)
                client.load_model("iris_millimetres")
                client.unload_model("iris_millimetres", unload_dependents=True)
                assert not any(client.is_model_ready(member) for member in members)

    def test_parameters_are_checked(self, server):
        for parameters in ({"unload_dependents": 1}, {"colour": True}):
            answer = server.post("/v2/repository/models/nonexistent/unload", {"parameters": parameters})
            assert answer.status == 400, answer


class TestIndex:
    def test_only_what_is_ready(self, empty, empty_server):
        empty.load_model("iris")
        names = [entry["name"] for entry in json.loads(
            empty_server.post("/v2/repository/index", {"ready": True}).body)]
        assert names == ["iris"]
        assert set(MODELS) <= {entry["name"] for entry in empty.get_model_repository_index()}

    def test_repositories_by_name(self, server):
        name = REPOSITORY.name
        assert server.post(f"/v2/repository/{name}/index").body == server.post("/v2/repository/index").body
        assert server.post(f"/v2/repository/{name}/models/iris/load").status == 200
        for path in ("index", "models/iris/load", "models/iris/unload"):
            answer = server.post(f"/v2/repository/another/{path}")
            assert answer.status == 404 and b"another" in answer.body, answer


class TestParameters:
    def test_priority_and_timeout(self, client):
        flower(client, priority=1, timeout=5_000_000)
        flower(client, priority=0)

    @pytest.mark.parametrize("parameters, words", [
        ({"triton_x": 1}, "triton_"), ({"timeout": "soon"}, "timeout"), ({"priority": -1}, "priority"),
        ({"timeout": 1.5}, "timeout"),
    ])
    def test_refusals(self, server, parameters, words):
        name, datatype, array = sample("iris")
        answer = server.post("/v2/models/iris/infer", {
            "parameters": parameters,
            "inputs": [{"name": name, "datatype": datatype, "shape": list(array.shape), "data": array.ravel().tolist()}]})
        assert answer.status == 400 and words.encode() in answer.body, answer

    def test_the_clients_own_reserved_names(self, client):
        for name in ("sequence_id", "priority", "binary_data_output"):
            refused(lambda: flower(client, parameters={name: 1}), name)

    def test_sequences(self, composed):
        with Server(repository=composed, load=None) as running:
            with triton.InferenceServerClient(running.address) as client:
                client.load_model("accumulator")
                inputs = [infer_input("input", "FP32", numpy.ones((1, 2), numpy.float32))]
                refused(lambda: client.infer("accumulator", inputs), "sequence_id")
                refused(lambda: client.infer("accumulator", inputs, sequence_id="a", sequence_start=True), "INT64")
                sums = [
                    client.infer("accumulator", inputs, sequence_id=7, sequence_start=step == 0, sequence_end=step == 2)
                    .as_numpy("sum").tolist() for step in range(3)]
                assert sums == [[[101, 201]], [[102, 202]], [[103, 203]]]
