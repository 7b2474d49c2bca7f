#!/bin/sh
# Requests a second over HTTP/2 and HTTP/1.1 with the same load: 1 and 16 connections, 1 and 32 requests at once on each.
#
#   scripts/bench-http2.sh [seconds of each run, 3]
#
# Needs h2load (apt-get install nghttp2-client). Over HTTP/1.1 h2load sends the 32 one behind another on the connection.
set -eu
cd "$(dirname "$0")/.."
command -v h2load >/dev/null || { echo "bench-http2: h2load is missing: apt-get install nghttp2-client" >&2; exit 1; }
binary=${DUNLIN_BINARY:-.build/release/dunlin}
[ -x "$binary" ] || make build
seconds=${1:-3}
folder=$(mktemp -d)
trap 'kill "$server" 2>/dev/null; wait "$server" 2>/dev/null || true; rm -r "$folder"' EXIT
"$binary" serve --model-repository model-repository --http-port 0 >"$folder/log" 2>&1 &
server=$!
until grep -q 'listening.*port=[0-9]' "$folder/log" && grep -q '\bready\b' "$folder/log"; do
    kill -0 "$server"
    sleep 0.05
done
port=$(sed -n 's/.*listening.*port=\([0-9]*\).*/\1/p' "$folder/log" | head -1)
printf '{"inputs":[{"name":"input","shape":[1,4],"datatype":"FP32","data":[5.1,3.5,1.4,0.2]}]}' >"$folder/body"
cpu() { awk '{print $14 + $15}' "/proc/$server/stat"; }
echo "connections streams protocol requests/s CPU-us/request failed"
for connections in 1 16; do
    for streams in 1 32; do
        for protocol in h2c http/1.1; do
            before=$(cpu)
            h2load --duration="$seconds" --warm-up-time=1 -c "$connections" -m "$streams" -t 1 -p "$protocol" \
                -d "$folder/body" "http://127.0.0.1:$port/v2/models/iris/infer" >"$folder/out" 2>&1
            after=$(cpu)
            total=$(sed -n 's/^requests:.* \([0-9]*\) done, .*/\1/p' "$folder/out")
            failed=$(sed -n 's/^requests:.* \([0-9]*\) failed.*/\1/p' "$folder/out")
            rate=$(sed -n 's/^finished in [^,]*, \([0-9.]*\) req.*/\1/p' "$folder/out")
            # The warm-up's requests cost as much, and are not counted: a share of the time is theirs.
            awk -v c="$connections" -v s="$streams" -v p="$protocol" -v r="$rate" -v n="$total" -v f="$failed" \
                -v t="$((after - before))" -v hz="$(getconf CLK_TCK)" -v d="$seconds" \
                'BEGIN { printf "%11d %7d %8s %10.0f %14.1f %6d\n", c, s, p, r, n ? t / hz * 1e6 / (n * (d + 1) / d) : 0, f }'
        done
    done
done
