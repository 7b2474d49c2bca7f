"""Fixtures: servers on free ports, and facts for the last lines of the run."""

import shutil

import pytest

from dunlin_server import REPOSITORY, Server
from tls_server import make_authority

FACTS = []


@pytest.fixture(scope="session")
def server():
    """All sample models; tests that use it leave it as they found it."""
    with Server() as running:
        yield running


@pytest.fixture
def empty_server():
    """No model loaded."""
    with Server(load=None) as running:
        yield running


@pytest.fixture
def repository(tmp_path):
    """A copy of the sample models that a test may change."""
    copy = tmp_path / "models"
    shutil.copytree(REPOSITORY, copy, ignore=shutil.ignore_patterns("__pycache__", "*.py", "*.md", "*.txt~"))
    return copy


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return make_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def fact():
    """`fact("words")` prints a measured fact at the end of the run."""
    return FACTS.append


def pytest_terminal_summary(terminalreporter):
    if FACTS:
        terminalreporter.section("measured")
        for line in FACTS:
            terminalreporter.write_line(line)
