"""Measure streams: what one event costs on its way out, and how much text is held back.

    .venv/bin/python bench/streams.py [--quick]

The streams are the recorded ones of tests/data/streams, which are short, and a long one of clean
prose (bench/data), one event a chunk, as servers send them.
Microseconds are of `Answer.feed`: percentiles by the wall clock, `cpu` the processor time of the
thread (see `timing.py`).  What is held back is counted in characters behind each event: of tokens
alone, and of all that is watched.  `bare` reads the events and writes them as they are.
"""

from __future__ import annotations

import argparse
import json
import platform
import re
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import Any

from corpus import clean_texts
from deciding import bundle_of
from timing import clock_itself, summary

from epol.engine.bundle.contents import read_bundle
from epol.engine.bundle.plan_codec import decode_plan
from epol.engine.bundle.textplan import TextPlan
from epol.engine.bundle.treatment import Detail, Plan, Treatment
from epol.engine.streams.answer import Answer
from epol.engine.streams.sse import Splitter, written
from epol.engine.streams.stream import APIS
from epol.engine.text.service import TextService
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.tokens import Tokens

FOLDER = Path(__file__).parents[1] / "tests" / "data" / "streams"
RESULT = Path(__file__).parent / "result_streams.json"
NAMES = {"chat": "openai.chat", "responses": "openai.responses", "messages": "anthropic.messages"}
KEY = b"a key of sixteen bytes and more."
LONG = 40_000
"""Bytes of the long stream's text."""

GOAL = 20
"""Microseconds of an event, at the median."""

OWN = """
label phi.mrn
detector mrn -> phi.mrn {
  match /\\bMRN\\s{0,2}[:#]?\\s{0,2}(?P<value>[0-9]{6,10})\\b/i
  near "patient", "record" within 40 adds 20
  score 60
}
"""


@dataclass
class Flow:
    """An answer on its way out, as `StreamFlow` has it; nothing is refused."""

    text: TextService
    watched: Collection[str]
    plan: Plan
    tokens: Tokens
    keys: Keys
    labels: Collection[str] = ("phi.mrn", "pii.name")
    is_json: bool = False
    is_whole: bool = False
    counts: Mapping[str, int] = field(default_factory=dict[str, int])

    def verdict(self, counts: Mapping[str, int]) -> None:
        self.counts = counts

    def whole(self, text: str, _originals: object) -> str:
        return text

    def close(self, _restored: int, _unknown: int) -> None:
        """Hear that it has ended."""

    def tool_call(self, _name: str, _identity: str, arguments: str) -> str:
        return arguments


def tokens() -> Tokens:
    """The session of the recordings."""
    made = Tokens(KEY, "s")
    made.token("phi.mrn", "00482913")
    made.token("pii.name", 'Åsa "Ace"\nO\'Hara')
    return made


def text_plan(more: str) -> TextPlan:
    """The detectors of a policy."""
    head = 'policy bench.streams version "1"\nimport std.edge\n'
    text = read_bundle(bundle_of(f"{head}{more}target t {{ at local }}\n"), trust=None).text
    assert text is not None
    return decode_plan(text)


def settings() -> dict[str, Callable[[], Flow]]:
    """What is done to the streams, each a maker of flows."""
    made: dict[str, Callable[[], Flow]] = {}
    for name, more in (
        ("restoring", None),
        ("one detector of patterns", OWN),
        ("std.pii.us", "import std.pii.us\n"),
        ("std.pii", "import std.pii\n"),
    ):
        plan = TextPlan() if more is None else text_plan(more)
        watched = sorted({detector.label for detector in plan.detectors})
        details = {label: Detail(Treatment.REDACT) for label in watched}
        service, session = TextService(plan), tokens()
        keys = Keys(KEY, session)
        made[name] = lambda s=service, w=watched, d=details, t=session, k=keys: Flow(s, w, d, t, k)  # type: ignore[misc]
    return made


def recordings() -> dict[str, list[bytes]]:
    """The streams, as chunks of one event."""
    found: dict[str, list[bytes]] = {}
    for path in sorted(FOLDER.glob("*.sse")):
        splitter = Splitter()
        found[path.stem] = [event.raw for event in splitter.feed(path.read_bytes())]
    return found


def long_stream() -> list[bytes]:
    """A chat completion of some pages of prose, in pieces of a word."""
    words = re.findall(r"\s*\S+", clean_texts(LONG, 1)[0])
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
    return [
        written(json.dumps({**head, "choices": [{"index": 0, "delta": {"content": word}}]}))
        for word in words
    ] + [written("[DONE]")]


def bare(streams: Mapping[str, list[bytes]]) -> dict[str, float]:
    """Events read and written."""
    seconds: list[float] = []
    for chunks in streams.values():
        splitter = Splitter()
        for chunk in chunks:
            start = time.perf_counter()
            b"".join([event.raw for event in splitter.feed(chunk)])
            seconds.append(time.perf_counter() - start)
    return summary(seconds)


def fed(streams: Mapping[str, list[bytes]], flow: Callable[[], Flow]) -> dict[str, Any]:
    """Times of events, and characters held behind each."""
    seconds, held = list[float](), list[int]()
    clock = time.perf_counter
    processor = 0.0
    for name, chunks in streams.items():
        answer = Answer(APIS[NAMES[name.partition("_")[0]]], flow())
        before = time.thread_time()
        for chunk in chunks:
            start = clock()
            answer.feed(chunk)
            seconds.append(clock() - start)
            held.append(answer.held)
        processor += time.thread_time() - before
        answer.finish()
        assert answer.failure is None, answer.failure
    return {
        **summary(seconds),
        "cpu": round(processor / len(seconds) * 1e6, 3),
        "held_mean": round(mean(held), 1),
        "held_max": max(held),
        "events": len(seconds),
    }


def best(rounds: int, work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The round with the least median."""
    return min((work() for _ in range(rounds)), key=lambda each: each["p50"])


def main() -> int:
    """Measure, and write the result."""
    parser = argparse.ArgumentParser(description="Measure streams.")
    parser.add_argument("--quick", action="store_true", help="one round instead of seven")
    rounds = 1 if parser.parse_args().quick else 7
    streams, long = recordings(), {"chat_long": long_stream()}
    result: dict[str, Any] = {
        "machine": {"system": platform.platform(), "python": platform.python_version()},
        "units": "microseconds an event; characters",
        "the clock itself": clock_itself(),
        "bare": best(rounds, lambda: bare(streams)),
    }
    for name, flow in settings().items():
        made = flow()
        reach = made.text.reach(made.watched) if made.watched else 0
        for kind, each in (("recorded", streams), ("long", long)):
            times = best(rounds, lambda f=flow, e=each: fed(e, f))  # type: ignore[misc]
            result[f"{name}, {kind}"] = {"reach": reach, **times}
            there = "yes" if times["p50"] <= GOAL else "NO"
            print(f"{name}, {kind}: reach {reach}, {times}; at most {GOAL}: {there}", flush=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
