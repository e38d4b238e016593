"""Long texts in bounded memory: pieces that can be scanned and treated one by one.

A piece ends where no finding is, at the end of a line if possible, and is scanned with
what stands before and behind it, so that pieces have the findings that the whole has.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from epol.engine.bundle.findings import Finding
from epol.engine.errors import ScanLimitError
from epol.engine.text.limits import MAX_SPAN, MAX_TEXT
from epol.engine.text.scanner import Scanner

PIECE = 256 * 1024
"""About how many characters are scanned at once."""

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

    Raises `ScanLimitError` for a piece that asks for too much work.
    """
    source = iter(blocks)
    buffer, done, offset, ended = "", 0, 0, False
    wanted = size
    while not ended or done < len(buffer):
        while not ended and len(buffer) - done < wanted + BEHIND:
            block = next(source, None)
            ended = block is None
            buffer += block or ""
        scan = scanner.scan(buffer)
        cut = len(buffer) if ended else _cut(buffer, done, scan.findings)
        if cut is None:
            wanted *= 2
            if wanted > MAX_TEXT:
                raise ScanLimitError("a finding is longer than may be examined at once")
            continue
        found = tuple(_within(scan.findings, done, cut))
        if cut > done:
            yield Piece(buffer[done:cut], offset, found, scan.opaque)
        offset += cut - done
        start = max(0, cut - BEFORE)
        buffer, done, wanted = buffer[start:], cut - start, size


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
            yield replace(found, start=max(found.start, start) - start, end=found.end - start)
