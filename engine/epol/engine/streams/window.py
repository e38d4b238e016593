"""Detecting and treating a text that comes in pieces: what goes out is what the whole would be.

A span is settled once all that decides about it is there: the detectors' reach behind it
(`text.reach`).  What treatments write may decide in turn about what stands within that reach of
it, for a treated text is scanned again.  So the text is cut only where no region is within reach
on either side, and each piece is treated with the text around it.  Together that holds back twice
the reach, and more where one region follows another.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import NamedTuple

from epol.engine.bundle.findings import Finding
from epol.engine.bundle.treatment import Treatment
from epol.engine.errors import EpolError, ScanLimitError
from epol.engine.streams.flow import StreamFlow
from epol.engine.text.known import findings_of, with_known
from epol.engine.text.limits import MAX_TEXT
from epol.engine.text.reach import MAX_EXPANSION, length_of, reads_as_it_stands
from epol.engine.text.restoring import Original

MAX_HELD = 256 * 1024
"""Characters that may be held back; a text that asks for more is refused."""

MAX_WORD = 1024
"""Characters without white space that are not cut: an escape or an encoding may be in them."""

_STEP, _LEAST_STEP = 16, 16
"""A text is scanned again when so large a part of the reach, or so many characters, have been
added: to scan costs about as much as the window is long."""

_GROWTH = 4
"""What could not be settled is scanned again when it is longer by such a part."""

_BESIDE, _MAX_ROW = 1, 1024
"""Findings so near to each other are a row, in which where one begins may depend on the last; so
many characters of it are scanned again."""

_WORD = re.compile(r"[!-~]*\Z")
_WORD_REST = re.compile(rf"[!-~]{{0,{MAX_WORD}}}")
_START = attrgetter("start")


class _Cluster(NamedTuple):
    """Treated findings that follow each other so closely that no cut is between them."""

    start: int
    end: int


class Window:
    """One text between arriving and going out.

    `found` is told of each finding before its first character goes out.  What it raises, or
    scanning or treating does, is kept in `refusal`; from then on nothing goes out.
    """

    def __init__(self, flow: StreamFlow, found: Callable[[Finding], None]) -> None:
        self.refusal: EpolError | None = None
        self._flow, self._tell = flow, found
        self._reach = flow.text.reach(flow.watched)
        details = flow.plan.items()
        self._treated = {name for name, d in details if d.treatment != Treatment.KEEP}
        # A segment that may be dropped must not have begun to leave.
        self._is_whole = any(d.treatment == Treatment.DROP for _, d in details)
        self._text, self._more = "", list[str]()
        self._is_plain = True
        # What tokens brought back, of which it is not yet settled whether patterns find it.
        self._known = list[Finding]()
        self._found, self._clusters = list[Finding](), list[_Cluster]()
        # Up to where the text went out, and up to where it is settled.
        self._done = self._read = self._size = 0
        self._next = self._reach

    @property
    def held(self) -> int:
        """How many characters are held back."""
        return self._size - self._done

    def feed(self, text: str, originals: Iterable[Original] = ()) -> str:
        """What may go out now that some more of the text is there, with originals in it."""
        if self.refusal is not None:
            return ""
        self._known += findings_of(originals, self._flow.watched, self._size)
        self._more.append(text)
        self._size += len(text)
        made = ""
        if self._size >= self._next and not self._is_whole:
            self._join()
            ahead = self._reach_at_end(self._text[self._read :])
            made = "" if ahead is None else self._advance(self._size - ahead)
            self._next = self._size_to_scan()
        if self.held > (MAX_TEXT if self._is_whole else MAX_HELD):
            self._refuse(ScanLimitError("too much of the text would have to be held back"))
        return made

    def finish(self) -> str:
        """The rest: the text has ended."""
        self._join()
        made = self._advance(self._size, is_end=True)
        self.drop()
        return made

    def drop(self) -> None:
        """Forget the text."""
        self._text = ""
        for kept in (self._more, self._known, self._found, self._clusters):
            kept.clear()
        self._done = self._read = self._size = 0
        self._next = self._reach

    def _size_to_scan(self) -> int:
        """How long the text must be for the next scan; longer where the last one was in vain."""
        open_ = self._size - self._read
        growth = max(0, open_ - 2 * self._reach) // _GROWTH
        step = max(self._reach // _STEP, _LEAST_STEP)
        return self._read + max(self._reach, open_ + growth) + step

    def _join(self) -> None:
        self._text += "".join(self._more)
        self._more.clear()
        self._is_plain = reads_as_it_stands(self._text)

    def _refuse(self, error: EpolError) -> None:
        self.refusal = error
        self.drop()

    def _advance(self, limit: int, *, is_end: bool = False) -> str:
        """Settle what stands before `limit`, and hand out what nothing can change any more."""
        if self.refusal is not None:
            return ""
        made, refusal = "", None
        try:
            try:
                self._settle(limit, is_end=is_end)
            except EpolError as error:
                refusal = error
            # What stands well before a refused finding goes out, as it would have gone before.
            if refusal is None or not self._is_whole:
                made = self._released(is_end=is_end and refusal is None)
        except EpolError as error:
            refusal = refusal or error
        if refusal is not None:
            self._refuse(refusal)
        return made

    def _settle(self, limit: int, *, is_end: bool) -> None:
        """Take up the findings that begin before the last place up to `limit` that is settled."""
        low, watched = self._left(), self._flow.watched
        shifted = (_moved(f, low) for f in self._flow.text.scan(self._text[low:]).findings)
        found = with_known(shifted, self._known)
        new = [f for f in found if f.start >= self._read and f.label in watched]
        new.sort(key=_START)
        end = limit if is_end else self._uncut(limit, new)
        told = set[tuple[str, int, int]]()
        for finding in new:
            if finding.start < end or is_end:
                self._read = finding.start
                span = finding.label, finding.start, finding.end
                if span not in told:
                    told.add(span)
                    self._tell(finding)
                self._take(finding)
        self._read = max(self._read, end)
        self._known = [f for f in self._known if f.start >= self._read]

    def _take(self, finding: Finding) -> None:
        self._found.append(finding)
        if finding.label not in self._treated:
            return
        start, end = finding.start, finding.end
        if self._clusters and start - self._clusters[-1].end <= 2 * self._reach:
            last = self._clusters.pop()
            start, end = last.start, max(last.end, end)
        self._clusters.append(_Cluster(start, end))

    def _uncut(self, at: int, findings: list[Finding]) -> int:
        """The last place up to `at` that is in no finding and in no word."""
        before = -1
        while at != before:
            before = at
            at = self._word_start(min([at, *(f.start for f in findings if f.start < at < f.end)]))
        return max(at, self._read)

    def _word_start(self, at: int) -> int:
        """Where the word begins that a place is in; the place itself if it is too long a word."""
        text = self._text
        if not (0 < at < len(text) and "!" <= text[at] <= "~"):
            return at
        match = _WORD.search(text, max(0, at - MAX_WORD), at)
        start = at if match is None else match.start()
        return at if at - start >= MAX_WORD else start

    def _reach_at_end(self, text: str) -> int | None:
        """How many characters at the end of some of the text are a reach, as they read."""
        if self._is_plain:
            return self._reach if len(text) >= self._reach else None
        return length_of(text, self._reach)

    def _reach_before(self, at: int) -> int:
        """The place that a reach lies before another, at the beginning of a word."""
        length = self._reach_at_end(self._text[max(0, at - MAX_EXPANSION * self._reach) : at])
        return 0 if length is None else self._word_start(at - length)

    def _left(self) -> int:
        """Where scanning begins, so that what is not yet settled is found as in the whole."""
        at = self._reach_before(self._read)
        least = self._read - _MAX_ROW
        for finding in reversed(self._found):
            if finding.start < least:
                break
            if finding.start < at <= finding.end + _BESIDE:
                at = finding.start
        return at

    def _released(self, *, is_end: bool) -> str:
        """The text up to the last place that may be a cut, treated."""
        cut = self._size if is_end else self._cut()
        if cut <= self._done:
            return ""
        made = self._piece(cut)
        self._done = cut
        self._forget()
        return made

    def _cut(self) -> int:
        """The last place with no region within reach of it on either side.

        Where nothing is treated, what is settled stays as it is.
        """
        if not self._treated:
            return self._read
        at = self._reach_before(self._read)
        for start, end in reversed(self._clusters):
            if start - self._reach < at < end + self._reach:
                at = self._word_start(max(0, start - self._reach))
        return at

    def _piece(self, cut: int) -> str:
        """What goes out for the characters up to a cut."""
        first = bisect_left(self._found, self._done, key=_START)
        inside = self._found[first : bisect_left(self._found, cut, key=_START)]
        if not any(finding.label in self._treated for finding in inside):
            return self._text[self._done : cut]
        made = self._treated_with(inside, cut, self._around(cut))
        if made is None:
            # A later round found something at an edge of what was read beside the piece.
            made = self._treated_with(inside, cut, (self._done, cut))
        return made or ""

    def _treated_with(
        self, findings: list[Finding], cut: int, around: tuple[int, int]
    ) -> str | None:
        """A piece treated with the text around it; None if that would not stay as it is."""
        low, high = around
        before, behind = self._text[low : self._done], self._text[cut:high]
        moved, flow = [_moved(f, -low) for f in findings], self._flow
        made = flow.text.treat(self._text[low:high], flow.plan, flow.keys, moved) or ""
        end = len(made) - len(behind)
        if end < len(before) or not (made.startswith(before) and made.endswith(behind)):
            return None
        return made[len(before) : end]

    def _around(self, cut: int) -> tuple[int, int]:
        """What is read beside a piece: whole words, within reach, and none that are treated."""
        low = self._word_start(max(0, self._done - self._reach))
        high = min(cut + self._reach, self._size)
        rest = _WORD_REST.match(self._text, high)
        high = high if rest is None else rest.end()
        for start, end in self._clusters:
            low = max(low, end) if end <= self._done else low
            high = min(high, start) if start >= cut else high
        return low, high

    def _forget(self) -> None:
        """Keep no more of what has gone out than may decide about what follows."""
        at = min(self._left(), max(0, self._done - self._reach))
        self._text = self._text[at:]
        self._known = [_moved(f, -at) for f in self._known]
        self._found = [_moved(f, -at) for f in self._found if f.start >= at]
        self._clusters = [_Cluster(a - at, b - at) for a, b in self._clusters if b > at]
        self._done -= at
        self._read -= at
        self._size -= at


def _moved(finding: Finding, by: int) -> Finding:
    return finding._replace(start=finding.start + by, end=finding.end + by)
