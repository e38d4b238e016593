"""Requests that have shown something, on which whatever is asked next is looked at first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from epol.compiler.smt.samples import Samples
from epol.compiler.smt.terms import Bool, Term, Values

Key = TypeVar("Key")

_AT_ONCE = 256
"""How many requests are looked at together; more costs more than it finds."""

_FEW, _MOST_BATCHES = 64, 12
"""Of batches with few requests only so many are kept apart: each costs, however small."""


class Pool:
    """Requests; unknowns that were made after them have the first plain value that was told.

    What holds of a term on a request is computed once, however often it is asked.
    """

    def __init__(self) -> None:
        self._plain: dict[Term, bool | int] = {}
        self._all: list[Samples] = []

    def complete(self, plain: Values) -> None:
        """Plain values for unknowns, which stay what they were for those that have some."""
        self._plain |= {t: value for t, value in plain.items() if t not in self._plain}

    def add(self, requests: Sequence[Values]) -> list[Samples]:
        """Keep some more requests."""
        made = [
            Samples(requests[start : start + _AT_ONCE], self._plain)
            for start in range(0, len(requests), _AT_ONCE)
        ]
        self._all += made
        return made

    def gather(self) -> None:
        """Put requests together that were found one by one, each once."""
        small = [each for each in self._all if len(each.requests) < _FEW]
        if len(small) > _MOST_BATCHES:
            every = {frozenset(r.items()): r for batch in small for r in batch.requests}
            self._all = [each for each in self._all if len(each.requests) >= _FEW]
            self.add(list(every.values()))

    def give(self, more: Callable[[Values], Values]) -> None:
        """Give each request values of unknowns that nothing was asked about."""
        for samples in self._all:
            samples.give(more)

    def batches(
        self, limits: Bool, among: Iterable[Samples] | None = None
    ) -> Iterator[tuple[Samples, int]]:
        """Requests, or all of them, and which of them are within the limits, as bits."""
        for samples in self._all if among is None else among:
            yield samples, samples.holds(limits)

    def shown(
        self,
        goals: Mapping[Key, Bool],
        limits: Bool,
        among: Iterable[Samples] | None = None,
    ) -> dict[Key, Values]:
        """For each thing that holds on some request within the limits, the first such request."""
        found: dict[Key, Values] = {}
        whole: dict[int, Values] = {}
        for samples, allowed in self.batches(limits, among):
            for key, goal in goals.items():
                if key not in found:
                    request = samples.first_of(samples.holds(goal) & allowed)
                    if request is not None:
                        found[key] = whole.setdefault(id(request), {**self._plain, **request})
        return found
