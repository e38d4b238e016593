"""Signals on demand, on a mix of requests such as a clinic's gateway sees.

Two things cost time: a model that rates how hard a task is (2 ms, as the policy says), and one
that finds names (18 ms).  Both are stand-ins that answer at once, so that what is measured is how
often each is asked and what it costs to find out that it need not be; the time saved is counted
at the costs that the policy gives.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Sequence
from random import Random
from typing import Any

from timing import summary

from epol.engine import Engine, Request
from epol.engine.bundle.findings import RequestScan
from epol.engine.text.service import TextService

MILLISECONDS = {"task.complexity": 2.0, "pii.name": 18.0}
POLICY = """policy bench.demand version "1"
attr request.tokens : int in 0 .. 1M default 0
attr step.kind : enum { none, parse, plan, tool, summarize } default none
attr caller.may_cloud : bool default true
signal net.online : bool default true
signal task.complexity : ratio from model "complexity" cost 2ms
label phi.mrn
label pii.name
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
detector names -> pii.name { model "names" class PER cost 18ms }
target ward  { at local     context 8k }
target site  { at premises  context 64k }
target azure { at cloud     context 400k }
rule up        { when not net.online and target.at == cloud  deny }
rule fits      { when request.tokens > target.context  deny }
rule bulk      { when count phi.mrn > 20  block }
rule staff     { when not caller.may_cloud and target.at == cloud  deny }
rule tools     { when step.kind in { parse, tool }  only target.at == local }
rule nameless  { when target.at == cloud  tokenize phi, pii.name }
rule easy      { when task.complexity < 0.7 and target.at == local  prefer 40 }
rule hard      { when task.complexity >= 0.7 and target.at == cloud  prefer 60 }
"""
MIX = (
    # share, what it is, attributes, text
    (30, "a question, nothing known", {}, "Compare the differentials for this patient, please."),
    (20, "a question about a record", {}, "Patient MRN 00482913: what is to be done next?"),
    (15, "a step that parses or calls a tool", {"step.kind": "parse"}, "Patient MRN 00482913."),
    (10, "the network is away", {"net.online": False}, "Compare the differentials, please."),
    (10, "the caller says how hard it is", {"task.complexity": 0.9}, "Compare the two reports."),
    (5, "the caller may not use the cloud", {"caller.may_cloud": False}, "Ward round at nine?"),
    (5, "too long for the ward", {"request.tokens": 30_000}, "Summarize the whole record."),
    (3, "a bulk export, blocked", {}, "MRN 00482913 " * 21),
    (2, "without text", {}, ""),
)


class Names:
    """The detector of names, as if it were there: asked, it finds one."""

    def __init__(self, service: TextService) -> None:
        self._service = service
        self.asked = 0
        self.scan_segments = service.scan_segments
        self.models = service.models
        self.rate = service.rate

    def run_models(
        self,
        segments: Sequence[tuple[str, str]],
        scan: RequestScan,
        names: Collection[str] | None = None,  # noqa: ARG002 (there is one detector)
    ) -> RequestScan:
        """The scan, with a name in the first text."""
        self.asked += 1
        labels = {**scan.labels, "pii.name": {segments[0][0]: 1}}
        return RequestScan(scan.scans, labels, scan.signals, scan.opaque, {})


def mix(count: int) -> list[tuple[str, Request]]:
    """Requests of the mix, by turns."""
    rng = Random(10)
    kinds = rng.choices(MIX, weights=[share for share, *_ in MIX], k=count)
    return [
        (name, Request({"request.tokens": rng.randint(50, 3_000), **given}, [("user", text)]))
        for _, name, given, text in kinds
    ]


def on_demand(bundle: bytes, count: int = 5_000) -> dict[str, Any]:
    """How often each model ran, by kind of request, and what that saves."""
    answers = Random(11)
    engine = Engine.load(bundle, models={"complexity": lambda _: answers.random()})
    names = Names(engine._policy.scanner)
    engine._policy.scanner = names
    asked = mix(count)
    ran: dict[str, Counter[str]] = {name: Counter() for _, name, *_ in MIX}
    seconds: list[float] = []
    cpu = time.thread_time()
    for name, request in asked:
        start = time.perf_counter()
        decision = engine.decide(request)
        seconds.append(time.perf_counter() - start)
        assert decision.failure is None
        ran[name].update(["requests", *(each.name for each in decision.ran)])
    cpu = time.thread_time() - cpu
    # Where a caller gives a signal, or there is no text, there is nothing to run.
    could = {
        "task.complexity": sum("task.complexity" not in r.attributes for _, r in asked),
        "pii.name": sum(bool(r.text[0][1]) for _, r in asked),
    }
    total = {name: sum(each[name] for each in ran.values()) for name in MILLISECONDS}
    spent = sum(total[name] * cost for name, cost in MILLISECONDS.items())
    always = sum(could[name] * cost for name, cost in MILLISECONDS.items())
    return {
        "requests": count,
        "by_kind": {
            name: {
                "requests": each["requests"],
                **{model: each[model] for model in MILLISECONDS},
            }
            for name, each in ran.items()
        },
        "could_run": could,
        "ran": total,
        "milliseconds_a_request_if_always": round(always / count, 2),
        "milliseconds_a_request": round(spent / count, 2),
        "saved": round(1 - spent / always, 3),
        "microseconds_to_find_out": {**summary(seconds), "cpu": round(cpu / count * 1e6, 1)},
    }
