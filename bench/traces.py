"""Measure what traces add to a request of the gateway.

    python bench/traces.py [--count 400] [--rounds 5]

Two gateways in one process, one that traces and one that does not, before one target that answers
at once; both are called over ASGI, in turns, so that whatever else the machine does meets both.
Processor time of the thread is counted, for the clock tells of other work on the machine, too.
Spans are made and put into the queue of the SDK's batch processor, which drops them: sending
is not measured.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from asking import CHAT, body, percentile
from gateway import POLICY, Upstream
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from epol.engine.loading import compiled
from epol.gateway import spans
from epol.gateway.app import Gateway
from epol.gateway.asgi import Message, Scope
from epol.gateway.settings import Settings, Traces
from epol.gateway.state import shared_state

RESULT = Path(__file__).parent / "result_traces.json"


class Nowhere(SpanExporter):
    """Takes spans and forgets them."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:  # noqa: ARG002 (forgets)
        return SpanExportResult.SUCCESS


def exporting() -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(Nowhere()))
    return provider


async def asked(gateway: Gateway, number: int) -> float:
    """Milliseconds of processor time that one request takes in this thread, with its target."""
    data = body(number)
    scope: Scope = {"type": "http", "method": "POST", "path": CHAT, "headers": []}
    messages: list[Message] = [{"type": "http.request", "body": data}]
    ended = asyncio.Event()
    statuses: list[int] = []

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await ended.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        statuses.append(message.get("status", 0))

    began = time.thread_time()
    await gateway(scope, receive, send)
    took = (time.thread_time() - began) * 1e3
    assert statuses[0] == 200
    return took


async def measure(bundle: bytes, count: int, rounds: int) -> list[dict[str, float]]:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Upstream, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    spans.exporting = exporting
    kinds = {"untraced": Settings(), "traced": Settings(traces=Traces(on=True))}
    made: dict[str, Gateway] = {}
    shared = []
    for name, settings in kinds.items():
        shared.append(shared_state(bundle, settings, {"TARGET_URL": url}))
        made[name] = Gateway(shared[-1], settings)
        await made[name].start()
    found: list[dict[str, float]] = []
    for _ in range(rounds + 1):
        took: dict[str, list[float]] = {name: [] for name in made}
        for number in range(count):
            for name, gateway in made.items():
                took[name].append(await asked(gateway, number))
        found.append({name: percentile(values, 0.5) for name, values in took.items()})
    for gateway in made.values():
        await gateway.stop()
    for each in shared:
        each.close()
    server.close()
    return found[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        policy = Path(folder) / "bench.epol"
        policy.write_text(POLICY, encoding="utf-8")
        bundle = compiled(policy)
    found = asyncio.run(measure(bundle, options.count, options.rounds))
    for each in found:
        ratio = each["traced"] / each["untraced"]
        print({name: round(ms, 3) for name, ms in each.items()}, f"ms, ratio {ratio:.3f}")
    added = median(each["traced"] - each["untraced"] for each in found)
    ratio = median(each["traced"] / each["untraced"] for each in found)
    print(f"added processor time, median of the rounds: {added:.3f} ms, ratio {ratio:.3f}")
    result = {
        "machine": {"processor": platform.processor(), "cores": os.cpu_count()},
        "python": platform.python_version(),
        "rounds": found,
        "added_ms": added,
        "ratio": ratio,
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
