#!/usr/bin/env python3
"""Throughput and p99 latency against offered load, in an open loop, of one or more V2 servers; drawn as an SVG.

    scripts/bench/load_curve.py --model digits_mlp --rows 1 --svg docs/load-curve.svg \\
        --serve 'dunlin=.build/release/dunlin serve --http-port {port} --model-repository models' \\
        --serve 'other=/opt/other/server --port {port}' --running 'third=http://127.0.0.1:9000,1234'

Each server given with --serve is started on a free port, pinned to --server-cpu, and ended by its process id; one that
runs already is given as LABEL=URL[,PID]. First the saturation of each is measured with --clients clients that ask without
a pause. Then every server in turn gets each share of its own saturation as Poisson arrivals, in several rounds, so that what
else the machine does hits all alike; drawn are the medians of the rounds. Latency counts from when a request was due. Standard library only.
"""

import argparse
import http.client
import json
import math
import os
import pathlib
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLOURS = ["#0b6e4f", "#c1440e", "#2f5aa8", "#8a5a00", "#7a3b8f", "#444444"]
MARKS = ["circle", "square", "diamond", "triangle", "circle", "square"]


class Server:
    """A server under test: started here, or only asked."""

    def __init__(self, label, url, pid, process=None):
        self.label, self.url, self.pid, self.process = label, url, pid, process
        self.saturation, self.points = 0.0, []

    @staticmethod
    def started(spec, cpu, model, patience):
        label, _, command = spec.partition("=")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        argv = [part.replace("{port}", str(port)) for part in shlex.split(command)]
        process = subprocess.Popen(
            ["taskset", "-c", str(cpu)] + argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            start_new_session=True)
        server = Server(label, f"http://127.0.0.1:{port}", process.pid, process)
        deadline = time.monotonic() + patience
        while not server.is_ready(port, model):
            if process.poll() is not None or time.monotonic() > deadline:
                server.stop()
                raise SystemExit(f"{label} is not ready with {model}: exit code {process.poll()}")
            time.sleep(0.05)
        return server

    @staticmethod
    def running(spec):
        label, _, rest = spec.partition("=")
        url, _, pid = rest.partition(",")
        return Server(label, url, int(pid) if pid else None)

    @staticmethod
    def is_ready(port, model):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", f"/v2/models/{model}/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def bench(options, server, *flags):
    """One step of `dunlin bench`, as a dictionary."""
    command = ["taskset", "-c", str(options.client_cpu), options.dunlin, "bench", "--url", server.url, "--model",
               options.model, "--rows", str(options.rows), "--warm-up", f"{options.warm_up}s", "--json", "--quiet", *flags]
    for header in options.header:
        command += ["--header", header]
    if options.binary:
        command.append("--binary")
    if server.pid:
        command += ["--server-pid", str(server.pid)]
    result = subprocess.run(command, capture_output=True, text=True)
    if not result.stdout:
        raise SystemExit(f"{server.label}: {result.stderr}")
    return json.loads(result.stdout)["steps"][0]


def measure(options, servers):
    found = {server.label: [] for server in servers}
    for _ in range(options.rounds):
        for server in servers:
            step = bench(options, server, "--concurrency", str(options.clients), "--duration", f"{options.seconds}s")
            found[server.label].append(step["throughput"])
    for server in servers:
        server.saturation = statistics.median(found[server.label])
        print(f"{server.label}: saturation {server.saturation:.0f}/s with {options.clients} clients", flush=True)
    rounds = {}
    for _ in range(options.rounds):
        for share in options.shares:
            for server in servers:
                rate = max(1, server.saturation * share / 100)
                rounds.setdefault((share, server.label), []).append(bench(
                    options, server, "--rate", f"{rate:.1f}", "--duration", f"{options.seconds}s", "--connections",
                    str(options.connections), "--timeout", f"{options.timeout}s"))
    for share in options.shares:
        for server in servers:
            step = median(rounds[share, server.label])
            step["share"] = share
            server.points.append(step)
            print(f"{server.label} {share:4d} %: offered {step['rate']:8.0f}/s, answered {step['throughput']:8.0f}/s, "
                  f"p50 {step['latency_us']['p50']:8.0f} us, p99 {step['latency_us']['p99']:9.0f} us, "
                  f"failed {step['failed']:.0f}, begun late p99 {step['begun_late_us']['p99']:.0f} us", flush=True)


