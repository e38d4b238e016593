"""Measure what the live page costs: a request on its way, a tick beside them, and its readers.

    python bench/live_page.py

Times are of the thread that does it (`time.thread_time`), the median of five rounds.  A request is
one that was really enforced under examples/gateway/clinic.epol, with a label treated.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from epol.compiler.embedding import compile_bundle
from epol.engine import Engine
from epol.gateway import metering
from epol.gateway.apis import ENDPOINTS
from epol.gateway.comparing import compare
from epol.gateway.exchange import Exchange
from epol.gateway.live import whatif
from epol.gateway.live.feed import Feed
from epol.gateway.live.recent import MOST, Recent, rows
from epol.gateway.live.row import Row
from epol.gateway.live.samples import Sample, readings, traffic
from epol.gateway.metrics import Metrics
from epol.gateway.policies import Policies
from epol.gateway.settings import Settings
from epol.gateway.spending import usage_in

ROOT = Path(__file__).resolve().parents[1]
POLICY = ROOT / "examples" / "gateway" / "clinic.epol"
HERE = "http://127.0.0.1:9/v1"
TEXT = "Compare the differentials of MRN 00482913, seen on 04/12/2026. " * 16
ANSWER = json.dumps(
    {
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "x" * 1024}}],
        "usage": {"prompt_tokens": 300, "completion_tokens": 250},
    }
).encode()


def microseconds(work: Callable[[], object], times: int) -> float:
    taken: list[float] = []
    for _ in range(5):
        began = time.thread_time()
        for _ in range(times):
            work()
        taken.append((time.thread_time() - began) / times * 1e6)
    return round(median(taken), 2)


def exchange(engine: Engine) -> Exchange:
    made = Exchange(ENDPOINTS["/v1/chat/completions"])
    body = {"messages": [{"role": "user", "content": TEXT}], "max_tokens": 900}
    made.enforced = engine.enforce(body, "openai.chat")
    made.target, made.has_begun, made.caller = "cloudy", True, "ward"
    made.attempts.add("cloudy", 200)
    return made


def main() -> None:
    environment = {"WARD_URL": HERE, "CLOUD_URL": HERE, "CLOUD_KEY": "the-key-of-the-cloud"}
    policies = Policies(compile_bundle(POLICY), Settings(), environment)
    engine, targets = policies.engine, policies.now.targets
    done, recent, metrics = exchange(engine), Recent(), Metrics()
    decision = done.decision
    assert decision is not None
    done.costs = compare(decision, targets, "cloudy", usage_in(ANSWER))
    metering.count(metrics, done)
    recent.add(done)
    found = {
        "a request: kept for the page": microseconds(lambda: recent.add(done), 20_000),
        "a request: its tokens read": microseconds(lambda: usage_in(ANSWER), 20_000),
        "a request: its costs compared": microseconds(
            lambda: compare(decision, targets, "cloudy", usage_in(ANSWER)), 20_000
        ),
        "a request: all that is counted of it": microseconds(
            lambda: metering.count(metrics, done), 5_000
        ),
    }
    costs = microseconds(lambda: metering._costs(metrics, done), 20_000)
    found["    of which fallbacks and costs"] = costs
    fresh = [exchange(engine) for _ in range(MOST)]

    def made() -> list[Row]:
        for each in fresh:
            recent.add(each)
        return rows(recent.take())

    with TemporaryDirectory() as folder:
        feed = Feed(Path(folder) / "live.sqlite3")
        told = made()
        sample = Sample(readings(engine.signals, engine.manifest), traffic(metrics.sheet()))
        found[f"a tick: {MOST} rows made"] = microseconds(made, 5)
        found[f"a tick: {MOST} rows and a sample put"] = microseconds(
            lambda: feed.put(told, sample), 20
        )
    asked = json.dumps({"text": TEXT, "given": {"request.max_output_tokens": 900}}).encode()
    found["a rehearsal of 1 KB, with its sweeps"] = microseconds(
        lambda: whatif.answer(policies, asked), 5
    )
    for name, number in found.items():
        print(f"{name:<42}{number:>12,.1f} us")


if __name__ == "__main__":
    main()
