"""The OpenAPI document: is it one, do its examples work, and does the live server behave as it says (schemathesis)."""

import json
import os
import pathlib
import re
import subprocess
import sys

import openapi_spec_validator
import pytest
import yaml

from dunlin_server import REPOSITORY, ROOT, Server, assert_infers

DOCUMENT = ROOT / "openapi" / "v2.yaml"
EXAMPLES = int(os.environ.get("DUNLIN_SCHEMATHESIS_EXAMPLES", "25"))

# Positive data acceptance is left out: whether tensors are welcome depends on the model, not on the schema.
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,unsupported_method")


def document():
    return yaml.safe_load(DOCUMENT.read_text())


def test_it_is_valid():
    openapi_spec_validator.validate(document())


def test_its_examples_work(server):
    examples = document()["components"]["examples"]
    for name in ("IrisRequest", "IrisBinaryOutputsRequest"):
        answer = server.post("/v2/models/iris/infer", examples[name]["value"])
        assert answer.status == 200, answer
    given = json.loads(server.post("/v2/models/iris/infer", examples["IrisRequest"]["value"]).body)
    wanted = examples["IrisResponse"]["value"]
    assert [(output["name"], output["datatype"], output["shape"]) for output in given["outputs"]] == [
        (output["name"], output["datatype"], output["shape"]) for output in wanted["outputs"]]
    assert given["outputs"][0]["data"] == wanted["outputs"][0]["data"]
    for ours, theirs in zip(given["outputs"][1]["data"], wanted["outputs"][1]["data"]):
        assert abs(ours - theirs) < 1e-5


def test_every_operation_answers_as_documented(server):
    """One plain call of each, so that a route that was forgotten is named here and not by a fuzzer."""
    for path, item in document()["paths"].items():
        concrete = path.format(model="iris", version="1", worker="echo", repository=REPOSITORY.name)
        for method in item.keys() & {"get", "post"}:
            if concrete.endswith("load"):  # loads and unloads have tests of their own
                continue
            answer = server.request(method.upper(), concrete, b"" if method == "post" else None)
            assert str(answer.status) in item[method]["responses"], (method, path, answer)
            assert answer.status not in (404, 405) or path == "/v2/hardware", (method, path, answer)


# Unloading the model of the examples makes the others answer 503, as documented: these come in a run of their own.
UNLOADS = "(?i)unload"


@pytest.mark.parametrize("selection, checks", [
    (["--exclude-operation-id-regex", UNLOADS], CHECKS),
    (["--include-operation-id-regex", UNLOADS], CHECKS),
    # An infer request without a body is good with a header length of 0, which the document cannot say.
    (["--exclude-operation-id-regex", UNLOADS + "|infer"], "negative_data_rejection"),
], ids=["all-but-unloads", "unloads", "bad-data-is-refused"])
def test_schemathesis(repository, tmp_path, fact, selection, checks):
    """Generated requests against a server of its own, whose loads and unloads hit a copy of the repository."""
    with Server(repository=repository) as server:
        result = subprocess.run(
            [str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", str(DOCUMENT), "--url", server.url,
             *selection, "--checks", checks, "--max-examples", str(EXAMPLES), "--seed", "1", "--phases",
             "examples,coverage,fuzzing", "--continue-on-failure", "--no-color", "--request-timeout", "10"],
            capture_output=True, text=True, timeout=600, cwd=tmp_path)
        output = result.stdout + result.stderr
        assert server.process.poll() is None, f"the server died\n{server.log}\n{output[-4000:]}"
        assert result.returncode == 0, output[-12000:]
        operations = re.search(r"Tested: +(\d+)", output)[1]
        cases = re.search(r"(\d+) generated", output)[1]
        fact(f"schemathesis: {cases} requests to {operations} operations, {checks.count(',') + 1} checks passed on all")
        server.post("/v2/repository/models/iris/load")
        assert_infers(server)
