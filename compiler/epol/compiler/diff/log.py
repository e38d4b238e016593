"""How many requests of a log two policies decide otherwise, by kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from epol.compiler.diff.judge import Pair, Side
from epol.compiler.diff.kinds import Kind
from epol.compiler.diff.told import told
from epol.compiler.scanning import scanned
from epol.engine.bundle.service import EngineService, EpolError
from epol.lang.model import Policy
from epol.lang.request import RequestError, parse_json, read_request

MOST_SHOWN = 100
"""Bad lines that are kept with their errors; the rest are counted."""


@dataclass(frozen=True)
class Reading:
    """A policy, and what reads and decides a request's JSON under it, or raises an error."""

    policy: Policy
    read: Callable[[object], Side]


def by_reference(policy: Policy, *, models: bool) -> Reading:
    """By the reference evaluator; with `models`, model detectors are run where they can be."""

    def read(obj: object) -> Side:
        return Side(policy, scanned(read_request(obj, policy), policy, models=models))

    return Reading(policy, read)


def by_engine(policy: Policy, engine: EngineService) -> Reading:
    """By the engine, whose decisions name treatments without their details."""

    def read(obj: object) -> Side:
        return Side(policy, read_request(obj, policy), told(engine.decide(obj)))

    return Reading(policy, read)


@dataclass
class Count:
    """How many requests are decided otherwise in one way, and the line of the first."""

    requests: int
    first: int


@dataclass
class Tally:
    """Requests that were decided by both policies, those decided alike, and bad lines."""

    decided: int = 0
    alike: int = 0
    bad: int = 0
    errors: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    counts: dict[Kind, Count] = field(default_factory=dict[Kind, Count])


def tally(sides: tuple[Reading, Reading], lines: Iterable[bytes]) -> Tally:
    """Decide each line by both policies, OLD's first; empty lines are passed over."""
    found = Tally()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pair = read_pair(line, *sides)
        except (RequestError, EpolError) as error:
            found.bad += 1
            if found.bad <= MOST_SHOWN:
                found.errors.append((number, str(error)))
        else:
            _count(found, pair, number)
    found.counts = {kind: found.counts[kind] for kind in Kind if kind in found.counts}
    return found


def _count(found: Tally, pair: Pair, number: int) -> None:
    found.decided += 1
    found.alike += not pair.differences
    for kind in pair.differences:
        count = found.counts.setdefault(kind, Count(0, number))
        count.requests += 1


def read_pair(data: bytes, old: Reading, new: Reading) -> Pair:
    """A request of interfaces.md as both policies read it, each with its own scan of the text.

    What one of them alone declares is given to it alone.  Raises `RequestError` and other
    errors of the engine; str() says which policy refuses it (OLD, if both do).
    """
    obj = parse_json(data)
    return Pair(_side("OLD", obj, old, new), _side("NEW", obj, new, old))


def _side(name: str, obj: object, reading: Reading, other: Reading) -> Side:
    try:
        return reading.read(_own(obj, reading.policy, other.policy))
    except (RequestError, EpolError) as error:
        raise RequestError(f"{name}: {error}") from None


def _own(obj: object, policy: Policy, other: Policy) -> object:
    """A request without the names that the other policy alone declares."""
    if not isinstance(obj, dict):
        return obj
    top = cast(dict[str, Any], obj)
    foreign = {
        "attributes": other.inputs.keys() - policy.inputs.keys(),
        "labels": other.labels.keys() - policy.labels.keys(),
    }
    return {key: _less(value, foreign.get(key, set())) for key, value in top.items()}


def _less(value: object, names: set[str]) -> object:
    if not names or not isinstance(value, dict):
        return value
    items = cast(dict[str, Any], value).items()
    return {name: each for name, each in items if name not in names}
