"""Every route of the table against every kind of API key: asks a live server and prints what it answers.

    .venv/bin/python Tests/python/access_table.py
"""

import collections
import re
import subprocess

from dunlin_server import BINARY, ROOT, Server

Route = collections.namedtuple("Route", "method path group")
ROUTE = re.compile(r'^ *Route\(\.(\w+), *"([^"]+)", *\.(\w+),', re.M)

# The scope each group asks for; None: no key is needed.
SCOPES = {
    "health": None, "metadata": "infer", "inference": "infer", "statistics": "infer", "modelConfiguration": "infer",
    "metrics": "metrics", "modelRepository": "admin", "sharedMemory": "admin", "trace": "admin", "logging": "admin",
}
KINDS = ["no key", "wrong key", "wrong scope", "wrong model", "right key"]
# What a key that is limited to models may ask for without naming one: it is told of these models only.
LISTS = {"/v2", "/v2/hardware", "/v2/models", "/v2/models/stats", "/v2/repository/index", "/v1/models"}


def routes():
    return [Route(method.upper(), path, group)
            for method, path, group in ROUTE.findall((ROOT / "Sources/Dunlin/Routes.swift").read_text())]


def scope(route):
    """The scope that a key needs for a route."""
    if route.group == "health" and "{model}" in route.path:
        return "infer"
    if route.group == "modelConfiguration" and route.method != "GET":
        return "admin"
    return SCOPES[route.group]


def create_key(path, scopes, models=None):
    """Adds a key to a file, by the command, and returns what its holder sends."""
    command = [str(BINARY), "api-key", "create", "--scope", scopes, "--file", str(path)]
    result = subprocess.run(command + (["--models", models] if models else []), capture_output=True, text=True, check=True)
    return result.stdout.strip()


def expected(route, kind):
    """401, 403, or None for whatever the endpoint says."""
    needed = scope(route)
    if needed is None or kind == "right key":
        return None
    if kind in ("no key", "wrong key"):
        return 401
    if kind == "wrong scope":
        return 403
    return None if "{" not in route.path and route.path in LISTS else 403


def rows(folder):
    """For each route the status of each kind of key."""
    file = folder / "keys"
    infer, metrics, admin = (create_key(file, name) for name in ("infer", "metrics", "admin"))
    limited = {"infer": create_key(file, "infer", "other"), "admin": create_key(file, "admin", "other")}
    limited["metrics"] = limited["admin"]
    right = {"infer": infer, "metrics": metrics, "admin": admin, None: infer}
    table = []
    with Server("--api-keys", str(file)) as server:
        for route in routes():
            needed = scope(route)
            keys = {
                "no key": None, "wrong key": infer[:-4] + "aaaa",
                "wrong scope": metrics if needed == "infer" else infer,
                "wrong model": limited[needed or "infer"], "right key": right[needed],
            }
            path = route.path.format_map(collections.defaultdict(lambda: "1", model="iris", worker="echo"))
            statuses = []
            for kind in KINDS:
                headers = {"Authorization": f"ApiKey {keys[kind]}"} if keys[kind] else {}
                body = b"" if route.method == "POST" else None
                statuses.append(server.request(route.method, path, body, headers).status)
            table.append((route, statuses))
    return table


def text(table):
    """As Markdown."""
    lines = ["| Route | Group | " + " | ".join(KINDS) + " |", "|---" * (2 + len(KINDS)) + "|"]
    for route, statuses in table:
        lines.append(f"| {route.method} `{route.path}` | {route.group} | " + " | ".join(map(str, statuses)) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    import pathlib
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        print(text(rows(pathlib.Path(temporary))))
