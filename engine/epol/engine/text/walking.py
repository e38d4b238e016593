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
    ASKED,
    AT,
    AUTOMATON,
    COUNT,
    END,
    FOUND,
    GAVE_UP,
    IS_LONGEST,
    LAST,
    LISTED,
    MOST_EACH,
    REFUSED,
    SIZE,
    START,
    STOP,
    TOLD,
)
from epol.engine.kernel.load import loaded_automata
from epol.engine.text.automata.automaton import Asked, Automaton, automaton
from epol.engine.text.automata.limits import LONG
from epol.engine.text.candidates import Judge, Search, Verdict
from epol.engine.text.encoded import Encoded
from epol.engine.text.limits import Budget

_ACCEPTED, _REJECTED, _ELSEWHERE = Verdict.ACCEPTED, Verdict.REJECTED, Verdict.ELSEWHERE


class Walk:
    """How one expression is searched for by its automaton."""

    __slots__ = (
        *("_automaton", "_needs", "_otherwise", "_overlaps", "address", "before", "judge"),
        *("kept_as", "search_all"),
    )

    def __init__(
        self,
        automaton: Automaton,
        judge: Judge,
        otherwise: Callable[[], Search],
        *,
        is_behind: bool,
        overlaps: bool,
        needs: bytes,
        kept_as: tuple[str, ...] | None,
    ) -> None:
        """`judge` judges what stands where a match may; `otherwise` is the search by RE2.

        `is_behind` says that values are matches without the character before them, `overlaps`
        that accepted spans may overlap; each match has the bytes `needs` in it.  `kept_as` is
        under what `Budget.known` has what becomes of a value; None where nothing is asked of it.
        """
        self._automaton, self.address = automaton, automaton.address
        self.search_all, self.kept_as = automaton.search_all, kept_as
        self.judge, self._otherwise = judge, otherwise
        self.before, self._overlaps, self._needs = int(is_behind), overlaps, needs

    def spans(
        self,
        encoded: Encoded,
        start: int,
        budget: Budget,
        regions: Sequence[tuple[int, int]] | None = None,
    ) -> Iterator[Found]:
        """As `Search.spans`."""
        if regions is not None or not encoded.is_ascii:
            return self._otherwise().spans(encoded, start, budget, regions)
        return self._spans(encoded, start, budget, 0)

    def onward(
        self, encoded: Encoded, said: int, at: int, budget: Budget, reached: int
    ) -> Iterator[Found]:
        """The spans from where `search_all` stopped, and what it said; they reach beyond others."""
        if said == FOUND:
            return self._spans(encoded, at, budget, reached)
        return self._by_re2(encoded, at, budget, reached) if said == GAVE_UP else iter(())

    def behind(
        self, encoded: Encoded, match: Found, verdict: Verdict, budget: Budget, reached: int
    ) -> Iterator[Found]:
        """The spans from a longest match on, which is none by a verdict.

        What `search_all` found behind it counts on its being one.
        """
        begins, ends, _, _ = match
        if verdict is _ELSEWHERE:
            frame, address = encoded.frame
            frame[START], frame[END], frame[AUTOMATON] = begins, ends, self.address
            shorter = self._shorter(encoded, frame, address, budget)
            if shorter is not None and shorter[1] > reached:
                reached = shorter[1]
                yield shorter
        yield from self._spans(encoded, begins + 1, budget, reached)

    def _spans(self, encoded: Encoded, at: int, budget: Budget, reached: int) -> Iterator[Found]:
        """Those from a byte on that reach beyond another one."""
        data, judge, (frame, address) = encoded.data, self.judge, encoded.frame
        size, before, said, needs = len(data), self.before, FOUND, self._needs
        stop = data.rfind(needs) + 1 if needs else size
        search = self._automaton.search if size < LONG else self._automaton.search_long
        while True:
            frame[AT], frame[STOP], frame[LAST], frame[AUTOMATON] = at, stop, size, self.address
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
                longest = self.first(data, ends)
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
            yield from self._by_re2(encoded, frame[AT], budget, reached)

    def _by_re2(self, encoded: Encoded, at: int, budget: Budget, reached: int) -> Iterator[Found]:
        for each in self._otherwise().spans(encoded, at, budget):
            if each[1] > reached:
                yield each

    def _shorter(
        self, encoded: Encoded, frame: array[int], address: int, budget: Budget
    ) -> Found | None:
        """The longest match that is accepted of those that are shorter than one just found."""
        data, judge, search = encoded.data, self.judge, self._automaton.search
        start = frame[AT] = frame[START]
        frame[STOP] = start + 1
        while True:
            frame[LAST] = frame[END] - 1
            if search(data, address) != FOUND:
                return None
            end = frame[END]
            match = start, end, start + self.before, end
            if self.before and not start:
                match = self.first(data, end)
            verdict = judge(encoded, match, budget)
            if verdict is not _ELSEWHERE:
                return match if verdict is _ACCEPTED else None

    def first(self, data: bytes, end: int) -> Found:
        """A match at the beginning of a text, where the value may be all of it."""
        return self._otherwise().exact.longest_at(data, 0, end) or (0, end, 0, end)


def walk_all(data: bytes, walk: Walk, asked: Sequence[int]) -> list[int]:
    """What `search_all` finds, in fours (`TOLD`), for a text that `may_be_walked`.

    `asked` has of each, of which `walk` is one, the address and the byte from which on it is
    searched for.
    """
    behind, count = LISTED + len(asked), len(asked) // ASKED
    frame = array("q", bytes(8 * (behind + TOLD * (MOST_EACH + 1) * count)))
    frame[SIZE], frame[COUNT], frame[LISTED:behind] = len(data), count, array("q", asked)
    walk.search_all(data, frame.buffer_info()[0])
    return frame[behind : behind + frame[COUNT]].tolist()


def walk(
    regex: Regex,
    asked: Asked,
    judge: Judge,
    otherwise: Callable[[], Search],
    needs: bytes,
    kept_as: tuple[str, ...] | None = None,
) -> Walk | None:
    """The search for an expression (see `Walk`); None where RE2 does it.

    That is for expressions without an automaton; for those whose value is in the midst, as RE2 has
    to be asked for it; and in processes without automata.
    """
    library, has_place = loaded_automata(), is_behind(regex.exact)
    if library is None or regex.reach is None or (VALUE in regex.exact and not has_place):
        return None
    needed = needs[0] if needs else 0
    made = automaton(library, regex.exact, replace(asked, skipped=int(has_place), needs=needed))
    if made is None:
        return None
    return Walk(
        made,
        judge,
        otherwise,
        is_behind=has_place,
        overlaps=regex.bounded,
        needs=needs,
        kept_as=kept_as,
    )
