"""Expressions behind triggers: databases that look only at what stands around these."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from epol.engine.bundle.hyper import Buffer, Hit, PatternDatabase, Supply
from epol.engine.bundle.textplan import MOST_NEEDED, Regex

FAR = 192
"""Bytes.  What has longer matches is looked for in the whole text, or whole group."""

BESIDE = 4
"""Bytes of a character: what stands beside a match may decide about it."""

_STEP = 192
"""Triggers within so many bytes are looked around together; more than `MOST_NEEDED`."""

_SHORT = 1024
"""Bytes that are looked at as a whole: to find the next trigger in them costs no less."""

_AHEAD = 4096
"""Bytes that are searched for the next trigger at once: to end a scan where the first one is
costs more than to scan these."""

Span = tuple[int, int]


class Part:
    """Some of the expressions in a database of their own; hits have their own indexes."""

    def __init__(
        self,
        indexes: list[int],
        regexes: Sequence[Regex],
        supply: Supply,
        *,
        zeros: bool = False,
    ) -> None:
        """With `zeros`, gates are those for a text in zeros."""
        self._indexes = indexes
        chosen = [regexes[index] for index in indexes]
        gates = [each.zeros or each.gate if zeros else each.gate for each in chosen]
        self.database = PatternDatabase(gates, supply)
        reaches = [each.reach for each in chosen if each.reach is not None]
        self.reach = max(reaches, default=0)

    def scan(self, data: Buffer, offset: int = 0) -> list[Hit]:
        """What of it may be in a text, or in one that begins at an offset of another."""
        hits = self.database.scan(data)
        if not hits:
            return hits
        return [(self._indexes[index], end + offset) for index, end in hits]

    def __len__(self) -> int:
        return len(self._indexes)


class Group:
    """Expressions all of whose matches hold one trigger: those with short and with long ones."""

    def __init__(
        self,
        trigger: str,
        indexes: list[int],
        regexes: Sequence[Regex],
        supply: Supply,
    ) -> None:
        self.triggers = trigger.splitlines()
        self._trigger = PatternDatabase(self.triggers, supply)
        near, far = by_reach(indexes, regexes)
        self._near = Part(near, regexes, supply)
        self._far = Part(far, regexes, supply)

    @property
    def databases(self) -> tuple[PatternDatabase, ...]:
        """Those of its triggers and of its expressions."""
        return self._trigger, self._near.database, self._far.database

    def scan(self, data: bytes, end: int, hits: list[Hit]) -> None:
        """Add what may be in a text whose first trigger ends at `end`."""
        self.scan_near(data, end, hits)
        hits += self._far.scan(data)

    def scan_near(self, data: bytes, end: int, hits: list[Hit]) -> None:
        """The same for those with short matches."""
        if not self._near:
            return
        margin, size = self._near.reach + BESIDE, len(data)
        if end + _STEP + margin >= size - _SHORT:
            low, _ = whole(data, end - margin, size)
            hits += self._near.scan(memoryview(data)[low:], low)
            return
        seen = set[int]()
        for low, high in self._windows(data, end):
            for index, ends in self._near.scan(memoryview(data)[low:high], low):
                if index not in seen:
                    seen.add(index)
                    hits.append((index, ends))

    def scan_far(self, data: bytes, hits: list[Hit]) -> None:
        """The same for those with long matches, wherever the triggers are."""
        hits += self._far.scan(data)

    def _windows(self, data: bytes, end: int) -> Iterator[Span]:
        """What stands around triggers, as far as a match may reach, whole characters."""
        margin, size = self._near.reach + BESIDE, len(data)
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
            yield whole(data, low, high)

    def _following(self, data: bytes, covered: int) -> int | None:
        """The end of a trigger behind `covered`, or some bytes before it."""
        for at in range(covered, len(data), _AHEAD):
            low, high = whole(data, at - MOST_NEEDED, at + _AHEAD)
            hits = self._trigger.scan(memoryview(data)[low:high])
            if hits:
                return low + min(end for _, end in hits)
        return None


def is_far(regex: Regex) -> bool:
    """Whether it has long matches."""
    return regex.reach is None or regex.reach > FAR


def whole(data: bytes, low: int, high: int) -> Span:
    """A span within a text, widened to whole characters."""
    low, high = max(0, low), min(len(data), high)
    while low > 0 and 0x80 <= data[low] < 0xC0:
        low -= 1
    while high < len(data) and 0x80 <= data[high] < 0xC0:
        high += 1
    return low, high


def joined_spans(spans: Iterable[Span]) -> Iterator[Span]:
    """Spans in order of their starts, those that touch as one."""
    low = high = -1
    for start, end in spans:
        if start > high:
            if high >= 0:
                yield low, high
            low = start
        high = max(high, end)
    if high >= 0:
        yield low, high


def by_reach(indexes: Sequence[int], regexes: Sequence[Regex]) -> tuple[list[int], list[int]]:
    """The indexes of those with short matches, and of those with long ones."""
    near = [index for index in indexes if not is_far(regexes[index])]
    return near, [index for index in indexes if is_far(regexes[index])]