def median(steps):
    """The medians of every number in the steps of one point."""
    result = {}
    for key, value in steps[0].items():
        if isinstance(value, dict):
            result[key] = median([step[key] for step in steps])
        elif isinstance(value, (int, float)):
            result[key] = statistics.median(step[key] for step in steps)
    return result


def nice_ticks(highest, count=5):
    step = 10 ** math.floor(math.log10(highest / count))
    for factor in (1, 2, 2.5, 5, 10):
        if highest / (step * factor) <= count:
            step *= factor
            break
    return [step * index for index in range(int(highest / step) + 1)]


class Panel:
    """One diagram: x is the offered load, y linear from 0 or logarithmic."""

    WIDTH, HEIGHT = 380, 260

    def __init__(self, left, top, title, unit, highest_x, lowest, highest, is_log):
        self.left, self.top, self.is_log = left, top, is_log
        self.highest_x, self.lowest, self.highest = highest_x, lowest, highest
        self.lines = [f'<text x="{left}" y="{top - 12}" class="title">{title}</text>']
        bottom = top + self.HEIGHT
        ticks = [10.0 ** power for power in range(round(math.log10(lowest)), round(math.log10(highest)) + 1)] \
            if is_log else nice_ticks(highest)
        for value in ticks:
            y = self.y(value)
            self.lines.append(f'<line x1="{left}" y1="{y:.1f}" x2="{left + self.WIDTH}" y2="{y:.1f}" class="grid"/>')
            self.lines.append(f'<text x="{left - 6}" y="{y + 4:.1f}" class="end">{unit(value)}</text>')
        for value in nice_ticks(highest_x):
            x = self.x(value)
            self.lines.append(f'<line x1="{x:.1f}" y1="{bottom}" x2="{x:.1f}" y2="{bottom + 4}" class="axis"/>')
            self.lines.append(f'<text x="{x:.1f}" y="{bottom + 17}" class="middle">{value:.0f}</text>')
        self.lines.append(f'<path d="M{left} {top}V{bottom}H{left + self.WIDTH}" class="axis"/>')
        self.lines.append(
            f'<text x="{left + self.WIDTH / 2}" y="{bottom + 36}" class="middle">offered load, requests/s</text>')

    def x(self, value):
        return self.left + self.WIDTH * value / self.highest_x

    def y(self, value):
        if self.is_log:
            value = min(max(value, self.lowest), self.highest)
            share = math.log(value / self.lowest) / math.log(self.highest / self.lowest)
        else:
            share = value / self.highest
        return self.top + self.HEIGHT * (1 - share)

    def draw(self, points, index):
        colour = COLOURS[index % len(COLOURS)]
        path = " ".join(f"{'M' if number == 0 else 'L'}{self.x(x):.1f} {self.y(y):.1f}"
                        for number, (x, y) in enumerate(points))
        self.lines.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        self.lines += [mark(self.x(x), self.y(y), index) for x, y in points]


def mark(x, y, index):
    colour = COLOURS[index % len(COLOURS)]
    kind = MARKS[index % len(MARKS)]
    if kind == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{colour}"/>'
    shapes = {"square": "-3-3h6v6h-6z", "diamond": "0-4.5l4.5 4.5l-4.5 4.5l-4.5-4.5z", "triangle": "0-4l4 7h-8z"}
    return f'<path d="M{x:.1f} {y:.1f}m{shapes[kind]}" fill="{colour}"/>'


