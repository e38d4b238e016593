"""Which records of a decision log are wanted: `--where NAME=VALUE`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, cast

Fields = Mapping[str, Any]
Values = Callable[[Fields], Iterable[object]]


def _own(name: str) -> Values:
    return lambda fields: (fields.get(name),)


def _policy(name: str) -> Values:
    return lambda fields: (_mapping(fields.get("policy")).get(name),)


def _rules(fields: Fields) -> Iterable[object]:
    yield from (reason[0] for reason in _lists(fields.get("reasons")))
    yield from _items(fields.get("fired"))
    for target in _mapping(fields.get("targets")).values():
        yield from _items(_mapping(target).get("fired"))


def _tags(fields: Fields) -> Iterable[object]:
    for target in _mapping(fields.get("targets")).values():
        yield from _items(_mapping(target).get("tags"))


_OWN = "kind status flow target producer failure session caller body".split()
_VALUES: dict[str, Values] = {
    **{name: _own(name) for name in _OWN},
    "policy": _policy("name"),
    "version": _policy("version"),
    "digest": _policy("digest"),
    "rule": _rules,
    "tag": _tags,
    "label": lambda fields: _mapping(fields.get("labels")),
    "unknown": lambda fields: _items(fields.get("unknown")),
}


def conditions(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Names with their values.  Raises ValueError for a name that no record has."""
    found: list[tuple[str, str]] = []
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or name not in _VALUES:
            raise ValueError(f"--where NAME=VALUE has one of the names {', '.join(_VALUES)}")
        found.append((name, value))
    return found


def holds(fields: Fields, wanted: Sequence[tuple[str, str]]) -> bool:
    """Whether a record is wanted; lines that are no decisions only by their `kind`."""
    if fields.get("kind") != "decision" and all(name != "kind" for name, _ in wanted):
        return False
    return all(value in _VALUES[name](fields) for name, value in wanted)


def _mapping(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _items(value: object) -> list[object]:
    return cast(list[object], value) if isinstance(value, list) else []


def _lists(value: object) -> Iterable[list[object]]:
    return (cast(list[object], row) for row in _items(value) if isinstance(row, list) and row)
