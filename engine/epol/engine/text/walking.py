"""The search for an expression's spans by an automaton: in texts in ASCII, what `candidates.Search`
does, in a third of the time.

What may stand beside a match is a part of the walk, so that only matches that stand where one may
are judged.  Texts beyond ASCII, and those that make a walk read the same bytes again and again,
are left to RE2.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from epol.engine.bundle.exact import VALUE, Found, is_behind
from epol.engine.bundle.textplan import Regex
from epol.engine.kernel.automaton_words import (
    AT,
    AUTOMATON,
    END,
    FOUND,
    GAVE_UP,
    IS_LONGEST,
    LAST,
    NOTHING,
    REFUSED,
    START,
    STOP,
)
from epol.engine.kernel.load import loaded_automata
from epol.engine.text.automata.automaton import Asked, Automaton, automaton
from epol.engine.text.candidates import Judge, Search, Verdict
from epol.engine.text.encoded import Encoded
from epol.engine.text.limits import Budget

_LONG = 16 * 1024
"""Bytes.  While a longer text is walked over, other threads run."""

_ACCEPTED, _REJECTED, _ELSEWHERE = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.ELSEWHERE


class Walk:
    """How one expression is searched for by its automaton."""

    __slots__ = ("_address", "_automaton", "_before", "_judge", "_needs", "_otherwise", "_overlaps")

    def __init__(
        self,
        automaton: Automaton,
        judge: Judge,
        otherwise: Callable[[], Search],
        *,
        is_behind: bool,
        overlaps: bool,
        needs: bytes,
    ) -> None:
        """`judge` judges what stands where a match may; `otherwise` is the search by RE2.

        `is_behind` says that values are matches without the character before them, `overlaps`
        that accepted spans may overlap; each match has the bytes `needs` in it.
        """
        self._automaton, self._address = automaton, automaton.address
        self._judge, self._otherwise = judge, otherwise
        self._before, self._overlaps, self._needs = int(is_behind), overlaps, needs

    def spans(
        self,
        encoded: Encoded,
        start: int,
        budget: Budget,
        regions: Sequence[tuple[int, int]] | None = None,
    ) -> Iterator[Found]:
        """As `Search.spans`."""
        if regions is not None or not encoded.is_ascii:
            yield from self._otherwise().spans(encoded, start, budget, regions)
            return
        data, judge, needs, (frame, address) = encoded.data, self._judge, self._needs, encoded.frame
        at, size, reached, said, before = start, len(data), 0, NOTHING, self._before
        search = self._automaton.search if size < _LONG else self._automaton.search_long
        while not needs or data.find(needs, at) >= 0:
            frame[AT], frame[STOP], frame[LAST], frame[AUTOMATON] = at, size, size, self._address
            said = search(data, address)
            if frame[REFUSED]:
                budget.refuse(frame[REFUSED])
                frame[REFUSED] = 0
            if said != FOUND:
                break
            begins, ends = frame[START], frame[END]
            is_longest = frame[IS_LONGEST] and not self._overlaps
            longest = begins, ends, begins + before, ends
            if before and not begins:
                longest = self._first(data, ends)
            verdict = judge(encoded, longest, budget)
            match: Found | None = longest
            if verdict is _ELSEWHERE:
                match = self._shorter(encoded, frame, address, budget)
            if verdict is _REJECTED or match is None:
                at = begins + 1
                continue
            at = ends if is_longest and verdict is _ACCEPTED else begins + 1
            if match[1] > reached:
                reached = match[1]
                yield match
        if said == GAVE_UP:
            for each in self._otherwise().spans(encoded, frame[AT], budget):
                if each[1] > reached:
                    yield each

    def _shorter(
        self, encoded: Encoded, frame: array[int], address: int, budget: Budget
    ) -> Found | None:
        """The longest match that is accepted of those that are shorter than one just found."""
        data, judge, search = encoded.data, self._judge, self._automaton.search
        start = frame[AT] = frame[START]
        frame[STOP] = start + 1
        while True:
            frame[LAST] = frame[END] - 1
            if search(data, address) != FOUND:
                return None
            end = frame[END]
            match = start, end, start + self._before, end
            if self._before and not start:
                match = self._first(data, end)
            verdict = judge(encoded, match, budget)
            if verdict is not _ELSEWHERE:
                return match if verdict is _ACCEPTED else None

    def _first(self, data: bytes, end: int) -> Found:
        """A match at the beginning of a text, where the value may be all of it."""
        return self._otherwise().exact.longest_at(data, 0, end) or (0, end, 0, end)


def walk(
    regex: Regex, asked: Asked, judge: Judge, otherwise: Callable[[], Search], needs: bytes
) -> Walk | None:
    """The search for an expression; None where RE2 does it.

    That is for expressions without an automaton; for those whose value is in the midst, as RE2 has
    to be asked for it; and in processes without automata.
    """
    library, has_place = loaded_automata(), is_behind(regex.exact)
    if library is None or regex.reach is None or (VALUE in regex.exact and not has_place):
        return None
    made = automaton(library, regex.exact, replace(asked, skipped=int(has_place)))
    if made is None:
        return None
    return Walk(made, judge, otherwise, is_behind=has_place, overlaps=regex.bounded, needs=needs)
