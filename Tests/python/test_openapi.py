"""The OpenAPI documents: are they valid, do their examples work, and does the live server behave as they say
(schemathesis)."""

import json
import os
import pathlib
import re
import subprocess
import sys

import openapi_schema_validator
import openapi_spec_validator
import pytest
import yaml

from dunlin_server import BINARY, ROOT, Server, assert_infers

DOCUMENTS = {path.stem: path for path in sorted((ROOT / "openapi").glob("*.yaml"))}
EXAMPLES = int(os.environ.get("DUNLIN_SCHEMATHESIS_EXAMPLES", "25"))
METHODS = {"get", "post", "put", "delete", "patch"}
# Operations that only say why not: explanations, registering without a name, and the memory of GPUs.
REFUSED = {"v1Explain", "systemSharedMemoryRegister", "cudaSharedMemoryRegister", "cudaSharedMemoryStatusRegion",
           "cudaSharedMemoryRegisterRegion"}

# Positive data acceptance is left out: whether tensors are welcome depends on the model, not on the schema.
CHECKS = ("not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
          "response_schema_conformance,unsupported_method")


def document(name="v2"):
    return yaml.safe_load(DOCUMENTS[name].read_text())


def resolved(whole, node):
    """What a `$ref` stands for."""
    while isinstance(node, dict) and "$ref" in node:
        target = whole
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations(whole):
    for path, item in whole["paths"].items():
        for method in sorted(item.keys() & METHODS):
            yield path, method, item[method]


def bodies(whole, holder):
    """Media type, schema and examples by name of each content of a request body or an answer."""
    for media, content in (resolved(whole, holder) or {}).get("content", {}).items():
        examples = {name: resolved(whole, example)["value"] for name, example in content.get("examples", {}).items()}
        if "example" in content:
            examples["example"] = content["example"]
        yield media, content.get("schema"), examples


