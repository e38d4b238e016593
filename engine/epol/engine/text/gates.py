"""Which expressions of a plan a text may match: all pattern databases together.

One pass of the first database tells nearly all.  Expressions that keep Hyperscan busy at
each character (six digits in a row, a letter beside a digit) stand in groups of their own.
All matches of a group's expressions hold a trigger, and the group's database looks only at
what stands around triggers.  Triggers are in a small database beside the first, together
with those of views that would slow the first one down.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from epol.engine.bundle.hyper import NO_DATABASES, Databases, Hit, PatternDatabase
from epol.engine.bundle.textplan import MOST_NEEDED, Regex
from epol.engine.text.views import TRIGGERS

APART = ("controls", "hex")
"""Triggers of views beside the first database: within it they would slow each other down (64 KB
with 470 patterns: 287 microseconds together, 174 apart)."""

FAR = 192
"""Bytes.  What has longer matches is looked for in the whole text, or whole group."""

LEAST = 5
"""Fewer expressions with one trigger cost less in the first database than apart."""

_STEP = 192
"""Triggers within so many bytes are looked around together; more than `MOST_NEEDED`."""

_SHORT = 1024
"""Bytes that are looked at as a whole: to find the next trigger in them costs no less."""

_AHEAD = 4096
"""Bytes that are searched for the next trigger at once: to end a scan where the first one is
costs more than to scan these."""

_BESIDE = 4
"""Bytes of a character: what stands beside a match may decide about it."""

Span = tuple[int, int]


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
        self._always, by_need = _by_need(regexes)
        self._kinds = [kind for kind in TRIGGERS if kind not in APART for _ in TRIGGERS[kind]]
        self._kinds_apart = [kind for kind in APART for _ in TRIGGERS[kind]]
        gates = [regexes[index].gate for index in self._always]
        near = [text for kind in TRIGGERS if kind not in APART for text in TRIGGERS[kind]]
        self.first = PatternDatabase([*gates, *near], folder, known)
        apart = [text for kind in APART for text in TRIGGERS[kind]]
        triggers = [need.splitlines() for need in by_need]
        self.apart = PatternDatabase([*apart, *chain(*triggers)], folder, known)
        self._group_of = [number for number, lines in enumerate(triggers) for _ in lines]
        self._groups = [
            _Group(need, indexes, regexes, folder, known) for need, indexes in by_need.items()
        ]
        distant = [index for index in self._always if _is_far(regexes[index])]
        self._distant = _Part(distant, regexes, folder, known)

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
            passed += self._groups[number].far.scan(data)
        # The texts are the same up to the first change.
        first = places[0][0] if places else len(data)
        indexes = dict.fromkeys(index for index, _ in passed)
        unchanged = {index: min(end, first) for index, end in before.hits}
        hits = [(index, first) for index in indexes if index not in unchanged]
        return Passed([*unchanged.items(), *hits], kinds, groups)

    def databases(self) -> dict[str, bytes]:
        """All databases in serialized form, by key: what `known` takes."""
        parts = [part for group in self._groups for part in (group.near, group.far)]
        inner = [part.database for part in (*parts, self._distant)]
        outer = [self.first, self.apart, *(group.trigger for group in self._groups)]
        return {each.key: each.serialized() for each in (*outer, *inner) if len(each)}

    def _sorted(
        self, hits: list[Hit], marks: list[Hit]
    ) -> tuple[list[Hit], frozenset[str], dict[int, int]]:
        """Expressions, kinds of views, and the groups with the first end of their triggers."""
        count, apart = len(self._always), len(self._kinds_apart)
        kinds = {self._kinds[index - count] for index, _ in hits if index >= count}
        kinds.update(self._kinds_apart[index] for index, _ in marks if index < apart)
        ends: dict[int, int] = {}
        for index, end in marks:
            if index >= apart:
                number = self._group_of[index - apart]
                ends[number] = min(end, ends.get(number, end))
        passed = [(self._always[index], end) for index, end in hits if index < count]
        return passed, frozenset(kinds), ends


class _Part:
    """Some of the expressions in a database of their own; hits have their own indexes."""

    def __init__(
        self, indexes: list[int], regexes: Sequence[Regex], folder: Path | None, known: Databases
    ) -> None:
        self._indexes = indexes
        gates = [regexes[index].gate for index in indexes]
        self.database = PatternDatabase(gates, folder, known)
        reaches = [reach for index in indexes if (reach := regexes[index].reach) is not None]
        self.reach = max(reaches, default=0)

    def scan(self, data: bytes | memoryview, offset: int = 0) -> list[Hit]:
        """What of it may be in a text, or in one that begins at an offset of another."""
        hits = self.database.scan(data)
        return [(self._indexes[index], end + offset) for index, end in hits]

    def __len__(self) -> int:
        return len(self._indexes)


class _Group:
    """Expressions all of whose matches hold one trigger: those with short and with long ones."""

    def __init__(
        self,
        trigger: str,
        indexes: list[int],
        regexes: Sequence[Regex],
        folder: Path | None,
        known: Databases,
    ) -> None:
        self.trigger = PatternDatabase(trigger.splitlines(), folder, known)
        far = [index for index in indexes if _is_far(regexes[index])]
        near = [index for index in indexes if not _is_far(regexes[index])]
        self.near = _Part(near, regexes, folder, known)
        self.far = _Part(far, regexes, folder, known)

    def scan(self, data: bytes, end: int, hits: list[Hit]) -> None:
        """Add what may be in a text whose first trigger ends at `end`."""
        self.scan_near(data, end, hits)
        hits += self.far.scan(data)

    def scan_near(self, data: bytes, end: int, hits: list[Hit]) -> None:
        """The same for those with short matches."""
        if not self.near:
            return
        seen = set[int]()
        for low, high in self._windows(data, end):
            for index, ends in self.near.scan(memoryview(data)[low:high], low):
                if index not in seen:
                    seen.add(index)
                    hits.append((index, ends))

    def _windows(self, data: bytes, end: int) -> Iterator[Span]:
        """What stands around triggers, as far as a match may reach, whole characters."""
        margin, size = self.near.reach + _BESIDE, len(data)
        following: int | None = end
        while following is not None:
            low, covered = following - margin, following + _STEP
            while (high := covered + margin) < size - _SHORT:
                following = self._following(data, covered)
                if following is None or following - margin > high:
                    break
                covered = following + _STEP
            else:
                following, high = None, size
            yield _whole(data, low, high)

    def _following(self, data: bytes, covered: int) -> int | None:
        """The end of a trigger behind `covered`, or some bytes before it."""
        for at in range(covered, len(data), _AHEAD):
            low, high = _whole(data, at - MOST_NEEDED, at + _AHEAD)
            hits = self.trigger.scan(memoryview(data)[low:high])
            if hits:
                return low + min(end for _, end in hits)
        return None


def _by_need(regexes: Sequence[Regex]) -> tuple[list[int], dict[str, list[int]]]:
    """The expressions without a trigger or in too small a group, and the groups of the others."""
    groups: dict[str | None, list[int]] = {}
    for index, regex in enumerate(regexes):
        groups.setdefault(regex.needs, []).append(index)
    large = {
        need: indexes
        for need, indexes in groups.items()
        if need is not None and len(indexes) >= LEAST
    }
    return [index for index, regex in enumerate(regexes) if regex.needs not in large], large


def _is_far(regex: Regex) -> bool:
    return regex.reach is None or regex.reach > FAR


def _windows(data: bytes, places: Iterable[Span]) -> Iterator[Span]:
    """What stands around some places, as far as short matches may reach; joined if they touch."""
    margin = FAR + _BESIDE
    low, high = -1, -1
    for start, end in places:
        if start - margin > high:
            if high >= 0:
                yield _whole(data, low, high)
            low = start - margin
        high = end + margin
    if high >= 0:
        yield _whole(data, low, high)


def _whole(data: bytes, low: int, high: int) -> Span:
    """A span within a text, widened to whole characters."""
    low, high = max(0, low), min(len(data), high)
    while low > 0 and 0x80 <= data[low] < 0xC0:
        low -= 1
    while high < len(data) and 0x80 <= data[high] < 0xC0:
        high += 1
    return low, high
