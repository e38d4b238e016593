"""Measure the gateway against a bare proxy of the same server and transport.

    python bench/gateway.py [--rate 500] [--seconds 10] [--rounds 3] [--no-litellm]

A target that answers at once, the proxy and the gateway are processes of their own.  Latency is
measured in an open loop: requests are sent at fixed times, whether or not others are back, and
each is timed from when it was to be sent.  Proxy and gateway take turns, and what is added is
the difference of their percentiles in a round.  Throughput is measured apart, with as many
requests under way as there are connections, by `wrk` where it is installed (`apt install wrk`):
a caller in C takes less of the machine than the one here.  Beside the clock there is the processor
time of the server for a request, which other work on the machine disturbs less: caller and target
take of the machine, too, so what two cores for the server alone would give is worked out.

Where `.venv-litellm` is there (`tools/environment litellm`), LiteLLM's proxy takes its turns on the
same target in the same run: as it is, with its content filter, and with epol in it.  It is asked at
a rate that it can keep up with (`--litellm-rate`), and so are proxy and gateway for it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any, cast

import litellm_proxy
import uvloop
from asking import HAS_WRK, closed_loop, free_port, open_loop, percentile, run, throughput
from bare import server

from epol.gateway.asgi import Receive, Scope, Send, headers_of, read_body, respond
from epol.gateway.settings import Limits
from epol.gateway.transport import Transport

HERE = Path(__file__)
RESULT = HERE.parent / "result_gateway.json"
POLICY = """
policy bench version "1.0.0"
import std.edge
import std.hipaa
import std.secrets
target ward  { at local  context 1M  tools true  model "small"  url env "TARGET_URL" }
target azure { at cloud  context 1M  tools true  model "large"  url env "TARGET_URL"  baa true }
rule nameless { when target.at == cloud  tokenize phi  redact secret }
rule cloud { when target.at == cloud  prefer 60 }
"""
ANSWER = json.dumps(
    {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "The second report adds a finding. " * 8,
                },
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 250, "completion_tokens": 60, "total_tokens": 310},
    }
).encode()


class Upstream(asyncio.Protocol):
    """A target that answers at once."""

    def __init__(self) -> None:
        self.data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(ANSWER)}"
        self.answer = head.encode() + b"\r\n\r\n" + ANSWER

    def data_received(self, data: bytes) -> None:
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            found = re.search(rb"(?i)content-length: *(\d+)", self.data[:end])
            size = end + 4 + (int(found[1]) if found else 0)
            if len(self.data) < size:
                return
            self.data = self.data[size:]
            self.transport.write(self.answer)


async def upstream(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(Upstream, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


def proxy(port: int, target: str) -> None:
    """Server and transport of the gateway, with nothing between them."""
    transports: list[Transport] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if not transports:
            transports.append(Transport(3.0))
        body = await read_body(headers_of(scope), receive, Limits())
        headers = {"content-type": "application/json"}
        answer = await transports[0].post(target + "/chat/completions", headers, body)
        raw = await answer.read(1 << 20)
        answer.close()
        await respond(send, answer.status, raw, {})

    server(app, port).run()


def processor_seconds(pids: list[int]) -> float:
    """Processor time of some processes."""
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return [pid, *map(int, children)]


def saturated(port: int, pid: int, seconds: float, count: int) -> dict[str, float]:
    """Throughput, and what it costs: two cores for the server alone give what `two_cores` says."""
    throughput(port, 1.0, count)
    before = processor_seconds(family(pid))
    rate = throughput(port, seconds, count)
    spent = processor_seconds(family(pid)) - before
    each = spent / (rate * seconds)
    return {"rate": rate, "processor_ms": each * 1e3, "two_cores": 2 / each}


def started(
    command: list[str], stream: str, pattern: str, **env: str
) -> tuple[subprocess.Popen[str], int]:
    """A process, and the port that it says it listens on."""
    process = subprocess.Popen(
        command,
        env={**os.environ, **env},
        text=True,
        stdout=subprocess.PIPE if stream == "stdout" else None,
        stderr=subprocess.PIPE if stream == "stderr" else subprocess.DEVNULL,
    )
    source = process.stdout if stream == "stdout" else process.stderr
    while line := source.readline():  # type: ignore[union-attr]
        if found := re.search(pattern, line):
            return process, int(found[1])
    raise SystemExit(f"{command} does not start")


def measured(
    port: int, pids: Callable[[], list[int]], rate: int, seconds: float
) -> dict[str, float]:
    run(open_loop(port, rate, 1.0))
    before = processor_seconds(pids())
    took = run(open_loop(port, rate, seconds))
    spent = processor_seconds(pids()) - before
    return {
        "p50": percentile(took, 0.5),
        "p99": percentile(took, 0.99),
        "processor_ms": spent / len(took) * 1e3,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--litellm-rate", type=int, default=40)
    parser.add_argument("--no-litellm", action="store_true")
    parser.add_argument("--role", choices=("upstream", "proxy"))
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--target", default="")
    asked = parser.parse_args()
    if asked.role == "upstream":
        uvloop.run(upstream(asked.port))
    elif asked.role == "proxy":
        proxy(asked.port, asked.target)
    else:
        with_litellm = litellm_proxy.is_there() and not asked.no_litellm
        compare(
            asked.rate,
            asked.seconds,
            asked.rounds,
            asked.workers,
            asked.litellm_rate if with_litellm else None,
        )


def compare(rate: int, seconds: float, rounds: int, workers: int, litellm_rate: int | None) -> None:
    me = [sys.executable, str(HERE)]
    target, port = started([*me, "--role", "upstream"], "stdout", r"(\d+)")
    url = f"http://127.0.0.1:{port}/v1"
    bare_port = free_port()
    bare = subprocess.Popen([*me, "--role", "proxy", "--port", str(bare_port), "--target", url])
    time.sleep(2)
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder) / "bench.epol"
        policy.write_text(POLICY, encoding="utf-8")
        epolc = str(Path(sys.executable).parent / "epolc")
        command = [epolc, "serve", "--policy", str(policy), "--port", "0"]
        listens = r"http://[^:]+:(\d+)"
        env = {"TARGET_URL": url, "EPOL_LOG_LEVEL": "WARNING"}
        one, one_port = started(command, "stderr", listens, **env)
        many, many_port = started([*command, "--workers", str(workers)], "stderr", listens, **env)
        time.sleep(2)
        found: dict[str, list[dict[str, float]]] = {"proxy": [], "gateway": []}
        try:
            for _ in range(rounds):
                found["proxy"].append(measured(bare_port, lambda: [bare.pid], rate, seconds))
                found["gateway"].append(measured(one_port, lambda: [one.pid], rate, seconds))
            served = {
                "proxy": saturated(bare_port, bare.pid, seconds, 32),
                "gateway": saturated(one_port, one.pid, seconds, 32),
                f"gateway, {workers} workers": saturated(many_port, many.pid, seconds, 64),
            }
            ours = {"proxy": (bare, bare_port), "gateway": (one, one_port)}
            beside = None
            if litellm_rate is not None:
                beside = beside_litellm(
                    Path(folder), policy, url, ours, litellm_rate, seconds, rounds
                )
        finally:
            for process in (target, bare, one, many):
                process.terminate()
    report(found, served, rate, beside)


Running = tuple[subprocess.Popen[Any], int]


def beside_litellm(
    folder: Path,
    policy: Path,
    url: str,
    ours: dict[str, Running],
    rate: int,
    seconds: float,
    rounds: int,
) -> dict[str, Any]:
    """LiteLLM's proxies in turns with ours, one after the other, and their throughput."""
    found: dict[str, list[dict[str, float]]] = {}
    served: dict[str, float] = {}
    theirs: dict[str, Running] = {}
    try:
        for name in (litellm_proxy.PLAIN, litellm_proxy.FILTERED, litellm_proxy.GUARDED):
            theirs[name] = litellm_proxy.start(name, folder, url, policy)
        everyone = {**ours, **theirs}
        for _ in range(rounds):
            for name, (process, port) in everyone.items():
                pids = [process.pid]
                found.setdefault(name, []).append(measured(port, lambda p=pids: p, rate, seconds))
        for name, (_, port) in everyone.items():
            served[name] = run(closed_loop(port, seconds, 32))
    finally:
        for process, _ in theirs.values():
            process.terminate()
    return {
        "version": litellm_proxy.version(),
        "rate": rate,
        "rounds": found,
        "throughput": served,
        "ratios": ratios(found, served),
    }


