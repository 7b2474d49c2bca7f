"""Serves a page on two ports, of which a Dunlin server allows one as an origin, and reads what Chromium made of it."""

import functools
import html
import http.server
import pathlib
import re
import subprocess
import sys
import tempfile
import threading
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "python"))

from access_table import create_key  # noqa: E402
from dunlin_server import Server  # noqa: E402

ALLOWED = "withJSON: setosa\nwithBinaryTensors: setosa\nwithoutKey: 401 an API key is needed"
REFUSED = "withJSON: TypeError\nwithBinaryTensors: TypeError\nwithoutKey: TypeError"


class Page(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


def serve():
    handler = functools.partial(Page, directory=str(pathlib.Path(__file__).parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


def shown(port, server, key, folder):
    """What the page says at its end."""
    query = urllib.parse.urlencode({"server": server.url, "key": key})
    result = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
         f"--user-data-dir={folder}/profile", "--virtual-time-budget=10000", "--dump-dom",
         f"http://127.0.0.1:{port}/page.html?{query}"],
        capture_output=True, text=True, timeout=120)
    found = re.search(r'<pre id="result">(.*?)</pre>', result.stdout, re.S)
    assert found, result.stdout + result.stderr
    return html.unescape(found[1])


def main():
    allowed, other = serve(), serve()
    with tempfile.TemporaryDirectory() as folder:
        key = create_key(pathlib.Path(folder) / "keys", "infer", "iris")
        flags = ("--api-keys", f"{folder}/keys", "--cors-allowed-origins", f"http://127.0.0.1:{allowed}")
        with Server(*flags) as server:
            for name, port, wanted in [("allowed origin", allowed, ALLOWED), ("other origin", other, REFUSED)]:
                result = shown(port, server, key, folder)
                print(f"{name}: " + result.replace("\n", "; "))
                assert result == wanted, f"expected {wanted}"
    return 0


if __name__ == "__main__":
    sys.exit(main())