def complaints(whole, schema, value):
    """What a value has against its schema; the schema's references lead into the document."""
    rooted = {"allOf": [schema], "components": whole["components"]}
    return [error.message for error in openapi_schema_validator.OAS30Validator(rooted).iter_errors(value)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_is_valid(name):
    openapi_spec_validator.validate(document(name))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_is_described_and_its_examples_follow_their_schemas(name, fact):
    whole = document(name)
    count = 0
    for path, method, operation in operations(whole):
        where = f"{method} {path}"
        assert operation.get("operationId") and operation.get("summary"), where
        promises = any(status[0] == "2" for status in operation["responses"])
        assert promises != (operation["operationId"] in REFUSED), where
        errors = {status for status in operation["responses"] if status[0] in "45"}
        assert {"400", "405", "500", "503"} <= errors, f"{where} lacks {{'400', '405', '500', '503'}} - {errors}"
        for holder in [operation.get("requestBody", {}), *operation["responses"].values()]:
            for media, schema, examples in bodies(whole, holder):
                assert schema, f"{where}: {media} has no schema"
                for example, value in examples.items():
                    assert complaints(whole, schema, value) == [], (where, media, example)
                    count += 1
    fact(f"openapi/{name}.yaml: {count} examples follow their schemas")


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_requests_that_stand_as_examples_are_answered_as_documented(name, fact):
    whole = document(name)
    tried = 0
    with Server(*SERVE_FLAGS) as server:
        for path, method, operation in operations(whole):
            if "load" in path.rsplit("/", 1)[-1]:  # loads and unloads have tests of their own
                continue
            concrete = concrete_path(whole, path, operation)
            for media, _, examples in bodies(whole, operation.get("requestBody", {})):
                for example, value in examples.items():
                    if media != "application/json":
                        continue
                    answer = server.request(
                        method.upper(), concrete, json.dumps(value), {"Content-Type": media})
                    where = (method, concrete, example, answer)
                    # No label is configured here, no memory is shared, and no sample model is a regression.
                    needs_more = "{label}" in path or path.endswith(("/register", ":regress"))
                    if operation["operationId"] in REFUSED or needs_more:
                        assert str(answer.status) in operation["responses"], where
                        continue
                    assert 200 <= answer.status < 300, where
                    documented = resolved(whole, operation["responses"][str(answer.status)])
                    kind = (answer.headers["Content-Type"] or "").split(";")[0]
                    schema = documented.get("content", {}).get(kind, {}).get("schema")
                    if kind == "application/json":
                        assert schema and complaints(whole, schema, json.loads(answer.body)) == [], where
                    tried += 1
    fact(f"openapi/{name}.yaml: {tried} example requests answered as documented")


# What optional routes need, as far as this server has it.
HELP = subprocess.run([BINARY, "help", "serve"], capture_output=True, text=True).stdout if BINARY.exists() else ""
SERVE_FLAGS = [flag for flag in ("--allow-client-shm",) if flag in HELP]

# Stands in for path parameters whose description in the document has no example.
PARAMETERS = {"model": "iris", "version": "1", "worker": "echo", "label": "stable", "region": "r"}


def concrete_path(whole, path, operation):
    values = dict(PARAMETERS)
    shared = whole["paths"][path].get("parameters", [])
    for parameter in [resolved(whole, one) for one in [*shared, *operation.get("parameters", [])]]:
        if parameter["in"] == "path" and "example" in parameter:
            values[parameter["name"]] = parameter["example"]
    return path.format(**values)


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


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_operation_answers_as_documented(name):
    """One plain call of each, so that a route that was forgotten is named here and not by a fuzzer."""
    whole = document(name)
    with Server(*SERVE_FLAGS) as server:
        for path, method, operation in operations(whole):
            concrete = concrete_path(whole, path, operation)
            if concrete.endswith("load"):  # loads and unloads have tests of their own
                continue
            answer = server.request(method.upper(), concrete, None if method == "get" else b"")
            assert str(answer.status) in operation["responses"], (method, path, answer)
            # There is no such hardware, and no such region.
            absent = path == "/v2/hardware" or "{region}/status" in path
            assert answer.status not in (404, 405) or absent, (method, path, answer)


# Unloading the model of the examples makes the others answer 503, as documented: these come in a run of their own.
UNLOADS = "(?i)unload"
STREAMS = "(?i)stream"


# Which operations, and what is checked of their answers.
SELECTIONS = {
    "all-but-unloads": (["--exclude-operation-id-regex", UNLOADS + "|stream"], CHECKS),
    # The schema of a stream is that of its text, not of one event.
    "streams": (["--include-operation-id-regex", STREAMS],
                CHECKS.replace("response_schema_conformance,", "")),
    "unloads": (["--include-operation-id-regex", UNLOADS], CHECKS),
    # An infer request without a body is good with a header length of 0, which the document cannot say.
    "bad-data-is-refused": (["--exclude-operation-id-regex", UNLOADS + "|infer"], "negative_data_rejection"),
}


def selections():
    for name in DOCUMENTS:
        names = [operation["operationId"] for _, _, operation in operations(document(name))]
        for selection in SELECTIONS:
            wanted = {"unloads": UNLOADS, "streams": STREAMS}.get(selection, "")
            if any(re.search(wanted, one) for one in names):
                yield name, selection


@pytest.mark.parametrize("name, selection", list(selections()))
def test_schemathesis(repository, tmp_path, fact, name, selection):
    """Generated requests against a server of its own, whose loads and unloads hit a copy of the repository."""
    arguments, checks = SELECTIONS[selection]
    # 501 is an answer: what it stands for is documented operation by operation. 503 and 504 stay failures where they
    # are not documented.
    (tmp_path / "schemathesis.toml").write_text(
        '[checks.not_a_server_error]\nexpected-statuses = ["2xx", "3xx", "4xx", 501, 503, 504]\n')
    with Server(*SERVE_FLAGS, repository=repository) as server:
        result = subprocess.run(
            [str(pathlib.Path(sys.executable).parent / "schemathesis"), "run", str(DOCUMENTS[name]), "--url",
             server.url, *arguments, "--checks", checks, "--max-examples", str(EXAMPLES), "--seed", "1", "--phases",
             "examples,coverage,fuzzing", "--continue-on-failure", "--no-color", "--request-timeout", "10"],
            capture_output=True, text=True, timeout=3600, cwd=tmp_path)
        output = result.stdout + result.stderr
        assert server.process.poll() is None, f"the server died\n{server.log}\n{output[-4000:]}"
        assert result.returncode == 0, output[-12000:]
        count = re.search(r"Tested: +(\d+)", output)[1]
        cases = re.search(r"(\d+) generated", output)[1]
        fact(f"schemathesis, {name}.yaml: {cases} requests to {count} operations, {checks.count(',') + 1} checks passed")
        server.post("/v2/repository/models/iris/load")
        assert_infers(server)
