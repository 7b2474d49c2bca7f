"""Every image of the digits test split, through tritonclient, against ONNX Runtime on the same rows."""

import numpy
import pytest
import tritonclient.http as triton

import reference  # puts the model repository on the path
import splits  # the training script's own split


@pytest.fixture(scope="module")
def digits():
    _, images, _, labels = splits.digits()
    return images, labels


def answers(server, model, name, images, batch):
    """Output name to all rows, sent `batch` rows at a time."""
    parts = {}
    with triton.InferenceServerClient(server.address) as client:
        for start in range(0, len(images), batch):
            rows = images[start:start + batch]
            tensor = triton.InferInput(name, list(rows.shape), "FP32")
            tensor.set_data_from_numpy(rows)
            result = client.infer(model, [tensor])
            for output in result.get_response()["outputs"]:
                parts.setdefault(output["name"], []).append(result.as_numpy(output["name"]))
    return {output: numpy.concatenate(rows) for output, rows in parts.items()}


@pytest.mark.parametrize("batch", [1, 32])
@pytest.mark.parametrize("model", ["digits_mlp", "digits_cnn"])
def test_labels_equal_onnxruntimes_on_every_image(server, fact, digits, model, batch):
    images, labels = digits
    if model == "digits_cnn":
        images = images.reshape(-1, 1, 8, 8)
    metadata = server.get(f"/v2/models/{model}").body.decode()
    assert "onnx_dunlin" in metadata, f"not the native engine: {metadata}"
    name = reference.session(model).get_inputs()[0].name
    wanted = reference.expected(model, images)
    given = answers(server, model, name, images, batch)
    probabilities = "probabilities" if model == "digits_cnn" else "output_probability"
    found = given[probabilities].argmax(axis=1) if model == "digits_cnn" else given["output_label"]
    right = wanted[probabilities].argmax(axis=1) if model == "digits_cnn" else wanted["output_label"]
    assert len(found) == len(labels) == 450
    assert (found == right).all(), f"{(found != right).sum()} labels differ"
    difference = float(numpy.abs(given[probabilities] - wanted[probabilities]).max())
    assert difference < 1e-4
    fact(f"{model}, batch {batch}: {int((found == labels).sum())} of {len(labels)} test images right "
         f"({(found == labels).mean():.2%}), labels equal to onnxruntime's on all, "
         f"largest difference of a probability {difference:.2g}")
