"""KServe's V1 protocol with its own client, and TensorFlow Serving's REST API with `requests`, in the shapes that its
documentation has."""

import asyncio
import base64
import json
import math

import httpx
import numpy as np
import pytest
import requests

from dunlin_server import MODELS, ROOT, Server
from kserve_client import InferenceRESTClient, RESTConfig
from reference import expected, sample


def call(server, use):
    async def run():
        client = InferenceRESTClient(RESTConfig(protocol="v1", retries=0, timeout=30))
        try:
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())


def post(server, path, body, status=200):
    answer = requests.post(f"{server.url}/v1/models/{path}", data=json.dumps(body), timeout=30)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/json"
    return answer.json()


# --- KServe's InferenceRESTClient -----------------------------------------------------------------------------------

@pytest.mark.parametrize("model", MODELS)
def test_kserve_client_predicts(server, model):
    name, datatype, array = sample(model)
    wanted = expected(model, array)
    rows = [item.decode() if isinstance(item, bytes) else item for item in array.tolist()]
    response = call(server, lambda client: client.infer(server.url, {"instances": rows}, model_name=model))
    assert list(response) == ["predictions"]
    # Classifiers answer labels; others all they have.
    first = next(iter(wanted.values()))
    if len(wanted) == 2:
        labels = [item.decode() if isinstance(item, bytes) else item for item in first.reshape(-1).tolist()]
        assert response["predictions"] == labels
    else:
        np.testing.assert_allclose(np.array(response["predictions"]), first, rtol=1e-4, atol=1e-5)


def test_kserve_client_asks_whether_a_model_is_ready(server, empty_server):
    for model in MODELS:
        assert call(server, lambda client: client.is_model_ready(server.url, model)) is True
    # Of a model that is not there V1's client raises, with KServe's server as with this.
    with pytest.raises(httpx.HTTPStatusError, match="Model with name nonexistent does not exist."):
        call(server, lambda client: client.is_model_ready(server.url, "nonexistent"))
    assert call(empty_server, lambda client: client.is_model_ready(empty_server.url, "iris")) is False


def test_kserve_client_asks_whether_the_server_lives(server):
    assert call(server, lambda client: client.is_server_live(server.url)) is True


def test_kserve_client_gets_the_status_of_an_error(server):
    with pytest.raises(Exception) as caught:
        call(server, lambda client: client.infer(server.url, {"instances": [[1, 2]]}, model_name="iris"))
    assert "400" in str(caught.value)


# --- TensorFlow Serving's documentation -----------------------------------------------------------------------------

ROWS = [[5.1, 3.5, 1.4, 0.2], [6.7, 3.0, 5.2, 2.3]]


def test_rows_and_columns(server):
    assert post(server, "iris:predict", {"instances": ROWS}) == {"predictions": ["setosa", "virginica"]}
    assert post(server, "iris:predict", {"inputs": ROWS}) == {"predictions": ["setosa", "virginica"]}
    rows = post(server, "iris:predict", {"signature_name": "serving_default", "instances": ROWS})["predictions"]
    assert [row["output_label"] for row in rows] == ["setosa", "virginica"]
    columns = post(server, "iris:predict", {"inputs": {"input": ROWS}})["outputs"]
    assert columns["output_label"] == ["setosa", "virginica"]
    assert columns["output_probability"] == [row["output_probability"] for row in rows]
    same = post(server, "iris:predict", {"signature_name": "serving_default", "inputs": ROWS})["outputs"]
    assert same == columns
    named = post(server, "iris:predict", {"instances": [{"input": row} for row in ROWS]})
    assert named == {"predictions": ["setosa", "virginica"]}


def test_v1_and_v2_compute_the_same(server):
    v1 = post(server, "iris:predict", {"inputs": {"input": ROWS}})["outputs"]
    v2 = server.post("/v2/models/iris/infer", {"inputs": [
        {"name": "input", "shape": [2, 4], "datatype": "FP32", "data": ROWS}]})
    outputs = {output["name"]: output["data"] for output in json.loads(v2.body)["outputs"]}
    assert sum(v1["output_probability"], []) == outputs["output_probability"]


def test_probabilities_where_they_are_asked_for(server):
    rows = post(server, "iris:predict", {"signature_name": "predict_proba", "instances": ROWS})["predictions"]
    assert np.argmax(rows, axis=1).tolist() == [0, 2]
    np.testing.assert_allclose(np.sum(rows, axis=1), 1, atol=1e-5)


def test_strings_and_base64(server):
    text = "Hver gang jeg går en tur, tager jeg min hund med."
    coded = {"b64": base64.b64encode(text.encode()).decode()}
    name, _, array = sample("language")
    plain = post(server, "language:predict", {"instances": [text]})
    assert plain == post(server, "language:predict", {"instances": [coded]})
    assert plain == post(server, "language:predict", {"instances": [{name: coded}]})
    assert plain["predictions"] == ["da"]


