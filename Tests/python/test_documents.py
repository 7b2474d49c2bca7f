"""The documents made of loaded models: every example on every page is run as it stands there."""

import html.parser
import json
import shutil
import subprocess
import sys

import openapi_spec_validator
import pytest

from dunlin_server import MODELS, REPOSITORY, ROOT, Server

PLACES = [f"/v2/models/{model}{version}" for model in MODELS for version in ("", "/versions/1")]


class Page(html.parser.HTMLParser):
    """Texts of the elements with an id, all tags, all links."""

    def __init__(self, text):
        super().__init__()
        self.texts, self.tags, self.links, self.current = {}, set(), [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        attrs = dict(attrs)
        self.links += [attrs[name] for name in ("href", "src") if name in attrs]
        if "id" in attrs:
            self.current = attrs["id"]
            self.texts[self.current] = ""

    def handle_endtag(self, tag):
        self.current = None

    def handle_data(self, data):
        if self.current:
            self.texts[self.current] += data


def page_of(server, path):
    answer = server.get(path)
    assert answer.status == 200 and answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert len(answer.body) < 64 << 10
    page = Page(answer.body.decode())
    assert not page.tags & {"script", "img", "link", "iframe", "object"}
    assert all(link.startswith("/v2") for link in page.links)
    for link in page.links:
        assert server.get(link).status == 200, link
    return page


@pytest.mark.parametrize("place", PLACES)
def test_the_example_on_the_page_works(server, place):
    body = page_of(server, place + "/docs").texts["example"]
    answer = server.post(place + "/infer", body.encode())
    assert answer.status == 200, answer


@pytest.mark.parametrize("place", PLACES)
def test_the_commands_on_the_page_work(server, place):
    texts = page_of(server, place + "/docs").texts
    assert texts.keys() == {"example", "curl", "python-requests", "python-tritonclient"}
    for command in (["sh", "-c", texts["curl"].replace("curl ", "curl -sS --fail-with-body ", 1)],
                    [sys.executable, "-c", texts["python-requests"]],
                    [sys.executable, "-c", texts["python-tritonclient"]]):
        result = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert result.returncode == 0, (command, result.stdout, result.stderr)
        assert result.stdout.strip()


@pytest.mark.parametrize("place", PLACES)
def test_the_openapi_document_is_one_and_its_example_works(server, place):
    document = json.loads(server.get(place + "/docs/dataplane.json").body)
    openapi_spec_validator.validate(document)
    example = document["paths"][place + "/infer"]["post"]["requestBody"]["content"]["application/json"]["example"]
    assert server.post(place + "/infer", example).status == 200
    accepted = server.get(place + "/docs", headers={"Accept": "application/json"})
    assert json.loads(accepted.body) == document


def test_the_servers_page_and_document_name_all_models(server):
    page = page_of(server, "/v2/docs")
    assert {f"/v2/models/{model}/docs" for model in MODELS} <= set(page.links)
    document = json.loads(server.get("/v2/docs", headers={"Accept": "application/json"}).body)
    openapi_spec_validator.validate(document)
    assert {f"/v2/models/{model}/infer" for model in MODELS} <= document["paths"].keys()


def test_workers_and_absent_models(empty_server):
    assert empty_server.post("/v2/workers/identity/load").status == 200
    texts = page_of(empty_server, "/v2/models/identity/docs").texts
    assert empty_server.post("/v2/models/identity/infer", texts["example"].encode()).status == 200
    assert empty_server.get("/v2/models/nonexistent/docs").status == 404


def test_the_examples_of_ensembles_and_sequences_work(tmp_path):
    models = tmp_path / "models"
    shutil.copytree(ROOT / "Tests/Fixtures/repository", models, ignore=shutil.ignore_patterns("*.py"))
    shutil.copytree(REPOSITORY / "iris", models / "iris")
    with Server(repository=models) as server:
        names = json.loads(server.get("/v2/models").body)["models"]
        assert len(names) > 3
        for name in names:
            body = page_of(server, f"/v2/models/{name}/docs").texts["example"]
            answer = server.post(f"/v2/models/{name}/infer", body.encode())
            assert answer.status == 200, (name, body, answer)
