"""How many requests of a log two policies decide otherwise, by kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, cast

from epol.compiler.diff.judge import Pair, Side
from epol.compiler.diff.kinds import Kind
from epol.compiler.scanning import scanned
from epol.engine.bundle.service import EpolError
from epol.lang.model import Policy
from epol.lang.request import RequestError, parse_json, read_request

MOST_SHOWN = 100
"""Bad lines that are kept with their errors; the rest are counted."""


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


def tally(old: Policy, new: Policy, lines: Iterable[bytes], *, models: bool) -> Tally:
    """Decide each line by both policies; empty lines are passed over.

    With `models`, the model detectors of each policy are run where they are installed.
    """
    found = Tally()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            pair = read_pair(line, old, new, models=models)
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


def read_pair(data: bytes, old: Policy, new: Policy, *, models: bool) -> Pair:
    """A request of interfaces.md as both policies read it, each with its own scan of the text.

    What one of them alone declares is given to it alone.  Raises `RequestError` and
    `ScanLimitError`; str() says which policy refuses it (OLD, if both do).
    """
    obj = parse_json(data)
    return Pair(
        _side("OLD", obj, old, new, models=models), _side("NEW", obj, new, old, models=models)
    )


def _side(name: str, obj: object, policy: Policy, other: Policy, *, models: bool) -> Side:
    try:
        request = read_request(_own(obj, policy, other), policy)
        return Side(policy, scanned(request, policy, models=models))
    except RequestError as error:
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
