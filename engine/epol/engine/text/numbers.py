"""Expressions that need digits, looked for in a text whose digits are all 0.

There nearly all of them begin with literal characters, for which Hyperscan looks at hardly any
cost, so that to look at the whole text costs less than to look for triggers.  In long runs of
digits, though, all of these characters are found at each place; around such runs the text is
looked at as it is.  Where there are some numbers, half of the expressions are left to an automaton
that is made as texts come (`automata.lazy`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from epol.engine.bundle.hyper import Hit, PatternDatabase, Supply
from epol.engine.bundle.textplan import Regex
from epol.engine.text.automata.lazy import Lazy, begins_with_a_sign
from epol.engine.text.automata.limits import may_be_walked
from epol.engine.text.groups import BESIDE, Part, Span, by_reach, joined_spans, whole

_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)

LONG = 10
"""So many digits are a long run.  To look at zeros in 16 KB of runs of 12 takes four times as long
as to look at the text itself, and of runs of 8 about as long."""

_FOUR, _DENSE = b"0" * 4, 5.5
"""With four digits in each so many bytes, to look at zeros takes longer too."""

MANY = 2
"""With four digits so often, an automaton is asked for the expressions that begin with digits or
signs, and the database for the others alone: 11 microseconds for 19, in 1 KB with three numbers.
In prose that costs more than to ask it for all of them."""

MOST_NEAR = 320
"""Expressions in a database for a text as it is.  With all 568 of the library in one, it takes
Hyperscan twice as long to compile it as two, and to scan a text with these takes a hundredth more;
with three it takes a tenth more."""

_LONG = b"0" * LONG
_RUN = re.compile(rb"0{%d,}" % LONG)


class Numbers:
    """Expressions for zeros, whatever their triggers."""

    def __init__(self, indexes: list[int], regexes: Sequence[Regex], supply: Supply) -> None:
        lines = [line for i in indexes for line in (regexes[i].needs or "").splitlines()]
        self.triggers = list(dict.fromkeys(lines))
        near, far = by_reach(indexes, regexes)
        self._every = Part(indexes, regexes, supply, zeros=True)
        self._begun = [i for i in near if begins_with_a_sign(_in_zeros(regexes[i]))]
        self._lazy = Lazy([_in_zeros(regexes[i]) for i in self._begun], in_zeros=True)
        others = sorted({*indexes}.difference(self._begun)) if self._begun else []
        self._others = Part(others, regexes, supply, zeros=True)
        self._near = [
            Part(near[at : at + MOST_NEAR], regexes, supply)
            for at in range(0, len(near), MOST_NEAR)
        ]
        self._far = Part(far, regexes, supply, zeros=True)

    @property
    def databases(self) -> tuple[PatternDatabase, ...]:
        """Those of its expressions."""
        return tuple(part.database for part in (self._every, self._others, *self._near, self._far))

    def scan(self, data: bytes, _end: int, hits: list[Hit]) -> None:
        """As `Group.scan`."""
        zeros = data.translate(_ZEROS)
        fours = zeros.count(_FOUR)
        if not fours:
            hits += self._every.scan(zeros)
        elif _DENSE * fours > len(zeros):
            hits += self._as_it_is(data)
            hits += self._far.scan(zeros)
        elif _LONG in zeros:
            hits += self._with_runs(data, zeros)
        else:
            hits += self._in_zeros(zeros, fours)

    scan_near = scan

    def scan_far(self, data: bytes, hits: list[Hit]) -> None:
        """As `Group.scan_far`."""
        if self._far:
            hits += self._far.scan(data.translate(_ZEROS))

    def _in_zeros(self, zeros: bytes, fours: int) -> list[Hit]:
        """What may be in a text in zeros without long runs."""
        begun = None
        if fours >= MANY and self._begun and may_be_walked(zeros):
            begun = self._lazy.scan(zeros)
        if begun is None:
            return self._every.scan(zeros)
        hits = self._others.scan(zeros)
        hits += [(self._begun[number], end) for number, end in begun]
        return hits

    def _as_it_is(self, data: bytes) -> list[Hit]:
        return [hit for part in self._near for hit in part.scan(data)]

    def _with_runs(self, data: bytes, zeros: bytes) -> Iterable[Hit]:
        """What may be in a text with long runs: a match that touches one is long or is near it,
        and any other is in what stands between the runs."""
        margin = max((part.reach for part in self._near), default=0) + BESIDE
        around = (whole(data, a - margin, b + margin) for a, b in _runs(zeros))
        found = self._far.scan(zeros)
        found += self._in_windows(data, list(joined_spans(around)))
        found += self._every.scan(_RUN.sub(_blank, zeros))
        first: dict[int, int] = {}
        for index, end in found:
            first[index] = min(end, first.get(index, end))
        return first.items()

    def _in_windows(self, data: bytes, windows: list[Span]) -> Iterator[Hit]:
        parts = [data[low:high] for low, high in windows]
        begins = list(accumulate((len(part) + 1 for part in parts), initial=0))
        # What matches across the joints alone is looked for in vain.
        for index, end in self._as_it_is(b"\n".join(parts)):
            at = max(0, bisect_right(begins, end - 1) - 1)
            yield index, windows[at][0] + end - begins[at]


def _in_zeros(regex: Regex) -> str:
    return regex.zeros or regex.gate


def _runs(zeros: bytes) -> Iterator[Span]:
    return (match.span() for match in _RUN.finditer(zeros))


def _blank(run: re.Match[bytes]) -> bytes:
    return b"\n" * len(run[0])