def time_text(microseconds):
    if microseconds < 1000:
        return f"{microseconds:.0f} us"
    return f"{microseconds / 1000:.0f} ms" if microseconds < 1e6 else f"{microseconds / 1e6:.0f} s"


def svg(servers, title):
    highest_x = max(point["rate"] for server in servers for point in server.points) * 1.05
    throughput = max(point["throughput"] for server in servers for point in server.points) * 1.1
    latencies = [max(point["latency_us"]["p99"], 1) for server in servers for point in server.points]
    lowest, highest = 10.0 ** math.floor(math.log10(min(latencies))), 10.0 ** math.ceil(math.log10(max(latencies)))
    if lowest == highest:
        highest *= 10
    left = Panel(70, 70, "answered, requests/s", lambda value: f"{value:.0f}", highest_x, 0, throughput, False)
    right = Panel(540, 70, "p99 latency from when due", time_text, highest_x, lowest, highest, True)
    for index, server in enumerate(servers):
        left.draw([(point["rate"], point["throughput"]) for point in server.points], index)
        right.draw([(point["rate"], point["latency_us"]["p99"]) for point in server.points], index)
    legend = []
    for index, server in enumerate(servers):
        x = 70 + index * 290
        legend.append(mark(x, 398, index))
        legend.append(f'<text x="{x + 10}" y="402">{server.label}, saturates at {server.saturation:.0f}/s</text>')
    style = ("text{font:12px sans-serif;fill:#222}.title{font-weight:bold}.end{text-anchor:end}"
             ".middle{text-anchor:middle}.grid{stroke:#ddd}.axis{stroke:#222;fill:none}")
    return "\n".join([
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 420" width="960" height="420">',
        f"<style>{style}</style>", '<rect width="960" height="420" fill="#fff"/>',
        f'<text x="70" y="30" class="title">{title}</text>', *left.lines, *right.lines, *legend, "</svg>", ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve", action="append", default=[], metavar="LABEL=COMMAND")
    parser.add_argument("--running", action="append", default=[], metavar="LABEL=URL[,PID]")
    parser.add_argument("--model", default="digits_mlp")
    parser.add_argument("--rows", type=int, default=1)
    parser.add_argument("--binary", action="store_true")
    parser.add_argument("--shares", type=lambda text: [int(share) for share in text.split(",")],
                        default=[20, 40, 60, 80, 90, 100, 110, 125, 150], help="percent of saturation")
    parser.add_argument("--seconds", type=float, default=3, help="of each point in each round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--clients", type=int, default=64, help="when saturation is measured")
    parser.add_argument("--connections", type=int, default=4000,
                        help="at most; with fewer than are due at once, the client's own queue is measured")
    parser.add_argument("--warm-up", type=float, default=0.5, help="seconds before each point")
    parser.add_argument("--header", action="append", default=[], help="of each request, for example a deadline")
    parser.add_argument("--timeout", type=float, default=10)
    parser.add_argument("--server-cpu", default="0")
    parser.add_argument("--client-cpu", default=str(min(1, (os.cpu_count() or 1) - 1)))
    parser.add_argument("--dunlin", default=str(ROOT / ".build/release/dunlin"), help="whose bench makes the load")
    parser.add_argument("--patience", type=float, default=90, help="seconds until a server must be ready")
    parser.add_argument("--title", default=None)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    if not options.serve and not options.running:
        parser.error("--serve or --running names what to measure")
    servers = []
    try:
        for spec in options.serve:
            servers.append(Server.started(spec, options.server_cpu, options.model, options.patience))
        servers += [Server.running(spec) for spec in options.running]
        measure(options, servers)
    finally:
        for server in servers:
            server.stop()
    form = "binary" if options.binary else "JSON"
    title = options.title or f"{options.model}, {options.rows} row(s), {form}: Poisson arrivals, server on one core"
    if options.svg:
        options.svg.write_text(svg(servers, title))
    if options.json:
        options.json.write_text(json.dumps(
            [{"label": server.label, "saturation": server.saturation, "points": server.points} for server in servers],
            indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
