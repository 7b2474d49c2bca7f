"""Triton's logging extension: the client's two methods, and what they change in the log."""

import time

import pytest
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException

from dunlin_server import Server, json_of

DEFAULTS = {"log_file": "", "log_info": True, "log_warning": True, "log_error": True, "log_verbose_level": 0,
            "log_format": "default"}


@pytest.fixture
def own_server():
    """Its log is nobody else's, and one thread writes it: what a request is told of comes before the next one."""
    with Server("--http-threads", "1", load=None) as server:
        yield server


def test_tritonclient_reads_and_changes_settings(own_server):
    with triton.InferenceServerClient(own_server.address) as client:
        assert client.get_log_settings() == DEFAULTS
        changed = client.update_log_settings({"log_verbose_level": 2, "log_info": False, "log_format": "ISO8601"})
        assert changed == DEFAULTS | {"log_verbose_level": 2, "log_info": False, "log_format": "ISO8601"}
        assert client.get_log_settings() == changed
        for settings in [{"log_file": "/tmp/x"}, {"log_info": 3}, {"log_verbose_level": -1}, {"log_format": "x"}]:
            with pytest.raises(InferenceServerException):
                client.update_log_settings(settings)
        assert client.get_log_settings() == changed


def test_the_log_follows(own_server):
    def refused_requests():
        """Records of this one are verbose."""
        return own_server.log.count("request refused")

    def until_logged(count):
        """Records come in their order: what is to come before this one is there."""
        deadline = time.monotonic() + 30
        while refused_requests() < count:
            assert time.monotonic() < deadline, own_server.log
            time.sleep(0.005)

    own_server.raw(b"nonsense\r\n\r\n")
    assert json_of(own_server.post("/v2/logging", {"log_verbose_level": 1}))["log_verbose_level"] == 1
    own_server.raw(b"nonsense\r\n\r\n")
    until_logged(1)
    own_server.post("/v2/logging", {"log_verbose_level": 0})
    own_server.raw(b"nonsense\r\n\r\n")
    own_server.post("/v2/logging", {"log_verbose_level": 1})
    own_server.raw(b"nonsense\r\n\r\n")
    until_logged(2)
    assert refused_requests() == 2


def test_json_lines_become_text_when_asked():
    with Server("--log-format", "json", load=None) as server:
        assert server.post("/v2/logging", {"log_verbose_level": 1, "log_format": "ISO8601"}).status == 200
        server.raw(b"nonsense\r\n\r\n")
        assert not server.wait_for_log("request refused").startswith("{")
        server.post("/v2/logging", {"log_format": "default"})
        server.raw(b"nonsense\r\n\r\n")
        server.wait_for_log('"message":"request refused"')
