"""Measure what `epolc envoy` adds to a request that passes an Envoy.

    python bench/envoy.py [--seconds 4] [--rounds 5]

One real Envoy runs the configuration of docs/envoy.md with three listeners: without the filter
(bare), with it as it is there (epol), and with answers that come whole (whole).  A target that
answers at once and `epolc envoy`, on a Unix socket, are processes of their own.  One caller sends
one request after the other on one connection.  The listeners take turns, and what is added is the
difference of their percentiles in a round.  On a machine with other work the ratios count, and
the least of the rounds.
"""

from __future__ import annotations

import argparse
import copy
import json
import os
import platform
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import yaml
from asking import connected, free_port, percentile, run
from gateway import POLICY, processor_seconds, started

HERE = Path(__file__)
RESULT = HERE.parent / "result_envoy.json"
EXAMPLE = HERE.parents[1] / "examples" / "envoy" / "envoy.yaml"
WAYS = ("bare", "epol", "whole")
Tree = Any


def binary() -> str:
    own = HERE.parents[1] / ".venv" / "envoy" / "envoy" / "_bin" / "envoy"
    found = os.environ.get("EPOL_ENVOY") or (str(own) if own.exists() else shutil.which("envoy"))
    if found is None:
        raise SystemExit("there is no Envoy: set EPOL_ENVOY")
    return found


def config(ports: dict[str, int], target: int, epol: str) -> Tree:
    """The documentation's configuration, with its two targets in one place."""
    text = EXAMPLE.read_text(encoding="utf-8").replace("cloudy", "azure")
    made = yaml.safe_load(text.replace("/run/epol/envoy.sock", epol))
    resources = made["static_resources"]
    for cluster in resources["clusters"][1:]:
        [group] = cluster["load_assignment"]["endpoints"]
        group["lb_endpoints"][0]["endpoint"]["address"] = address(target)
    [own] = resources["listeners"]
    resources["listeners"] = [listener(own, way, port) for way, port in ports.items()]
    return made


def listener(own: Tree, way: str, port: int) -> Tree:
    made = copy.deepcopy(own)
    made["name"], made["address"] = way, address(port)
    manager = made["filter_chains"][0]["filters"][0]["typed_config"]
    filters, [host] = manager["http_filters"], manager["route_config"]["virtual_hosts"]
    if way == "bare":
        del filters[0]
        host["routes"] = [{"match": {"prefix": "/"}, "route": {"cluster": "azure"}}]
    if way == "whole":
        filters[0]["typed_config"]["processing_mode"]["response_body_mode"] = "BUFFERED"
    return made


def address(port: int) -> Tree:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


async def asked(port: int, seconds: float) -> list[float]:
    caller = await connected(port)
    until = time.perf_counter() + seconds
    took: list[float] = []
    while time.perf_counter() < until:
        took.append(await caller.ask())
    caller.transport.close()
    return took


def measured(port: int, pid: int, seconds: float) -> dict[str, float]:
    run(asked(port, seconds / 10))
    before = processor_seconds([pid])
    took = run(asked(port, seconds))
    spent = processor_seconds([pid]) - before
    return {
        "p50": percentile(took, 0.5),
        "p99": percentile(took, 0.99),
        "processor_ms": spent / len(took) * 1e3,
        "requests": len(took),
    }


def compare(seconds: float, rounds: int) -> dict[str, list[dict[str, float]]]:
    """What each way took in each round; `processor_ms` is that of `epolc envoy`."""
    gateway = str(HERE.parent / "gateway.py")
    target, port = started([sys.executable, gateway, "--role", "upstream"], "stdout", r"(\d+)")
    processes = [target]
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder) / "bench.epol"
        policy.write_text(POLICY, encoding="utf-8")
        at = f"{folder}/epol.sock"
        epolc = str(Path(sys.executable).parent / "epolc")
        command = [epolc, "envoy", "--policy", str(policy), "--listen", f"unix:{at}"]
        env = {"EPOL_LOG_LEVEL": "WARNING", "TARGET_URL": f"http://127.0.0.1:{port}/v1"}
        try:
            epol, _ = started(command, "stderr", r"epol: unix:.*@(\d)", **env)
            processes.append(epol)
            ports = {way: free_port() for way in WAYS}
            file = Path(folder) / "envoy.yaml"
            file.write_text(yaml.safe_dump(config(ports, port, at)), encoding="utf-8")
            proxy = [binary(), "-c", str(file), "--disable-hot-restart", "--concurrency", "1"]
            processes.append(subprocess.Popen([*proxy, "-l", "error"]))
            for each in ports.values():
                wait_for(each)
            found: dict[str, list[dict[str, float]]] = {way: [] for way in WAYS}
            for _ in range(rounds):
                for way in WAYS:
                    found[way].append(measured(ports[way], epol.pid, seconds))
            return found
        finally:
            for process in processes:
                process.terminate()


def wait_for(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("Envoy does not start")


def report(found: dict[str, list[dict[str, float]]]) -> None:
    added = {
        way: {
            name: [
                ours[name] - bare[name]
                for ours, bare in zip(found[way], found["bare"], strict=True)
            ]
            for name in ("p50", "p99")
        }
        for way in WAYS[1:]
    }
    result = {
        "machine": {"cores": os.cpu_count(), "load": os.getloadavg()[0]},
        "python": platform.python_version(),
        "rounds": found,
        "added": added,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    for way, rounds in found.items():
        for each in rounds:
            print(
                f"{way:6} p50 {each['p50']:6.3f} ms  p99 {each['p99']:7.3f} ms  "
                f"epol's processor {each['processor_ms']:.3f} ms  {each['requests']:.0f} requests"
            )
    for way, names in added.items():
        for name, values in names.items():
            print(f"{way} adds to {name}: median {median(values):.3f}, least {min(values):.3f} ms")
        ratio = median(ours["p50"] for ours in found[way]) / median(
            bare["p50"] for bare in found["bare"]
        )
        print(f"{way} p50 against bare: {ratio:.2f} times")
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    report(compare(wanted.seconds, wanted.rounds))


if __name__ == "__main__":
    main()
