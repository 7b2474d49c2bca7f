"""KServe's InferenceRESTClient with the V2 protocol."""

import asyncio

import pytest

from dunlin_server import MODELS
from kserve_client import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from reference import assert_close, expected, sample


def call(server, use):
    """Runs `use(client)` in an event loop of its own; the client lives as long as the loop."""

    async def run():
        client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0, timeout=30))
        try:
            return await use(client)
        finally:
            await client.close()

    return asyncio.run(run())


def test_live_and_ready(server):
    assert call(server, lambda client: client.is_server_live(server.url)) is True
    assert call(server, lambda client: client.is_server_ready(server.url)) is True


def test_model_ready(server):
    for model in MODELS:
        assert call(server, lambda client: client.is_model_ready(server.url, model)) is True
    assert call(server, lambda client: client.is_model_ready(server.url, "nonexistent")) is False


def test_not_ready_is_an_answer_and_no_exception(empty_server):
    assert call(empty_server, lambda client: client.is_model_ready(empty_server.url, "iris")) is False


@pytest.mark.parametrize("binary", [False, True], ids=["json", "binary"])
@pytest.mark.parametrize("model", MODELS)
def test_infer(server, model, binary):
    name, datatype, array = sample(model)
    tensor = InferInput(name, list(array.shape), datatype)
    tensor.set_data_from_numpy(array, binary_data=binary)
    request = InferRequest(model_name=model, infer_inputs=[tensor], request_id="k1")
    response = call(server, lambda client: client.infer(server.url, request, model_name=model))
    assert response.model_name == model
    assert response.id == "k1"
    wanted = expected(model, array)
    assert [output.name for output in response.outputs] == list(wanted)
    for output in response.outputs:
        assert_close(output.name, output.as_numpy(), wanted[output.name])


def test_an_error_tells_the_sentence(server):
    tensor = InferInput("input", [1, 3], "FP32", data=[1.0, 2.0, 3.0])
    request = InferRequest(model_name="iris", infer_inputs=[tensor])
    with pytest.raises(Exception) as caught:
        call(server, lambda client: client.infer(server.url, request, model_name="iris"))
    assert "400" in str(caught.value)
