"""A baseline: the counts of an evaluation, and what has become worse since.

Only counts are kept, so that the same policy on the same data writes the same file.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import cast

from epol.compiler.evaluation.counts import Tally
from epol.compiler.evaluation.mapping import TypeMap

VERSION = 1
MAX_BASELINE = 16 * 1024 * 1024
"""Bytes of a baseline file."""

_MORE_IS_WORSE = frozenset({"leaked", "hit", "wrong", "clean_findings", "refused"})
_LESS_IS_WORSE = frozenset({"found"})
_SAID = {
    "clean_findings": "findings in clean texts",
    "hit": "texts hit that should not match",
    "leaked": "leaked characters",
    "refused": "texts that cannot be scanned",
    "wrong": "wrong findings",
}
_GROUPS = ("types", "labels")


class BaselineError(ValueError):
    """A file that is no baseline for this data; str() says why."""


@dataclass(frozen=True)
class Regression:
    """A count that is worse than it was, by more than is tolerated."""

    what: str
    was: int
    now: int

    @property
    def text(self) -> str:
        """For a person."""
        return f"{self.what}: {self.now:,}, was {self.was:,}"


def snapshot(result: Tally, types: TypeMap, digest: str) -> dict[str, object]:
    """What a baseline holds of an evaluation."""
    return {
        "version": VERSION,
        "data": digest,
        "totals": {
            "texts": result.texts,
            "clean": result.clean,
            "clean_findings": result.clean_findings,
            "refused": len(result.refused),
        },
        "types": {
            name: {"labels": list(types.labels(name)), **asdict(count)}
            for name, count in sorted(result.types.items())
        },
        "labels": {name: asdict(count) for name, count in sorted(result.labels.items())},
        "unmapped": dict(sorted(result.unmapped.items())),
    }


def as_text(shot: Mapping[str, object]) -> str:
    """A baseline file."""
    return json.dumps(shot, indent=2, ensure_ascii=False) + "\n"


def read_baseline(data: bytes) -> dict[str, object]:
    """A baseline file.  Raises `BaselineError`."""
    if len(data) > MAX_BASELINE:
        raise BaselineError(f"it has more than {MAX_BASELINE:,} bytes")
    try:
        value: object = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise BaselineError("it is not JSON") from None
    if not isinstance(value, dict):
        raise BaselineError("it is not an object")
    shot = cast(dict[str, object], value)
    if shot.get("version") != VERSION:
        raise BaselineError(f"its version is not {VERSION}")
    _counts(shot, "totals")
    for group in _GROUPS:
        for name in _table(shot, group):
            _counts(_table(shot, group), name)
    return shot


def regressions(
    was: Mapping[str, object], now: Mapping[str, object], tolerance: int
) -> list[Regression]:
    """What is worse now, in order.  Raises `BaselineError` if the data is not the same."""
    if was.get("data") != now.get("data"):
        raise BaselineError("it is of other data; write a new one with --write-baseline")
    return list(_worse(was, now, tolerance))


def _worse(
    was: Mapping[str, object], now: Mapping[str, object], tolerance: int
) -> Iterator[Regression]:
    yield from _compared("", _counts(was, "totals"), _counts(now, "totals"), tolerance)
    for group in _GROUPS:
        before, after = _table(was, group), _table(now, group)
        for name in sorted(before.keys() | after.keys()):
            old = _counts(before, name) if name in before else {}
            if name in after:
                place = f"{group.removesuffix('s')} {name}: "
                yield from _compared(place, old, _counts(after, name), tolerance)
            elif group == "types" and old.get("expected"):
                # To count a type no more would hide all that it does not find.
                yield Regression(f"type {name} counted", old["expected"], 0)


def _compared(
    place: str, was: Mapping[str, int], now: Mapping[str, int], tolerance: int
) -> Iterator[Regression]:
    for name, count in sorted(now.items()):
        before = was.get(name, 0)
        worse = count - before if name in _MORE_IS_WORSE else before - count
        if name in _MORE_IS_WORSE | _LESS_IS_WORSE and worse > tolerance:
            yield Regression(f"{place}{_SAID.get(name, name)}", before, count)


def _table(value: Mapping[str, object], key: str) -> Mapping[str, object]:
    found = value.get(key)
    if not isinstance(found, dict):
        raise BaselineError(f"its `{key}` is not an object")
    return cast(Mapping[str, object], found)


def _counts(value: Mapping[str, object], key: str) -> dict[str, int]:
    """The whole numbers of a table; a type's list of labels is none of them."""
    counts: dict[str, int] = {}
    for name, count in _table(value, key).items():
        if type(count) is int:
            counts[name] = count
        elif name != "labels":
            raise BaselineError(f"a count in its `{key}` is not a whole number")
    return counts
