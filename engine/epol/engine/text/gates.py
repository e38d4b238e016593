"""Which expressions of a plan a text may match: all pattern databases together.

One pass of the first database tells nearly all.  Expressions that keep Hyperscan busy at
each character (six digits in a row, a letter beside a digit) stand in groups of their own
(`groups`).  All matches of a group's expressions hold a trigger, and the group's database looks
only at what stands around or behind triggers.  Triggers are in a small database beside the first,
together with those of views that would slow the first one down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, count
from pathlib import Path
from typing import NamedTuple

from epol.engine.bundle import triggers as usual
from epol.engine.bundle.hyper import NO_DATABASES, Databases, Hit, PatternDatabase, Supply
from epol.engine.bundle.textplan import Regex
from epol.engine.text.groups import BESIDE, FAR, Group, Part, Span, is_far, joined_spans, whole
from epol.engine.text.numbers import Numbers
from epol.engine.text.views import TRIGGERS

APART = ("controls", "hex")
"""Triggers of views beside the first database: within it they would slow each other down (64 KB
with 470 patterns: 287 microseconds together, 174 apart)."""

LEAST = 5
"""Fewer expressions in a group cost less in the first database than apart."""

_NOBODY = -1
"""In place of a group, for triggers that none has."""

_NUMBERS = ""
"""The name of the group of those for zeros; others are named after their trigger."""


class Passed(NamedTuple):
    """What may be in a text: expressions with the first byte at which one may end, the kinds of
    triggers of views, and the groups whose trigger occurs."""

    hits: list[Hit]
    kinds: frozenset[str]
    groups: frozenset[int]


NOTHING = Passed([], frozenset(), frozenset())


class Gates:
    """The databases of a plan.  Safe to share between threads."""

    def __init__(
        self,
        regexes: Sequence[Regex],
        folder: Path | None = None,
        known: Databases = NO_DATABASES,
    ) -> None:
        """Raises `PatternRefusedError` for an expression that Hyperscan does not take."""
        with Supply(folder, known) as supply:
            self._make(regexes, supply)

    def _make(self, regexes: Sequence[Regex], supply: Supply) -> None:
        self._always, by_group = _by_group(regexes)
        self._kinds = [kind for kind in TRIGGERS if kind not in APART for _ in TRIGGERS[kind]]
        self._kinds_apart = [kind for kind in APART for _ in TRIGGERS[kind]]
        gates = [regexes[index].gate for index in self._always]
        near = [text for kind in TRIGGERS if kind not in APART for text in TRIGGERS[kind]]
        # What a text may match at all is asked of each; of triggers, only whether there is one.
        self.first = PatternDatabase(
            [*gates, *near], supply, as_one=[*range(len(gates)), *self._kinds]
        )
        self._groups = [
            Group(name, indexes, regexes, supply) if name else Numbers(indexes, regexes, supply)
            for name, indexes in by_group.items()
        ]
        apart = [text for kind in APART for text in TRIGGERS[kind]]
        triggers = self._triggers()
        self._group_of = [number for _, number in triggers]
        self.apart = PatternDatabase(
            [*apart, *(text for text, _ in triggers)],
            supply,
            as_one=[*self._kinds_apart, *map(self._as_one, count(), self._group_of)],
        )
        distant = [index for index in self._always if is_far(regexes[index])]
        self._distant = Part(distant, regexes, supply)

    def _triggers(self) -> list[tuple[str, int]]:
        """Triggers with the groups that have them; one may be that of two.

        All that are usual, whether or not anything needs them.  Those that nobody does count as
        ones of numbers: Hyperscan goes on looking for what it has not found.
        """
        owners: dict[str, list[int]] = {}
        for number, group in enumerate(self._groups):
            for text in group.triggers:
                owners.setdefault(text, []).append(number)
        if not owners:
            return []
        numbers = next((n for n, g in enumerate(self._groups) if isinstance(g, Numbers)), _NOBODY)
        texts = dict.fromkeys([*usual.TRIGGERS, *owners])
        return [(text, number) for text in texts for number in owners.get(text, [numbers])]

    def _as_one(self, trigger: int, number: int) -> object:
        """What is the same for triggers of a group that is not asked where the first one ends."""
        is_one = number == _NOBODY or isinstance(self._groups[number], Numbers)
        return (number,) if is_one else trigger

    def scan(self, data: bytes) -> Passed:
        """What may be in a text."""
        hits, marks = self.first.scan(data), self.apart.scan(data)
        if not hits and not marks:
            return NOTHING
        passed, kinds, ends = self._sorted(hits, marks)
        for number, end in ends.items():
            self._groups[number].scan(data, end, passed)
        return Passed(passed, kinds, frozenset(ends))

    def around(self, data: bytes, places: Sequence[Span], before: Passed) -> Passed:
        """As `scan`, for a text that was changed at some places, in order.

        `before` is what may be in the text as it was: a match that does not touch a change
        was in it.  Hits may say that an expression ends earlier than it does.
        """
        windows = list(_windows(data, places))
        if 2 * sum(high - low for low, high in windows) > len(data):
            return self.scan(data)
        # What matches across the joints alone is looked for in vain.
        joined = b"\n".join(data[low:high] for low, high in windows)
        passed, kinds, ends = self._sorted(self.first.scan(joined), self.apart.scan(joined))
        for number, end in ends.items():
            self._groups[number].scan_near(joined, end, passed)
        passed += self._distant.scan(data)
        groups = before.groups.union(ends)
        for number in groups:
            self._groups[number].scan_far(data, passed)
        # The texts are the same up to the first change.
        first = places[0][0] if places else len(data)
        indexes = dict.fromkeys(index for index, _ in passed)
        unchanged = {index: min(end, first) for index, end in before.hits}
        hits = [(index, first) for index in indexes if index not in unchanged]
        return Passed([*unchanged.items(), *hits], kinds, groups)

    def databases(self) -> dict[str, bytes]:
        """All databases in serialized form, by key: what `known` takes."""
        return {each.key: each.serialized() for each in self._every() if len(each)}

    def loaded(self) -> Databases:
        """The databases as they are, by key: what `known` takes, too."""
        return {each.key: each.native for each in self._every() if each.native is not None}

    def _every(self) -> list[PatternDatabase]:
        of_groups = [each for group in self._groups for each in group.databases]
        return [self.first, self.apart, self._distant.database, *of_groups]

    def _sorted(
        self, hits: list[Hit], marks: list[Hit]
    ) -> tuple[list[Hit], frozenset[str], dict[int, int]]:
        """Expressions, kinds of views, and the groups with the first end of their triggers."""
        count, apart = len(self._always), len(self._kinds_apart)
        passed, kinds, ends = list[Hit](), set[str](), dict[int, int]()
        for index, end in hits:
            if index < count:
                passed.append((self._always[index], end))
            else:
                kinds.add(self._kinds[index - count])
        for index, end in marks:
            if index < apart:
                kinds.add(self._kinds_apart[index])
                continue
            number = self._group_of[index - apart]
            if number != _NOBODY and (number not in ends or end < ends[number]):
                ends[number] = end
        return passed, frozenset(kinds), ends


def _by_group(regexes: Sequence[Regex]) -> tuple[list[int], dict[str, list[int]]]:
    """The expressions without a trigger or in too small a group, and the groups of the others."""
    groups: dict[str, list[int]] = {}
    for index, regex in enumerate(regexes):
        if regex.needs is not None:
            name = regex.needs if regex.zeros is None else _NUMBERS
            groups.setdefault(name, []).append(index)
    large = {name: indexes for name, indexes in groups.items() if len(indexes) >= LEAST}
    grouped = frozenset(chain(*large.values()))
    return [index for index in range(len(regexes)) if index not in grouped], large


def _windows(data: bytes, places: Iterable[Span]) -> Iterator[Span]:
    """What stands around some places, as far as short matches may reach; joined if they touch."""
    margin = FAR + BESIDE
    return joined_spans(whole(data, start - margin, end + margin) for start, end in places)
