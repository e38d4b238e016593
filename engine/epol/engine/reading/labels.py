"""Found labels of a request as features of a decision program."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from epol.engine.bundle.program import Counted, Found, Program, Unread
from epol.engine.errors import RequestError
from epol.engine.request import ROLES

MAX_COUNT = 2**31 - 1

ByRole = Mapping[str, int] | None
"""Spans of a label by role, or None where it is unknown."""


@dataclass(frozen=True)
class _Uses:
    """The features of one group that a label is in; -1 where there is none."""

    roles: frozenset[str] | None
    counted: int
    found: int
    unread: int


class LabelReader:
    """Reads the labels that a program declares."""

    def __init__(self, program: Program) -> None:
        self._uses: dict[str, list[_Uses]] = {name: [] for name in program.labels}
        self.places = {name: place for place, name in enumerate(program.labels)}
        slots = {reading: place for place, reading in enumerate(program.features)}
        self.numbers_known: list[int] = []
        self.flags: list[int] = []
        for index, group in enumerate(program.groups):
            counted = slots.get(Counted(index), -1)
            found, unread = slots.get(Found(index), -1), slots.get(Unread(index), -1)
            uses = _Uses(
                None if group.roles is None else frozenset(group.roles), counted, found, unread
            )
            self.flags += [slot for slot in (found, unread) if slot >= 0]
            self.numbers_known += [slot for slot in (counted, found, unread) if slot >= 0]
            for label in group.labels:
                self._uses[program.labels[label]].append(uses)

    def write(self, labels: Mapping[str, ByRole], numbers: array[int], known: bytearray) -> None:
        """Write the features of what is found.  Their places hold 0 and are known before."""
        for name, counts in labels.items():
            if counts is None:
                for uses in self._uses[name]:
                    if uses.unread >= 0:
                        numbers[uses.unread] = 1
                    if uses.counted >= 0:
                        known[uses.counted] = 0
            else:
                self._write_counts(name, counts, numbers)

    def rewrite(self, labels: Mapping[str, ByRole], numbers: array[int], known: bytearray) -> None:
        """As `write`, where the features of other findings stand already."""
        for slot in self.numbers_known:
            numbers[slot], known[slot] = 0, 1
        self.write(labels, numbers, known)

    def _write_counts(self, name: str, counts: Mapping[str, int], numbers: array[int]) -> None:
        for uses in self._uses[name]:
            roles = uses.roles
            total = sum(n for role, n in counts.items() if roles is None or role in roles)
            if total and uses.found >= 0:
                numbers[uses.found] = 1
            if uses.counted >= 0:
                numbers[uses.counted] += total

    def read(self, raw: Mapping[str, object], *, strict: bool = True) -> dict[str, ByRole]:
        """Counts as a request gives them, judged.  Raises `RequestError`."""
        labels: dict[str, ByRole] = {}
        for name, value in raw.items():
            if name not in self._uses:
                if strict:
                    raise RequestError("labels: a name is not a label of the policy")
            elif value is None:
                labels[name] = None
            elif isinstance(value, Mapping):
                labels[name] = _by_role(name, cast(Mapping[str, object], value))
            else:
                labels[name] = {"user": _count(name, value)}
        return labels


def _by_role(name: str, counts: Mapping[str, object]) -> dict[str, int]:
    for role in counts:
        if role not in ROLES:
            raise RequestError(f"labels: {name}: a role is none of {', '.join(ROLES)}")
    found = {role: _count(name, value) for role, value in counts.items()}
    _count(name, sum(found.values()))
    return found


def _count(name: str, value: object) -> int:
    if type(value) is not int or not 0 <= value <= MAX_COUNT:
        raise RequestError(
            f"labels: {name}: a whole number from 0 to {MAX_COUNT}, null, or counts by role is "
            "wanted here"
        )
    return value