def test_numbers(server):
    body = '{"instances": [[NaN, Infinity, -Infinity, 1]]}'
    answer = requests.post(f"{server.url}/v1/models/iris:predict", data=body, timeout=30)
    assert answer.status_code == 200
    text = requests.post(f"{server.url}/v1/models/iris:predict", timeout=30, data=json.dumps(
        {"signature_name": "predict_proba", "instances": [[1, 2, 3, 4]]})).text
    assert all("." in number or "e" in number for number in text.strip('{}"predictions:[]').split(","))


def test_flat_rows_go_into_images(server):
    _, _, array = sample("digits_cnn")
    flat = post(server, "digits_cnn:predict", {"instances": array.reshape(len(array), -1).tolist()})
    assert flat == post(server, "digits_cnn:predict", {"instances": array.tolist()})


def test_classify(server):
    results = post(server, "iris:classify", {"examples": [{"input": row} for row in ROWS]})["results"]
    assert [[name for name, _ in classes] for classes in results] == [["setosa", "versicolor", "virginica"]] * 2
    assert [max(classes, key=lambda entry: entry[1])[0] for classes in results] == ["setosa", "virginica"]
    shared = post(server, "iris:classify", {"context": {"input": ROWS[0]}, "examples": [{}, {"input": ROWS[1]}]})
    assert shared["results"] == results


def test_versions_status_and_metadata(server):
    assert post(server, "iris/versions/1:predict", {"instances": ROWS[:1]}) == {"predictions": ["setosa"]}
    assert post(server, "iris%3Apredict", {"instances": ROWS[:1]}) == {"predictions": ["setosa"]}
    for path in ("iris", "iris/versions/1"):
        status = requests.get(f"{server.url}/v1/models/{path}", timeout=30).json()
        assert status["model_version_status"] == [
            {"version": "1", "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}]
        assert status["name"] == "iris" and status["ready"] is True and status["object"] == "model"
    metadata = requests.get(f"{server.url}/v1/models/iris/metadata", timeout=30).json()
    assert metadata["model_spec"] == {"name": "iris", "signature_name": "", "version": "1"}
    signature = metadata["metadata"]["signature_def"]["signature_def"]["serving_default"]
    assert signature["inputs"]["input"] == {
        "dtype": "DT_FLOAT", "name": "input:0",
        "tensor_shape": {"dim": [{"size": "-1", "name": ""}, {"size": "4", "name": ""}], "unknown_rank": False}}
    listed = requests.get(f"{server.url}/v1/models", timeout=30).json()
    assert listed["models"] == MODELS and [entry["id"] for entry in listed["data"]] == MODELS


def test_errors(server):
    assert "Servable not found" in post(server, "nothing:predict", {"instances": [1]}, 404)["error"]
    assert "Specific(iris, 7)" in post(server, "iris/versions/7:predict", {"instances": [1]}, 404)["error"]
    assert "Unrecognized" in post(server, "iris/labels/x:predict", {"instances": [1]}, 400)["error"]
    assert "explain" in post(server, "iris:explain", {"instances": ROWS}, 501)["error"]
    both = post(server, "iris:predict", {"instances": ROWS, "inputs": ROWS}, 400)["error"]
    assert "'instances' and 'inputs'" in both
    assert "found 3" in post(server, "iris:predict", {"instances": [[1, 2, 3, 4], [1, 2, 3]]}, 400)["error"]


def test_labels_and_parameters_from_a_configuration(repository):
    (repository / "iris" / "config.pbtxt").write_text("""
        parameters { key: "version_labels" value { string_value: "stable=1" } }
        parameters { key: "predict_proba" value { string_value: "true" } }
        parameters { key: "v1_columns" value {
          string_value: "sepal length (cm), sepal width (cm), petal length (cm), petal width (cm)" } }
    """)
    with Server(repository=repository) as server:
        frame = {"sepal length (cm)": 5.1, "petal width (cm)": 0.2, "petal length (cm)": 1.4, "sepal width (cm)": 3.5}
        answer = post(server, "iris/labels/stable:predict", {"instances": [frame]})
        assert np.argmax(answer["predictions"]) == 0
        assert answer == post(server, "iris:predict", {"instances": [ROWS[0]]})
        assert answer == post(server, "iris:predict", {"inputs": [frame]})


def test_a_large_request(server):
    rows = np.random.default_rng(1).uniform(0, 8, (20000, 4)).astype(np.float32)
    answer = post(server, "iris:predict", {"inputs": {"input": rows.tolist()}})["outputs"]
    wanted = expected("iris", rows)
    assert answer["output_label"] == [
        item.decode() if isinstance(item, bytes) else item for item in wanted["output_label"].tolist()]
    assert all(math.isfinite(value) for row in answer["output_probability"] for value in row)
