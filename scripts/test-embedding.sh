#!/usr/bin/env bash
# Builds and runs Tests/Embedding, a package that depends on this one by a tagged git URL.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
git clone -q "$root" "$work/dunlin"
git -C "$work/dunlin" -c user.name=test -c user.email=test@localhost tag -f 0.1.0 >/dev/null
cp -r "$root/Tests/Embedding" "$work/embed"
export DUNLIN_URL="file://$work/dunlin"
cd "$work/embed"
start=$(date +%s%N)
swift package resolve >/dev/null
echo "embedding: resolved in $((($(date +%s%N) - start) / 1000000)) ms"
swift build 2>&1 | tail -3
cp -r "$root/model-repository" .
./.build/debug/embed
echo "embedding: built from a tagged git URL and inferred"

# The package's traits are off here: nothing of a C library is linked, and what would need one is refused.
if objdump -p .build/debug/embed | grep -E 'NEEDED +lib(z|ssl|crypto|nghttp2)\.'; then
  echo "embedding: the default build links a library that only a trait may need" >&2
  exit 1
fi
coproc embed { ./.build/debug/embed --wait; }
# Bash forgets its own variable when the process ends by itself.
pid=$embed_PID
while read -r word port <&"${embed[0]}" && [ "$word" != port ]; do :; done
python3 - "$port" <<'PYTHON'
import gzip
import http.client
import sys

connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
connection.request("POST", "/v2/models/iris/infer", gzip.compress(b"{}"), {"Content-Encoding": "gzip"})
answer = connection.getresponse()
body = answer.read().decode()
assert answer.status == 501 and answer.headers["Accept-Encoding"] == "identity", (answer.status, answer.headers, body)
assert "Unsupported compression type" in body, body
connection.request("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
answer = connection.getresponse()
assert answer.status == 200 and "Content-Encoding" not in answer.headers and b"dunlin_ready" in answer.read()
PYTHON
echo >&"${embed[1]}"
# A crash while it stops is one, too.
wait "$pid"
echo "embedding: without traits there is no zlib, and a compressed request is answered 501"
