"""Long texts in bounded memory: pieces that can be scanned and treated one by one.

A piece ends where no finding is, at the end of a line if possible, and is scanned with
what stands before and behind it, so that pieces have the findings that the whole has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from epol.engine.bundle.findings import Finding
from epol.engine.errors import ScanLimitError
from epol.engine.text.limits import MAX_SPAN, MAX_TEXT
from epol.engine.text.scanner import Scanner

PIECE = 256 * 1024
"""About how many characters are scanned at once."""

LEAST = 8 * 1024
"""A piece that asks for too much work is made smaller, down to so many characters."""

BEFORE = 4 * 1024
"""Characters before a piece that its context and encodings may reach back to."""

BEHIND = 2 * MAX_SPAN
"""Characters behind a piece in which what begins in it ends."""


@dataclass(frozen=True)
class Piece:
    """Part of a long text, at `offset`; its findings' offsets count from its own start."""

    text: str
    offset: int
    findings: tuple[Finding, ...]
    opaque: int


def pieces(scanner: Scanner, blocks: Iterable[str], size: int = PIECE) -> Iterator[Piece]:
    """A text that comes in blocks, as scanned pieces that make up the whole.

    A piece that asks for too much work is tried again in smaller ones.  Raises
    `ScanLimitError` where even `LEAST` characters do.
    """
    window = _Window(blocks)
    wanted = size
    while window.fill(wanted + BEHIND):
        try:
            scan = scanner.scan(window.text)
        except ScanLimitError:
            if wanted <= LEAST:
                raise
            wanted = max(LEAST, wanted // 4)
            window.shrink(wanted + BEHIND)
            continue
        cut = len(window.text) if window.ended else _cut(window.text, window.done, scan.findings)
        if cut is None:
            wanted *= 2
            if wanted > MAX_TEXT:
                raise ScanLimitError("a finding is longer than may be examined at once")
            continue
        found = tuple(_within(scan.findings, window.done, cut))
        yield Piece(window.text[window.done : cut], window.offset, found, scan.opaque)
        window.advance(cut)
        wanted = min(size, 2 * wanted)


class _Window:
    """The part of a text that is looked at: some of what is done, and some of what is not."""

    def __init__(self, blocks: Iterable[str]) -> None:
        self._source = iter(blocks)
        self._rest = ""
        self._is_dry = False
        self.text, self.done, self.offset = "", 0, 0

    @property
    def ended(self) -> bool:
        """Whether nothing comes behind it."""
        return self._is_dry and not self._rest

    def fill(self, wanted: int) -> bool:
        """Read until so many characters are not done; whether any are."""
        missing = wanted - (len(self.text) - self.done)
        while len(self._rest) < missing and not self._is_dry:
            block = next(self._source, None)
            self._is_dry = block is None
            self._rest += block or ""
        if missing > 0:
            self.text += self._rest[:missing]
            self._rest = self._rest[missing:]
        return self.done < len(self.text)

    def shrink(self, wanted: int) -> None:
        """Put back what is more than so many characters that are not done."""
        end = self.done + wanted
        self._rest = self.text[end:] + self._rest
        self.text = self.text[:end]

    def advance(self, cut: int) -> None:
        """What stands before `cut` is done."""
        self.offset += cut - self.done
        start = max(0, cut - BEFORE)
        self.text, self.done = self.text[start:], cut - start


def _cut(text: str, done: int, findings: Iterable[Finding]) -> int | None:
    """Where a piece that begins at `done` may end: far from the end, and in no finding."""
    last = len(text) - BEHIND
    for found in sorted(findings, key=lambda f: (f.end, f.start), reverse=True):
        if found.start < last < found.end:
            last = found.start
    if last <= done:
        return None
    for mark in ("\n", " "):
        at = text.rfind(mark, done, last) + 1
        if at > max(done, last - BEHIND) and not any(f.start < at < f.end for f in findings):
            return at
    return last


def _within(findings: Iterable[Finding], start: int, end: int) -> Iterator[Finding]:
    """The findings of a piece; of one that began before it, unseen there, what is left."""
    for found in findings:
        if start < found.end <= end:
            yield found._replace(start=max(found.start, start) - start, end=found.end - start)
