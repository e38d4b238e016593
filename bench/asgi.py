"""Measure what the ASGI middleware adds to an app.

    python bench/asgi.py [--count 1000] [--rounds 5]

The same app, which answers chats at once, on the same server (uvicorn with httptools and uvloop),
bare and behind the middleware, each in a process of its own.  One caller asks them in turns, so
that whatever else the machine does meets both alike; what is added is the difference of the
percentiles of a round.
`--in-process` measures one call after the other without a server: what the middleware itself takes.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from asking import CHAT, body, connections, percentile, run
from bare import server
from gateway import ANSWER, POLICY

from epol.gateway.asgi import Message, Receive, Scope, Send
from epol.gateway.middleware import App, EpolMiddleware
from epol.gateway.settings import Settings

HERE = Path(__file__)
RESULT = HERE.parent / "result_asgi.json"
HEAD: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(ANSWER)).encode()),
    ],
}


async def app(_scope: Scope, receive: Receive, send: Send) -> None:
    """Answers at once."""
    while (await receive()).get("more_body", False):
        pass
    await send(HEAD)
    await send({"type": "http.response.body", "body": ANSWER})


def behind(folder: str) -> EpolMiddleware:
    """The app behind the middleware."""
    policy = Path(folder) / "bench.epol"
    policy.write_text(POLICY, encoding="utf-8")
    return EpolMiddleware(app, policy, Settings())


def serve(kind: str) -> None:
    """Serve until ended, and say on which port."""
    with tempfile.TemporaryDirectory() as folder:
        served: App = app if kind == "bare" else behind(folder)
        with socket.create_server(("127.0.0.1", 0)) as listening:
            print(listening.getsockname()[1], flush=True)
            server(served).run(sockets=[listening])


def started(kind: str) -> tuple[subprocess.Popen[str], int]:
    process = subprocess.Popen(
        [sys.executable, str(HERE), "--role", kind],
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert process.stdout is not None
    return process, int(process.stdout.readline())


async def calls(served: App, count: int) -> list[float]:
    """Milliseconds of so many requests, one after the other, without a server."""
    took: list[float] = []

    async def send(message: Message) -> None:
        pass

    for number in range(count):
        data = body(number)
        headers = [(b"content-length", str(len(data)).encode())]
        scope: Scope = {"type": "http", "method": "POST", "path": CHAT, "headers": headers}
        messages: list[Message] = [{"type": "http.request", "body": data}]

        async def receive(left: list[Message] = messages) -> Message:
            return left.pop()

        began = time.perf_counter()
        await served(scope, receive, send)
        took.append((time.perf_counter() - began) * 1e3)
    return took


def in_process() -> dict[str, float]:
    """The median of a call, in milliseconds."""
    with tempfile.TemporaryDirectory() as folder:
        guarded = behind(folder)
        found: dict[str, list[float]] = {"bare": [], "behind": []}
        for _ in range(5):
            for name, served in (("bare", app), ("behind", guarded)):
                found[name] += asyncio.run(calls(served, 400))
        guarded.close()
    return {name: percentile(values, 0.5) for name, values in found.items()}


async def in_turns(ports: dict[str, int], count: int) -> dict[str, list[float]]:
    """Milliseconds of so many requests to each server, one after the other, in turns.

    Whatever else the machine does meets both alike.
    """
    clients = {kind: (await connections(port, 1))[0] for kind, port in ports.items()}
    took: dict[str, list[float]] = {kind: [] for kind in ports}
    for _ in range(count):
        for kind, client in clients.items():
            began = time.perf_counter()
            await client.ask()
            took[kind].append((time.perf_counter() - began) * 1e3)
    for client in clients.values():
        client.transport.close()
    return took


def compare(count: int, rounds: int) -> dict[str, object]:
    """Both servers, asked in turns."""
    servers = {kind: started(kind) for kind in ("bare", "behind")}
    ports = {kind: port for kind, (_, port) in servers.items()}
    found: list[dict[str, float]] = []
    try:
        run(in_turns(ports, 100))
        for _ in range(rounds):
            took = run(in_turns(ports, count))
            shares = {
                f"{k} p{int(q * 100)}": percentile(took[k], q) for k in took for q in (0.5, 0.99)
            }
            found.append(shares)
            added = shares["behind p50"] - shares["bare p50"]
            print({k: round(v, 3) for k, v in shares.items()}, f"added p50 {added:.3f} ms")
    finally:
        for process, _ in servers.values():
            process.terminate()
            process.wait()
    added_p50 = median(each["behind p50"] - each["bare p50"] for each in found)
    print(f"added p50, median of the rounds: {added_p50:.3f} ms")
    return {"count": count, "rounds": found, "added_p50_ms": added_p50}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--in-process", action="store_true")
    parser.add_argument("--role", choices=("bare", "behind"))
    asked = parser.parse_args()
    if asked.role is not None:
        serve(asked.role)
        return
    calls_ms = in_process()
    print("one call, in process:", {name: round(ms, 4) for name, ms in calls_ms.items()}, "ms")
    result: dict[str, object] = {
        "machine": {"processor": platform.processor(), "cores": os.cpu_count()},
        "python": platform.python_version(),
        "in_process_ms": calls_ms,
    }
    if not asked.in_process:
        result["served"] = compare(asked.count, asked.rounds)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