def ratios(
    found: dict[str, list[dict[str, float]]], served: dict[str, float]
) -> dict[str, dict[str, float]]:
    """What each adds to the bare proxy over what ours adds, and our throughput over its."""

    def added(name: str, what: str) -> float:
        return median(
            theirs[what] - bare[what]
            for theirs, bare in zip(found[name], found["proxy"], strict=True)
        )

    return {
        name: {
            **{
                f"added_{what}": round(added(name, what) / added("gateway", what), 2)
                for what in ("p50", "p99", "processor_ms")
            },
            "throughput": round(served["gateway"] / served[name], 2),
        }
        for name in found
        if name not in ("proxy", "gateway")
    }


def report(
    found: dict[str, list[dict[str, float]]],
    served: dict[str, dict[str, float]],
    rate: int,
    beside: dict[str, Any] | None,
) -> None:
    added = {
        name: [
            ours[name] - theirs[name]
            for ours, theirs in zip(found["gateway"], found["proxy"], strict=True)
        ]
        for name in ("p50", "p99", "processor_ms")
    }
    result = {
        "machine": {"processor": platform.processor(), "cores": os.cpu_count()},
        "python": platform.python_version(),
        "rate": rate,
        "rounds": found,
        "added": {name: {"median": median(v), "all": v} for name, v in added.items()},
        "throughput": served,
        "caller": "wrk" if HAS_WRK else "python",
        "litellm": beside,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    show(found)
    for name, values in added.items():
        print(f"added {name}: median {median(values):.3f} of {[round(v, 3) for v in values]} ms")
    for name, each in served.items():
        print(
            f"{name}: {each['rate']:.0f} requests/s; processor {each['processor_ms']:.3f} ms, "
            f"so two cores give {each['two_cores']:.0f}"
        )
    if beside is None:
        print("litellm: not measured: `tools/environment litellm` makes its environment")
        return
    print(f"litellm {beside['version']}, at {beside['rate']} requests/s:")
    show(beside["rounds"])
    for name, value in beside["throughput"].items():
        print(f"{name}: {value:.0f} requests/s")
    for name, each in beside["ratios"].items():
        print(f"{name} over gateway: {json.dumps(each)}")


def show(found: dict[str, list[dict[str, float]]]) -> None:
    """A line for each round."""
    for name, rounds in found.items():
        for each in rounds:
            print(
                f"{name:24} p50 {each['p50']:6.2f} ms  p99 {each['p99']:7.2f} ms  "
                f"processor {each['processor_ms']:.3f} ms"
            )


if __name__ == "__main__":
    main()
