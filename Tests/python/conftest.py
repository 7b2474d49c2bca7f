"""Fixtures: servers on free ports, and facts for the last lines of the run."""

import os
import re
import shutil

import pytest

# What this machine's own environment would say to servers and clients that tests start. What a test wants it gives.
KEPT = {"DUNLIN_BINARY", "DUNLIN_ISA", "DUNLIN_ONNXRUNTIME_LIBRARY", "DUNLIN_SCHEMATHESIS_EXAMPLES"}
for name in set(os.environ) - KEPT:
    if re.fullmatch(r"DUNLIN_.*|OTEL_.*|(?i:(http|https|all|no|grpc|ftp)_proxy)", name):
        del os.environ[name]

from dunlin_server import REPOSITORY, Server
from tls_server import Authority

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
    made = Authority(tmp_path_factory.mktemp("tls"))
    made.make_authority("authority")
    made.make_authority("stranger-authority")
    made.make("server")
    made.make("rsa", key=("rsa:2048",))
    made.make("client")
    made.make("stranger", authority="stranger-authority")
    return made


@pytest.fixture
def fact():
    """`fact("words")` prints a measured fact at the end of the run."""
    return FACTS.append


def pytest_terminal_summary(terminalreporter):
    if FACTS:
        terminalreporter.section("measured")
        for line in FACTS:
            terminalreporter.write_line(line)
