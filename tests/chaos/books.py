"""What was asked and what it may have cost, compared afterwards with what others wrote down."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from epol.engine.signals.budget_redis import RedisBudget
from epol.gateway.attempts import BYTES_A_TOKEN
from tests.chaos.asking import MESSAGES, RESPONSES, Question, name_of
from tests.chaos.judging import Told, Verdict
from tests.hunt.checker import leaks
from tests.hunt.plants import Plant

PRICE_IN, PRICE_OUT = 1, 10
"""Millionths of a dollar for a token of the cloud's."""
EXACT = 3 * PRICE_IN + 2 * PRICE_OUT
"""What an answer costs that says how many tokens it took."""
NAMED = 123_456 * PRICE_IN + PRICE_OUT
"""What a stream of Anthropic's costs, by what its events say (tests/engine/streams/made.py)."""
_LIFE_MS = 3_600_000
_QUESTION = re.compile(r"question ([a-z]+)\b")
RAW = re.compile(rb"KEY-[A-Za-z0-9]{16}|[a-z0-9]{10}@[a-z]{8}\.example")
"""How keys and addresses are written where nobody disguises them; nothing else looks so."""


@dataclass
class Books:
    """What the callers know: the secrets of each question, and the least and most of all costs.

    `sure` counts the questions that the cloud was asked once and whose cost is known.
    """

    plants: dict[str, list[Plant]] = field(default_factory=dict[str, list[Plant]])
    least: int = 0
    most: int = 0
    sure: int = 0

    def asked(self, asked: Question) -> None:
        """A question is sent."""
        self.plants[name_of(asked.number)] = asked.plants

    def answered(self, asked: Question, told: Told, verdict: Verdict) -> None:
        """It has ended.  What nobody knows the cost of is booked at the most that it can be."""
        if verdict is Verdict.BLOCKED:
            return
        tried = told.headers.get("x-epol-attempts", "").split(" ")
        least, most = _costs(asked)
        is_sure = tried in (["azure=200"], ["ward=200"]) and verdict is Verdict.RIGHT
        if not is_sure:
            # Also where no attempt is told: a worker that was killed told nobody.
            self.most += max(most, _reserved(asked)) * max(len(tried), 2)
        elif tried == ["azure=200"]:
            self.sure += 1
            self.least += least
            self.most += most


def _reserved(asked: Question) -> int:
    """What is set aside for an answer, and booked where nobody knows better."""
    return -(-len(asked.body) // BYTES_A_TOKEN) * PRICE_IN + asked.output * PRICE_OUT


def _costs(asked: Question) -> tuple[int, int]:
    """The least and the most that an answer can cost."""
    most = _reserved(asked)
    if asked.path == MESSAGES and asked.streams:
        return NAMED, NAMED
    if asked.streams:
        # What was read, and what came of it.
        return most - asked.output * PRICE_OUT, most
    return (most, most) if asked.path == RESPONSES else (EXACT, EXACT)


@dataclass
class Received:
    """What a model wrote down: requests, and those in which a secret was."""

    requests: int = 0
    leaks: list[str] = field(default_factory=list[str])
    raw: int = 0


def received(record: Path, plants: dict[str, list[Plant]]) -> Received:
    """Look through all that a model got."""
    found = Received()
    for line in _lines(record):
        found.requests += 1
        text = json.dumps([line["headers"], line["path"]]) + line["body"]
        named = _QUESTION.search(line["body"])
        own = plants.get(named[1], []) if named else []
        if not named:
            found.leaks.append("a request without a question")
        found.leaks += leaks(own, line["body"].encode("latin-1"))
        found.raw += bool(RAW.search(text.encode("latin-1")))
    return found


def _lines(record: Path) -> Iterator[dict[str, str]]:
    with record.open(encoding="utf-8") as file:
        for line in file:
            # Each process begins a line; one that was killed may have left half of one before.
            with suppress(ValueError):
                yield json.loads(line)


def spent_and_reserved(url: str) -> tuple[int, int]:
    """What the ledger has in all, once everything that was set aside has expired."""
    store = RedisBudget(url, lost_is_spent=True)
    [booked] = store.booked(["default total "], int(time.time() * 1000) + _LIFE_MS + 1000)
    store.close()
    return booked


def written_secrets(folder: Path) -> list[str]:
    """The files below a folder in which a secret can be read."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return [str(path) for path in files if RAW.search(path.read_bytes())]
