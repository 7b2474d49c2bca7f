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
