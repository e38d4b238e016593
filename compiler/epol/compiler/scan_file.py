"""One file or stream, scanned and, if asked, treated, in bounded memory."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, BinaryIO

from epol.compiler.texts import Blocks, encoder, joined
from epol.compiler.treaters import Treater
from epol.engine.bundle.findings import Finding
from epol.engine.bundle.service import Piece, ScanLimitError, TextService

IN_MEMORY = 4 * 1024 * 1024
"""Bytes of a treated text that stay in memory; more go to a temporary file."""

MOST_WHOLE = 16 * 1024 * 1024
"""Characters of a text that must be there whole."""


@dataclass(frozen=True)
class Placed:
    """A finding with its line and column (both from 1) and offsets in the whole text."""

    finding: Finding
    line: int
    column: int


@dataclass
class FileScan:
    """What a file holds; `treated` is its treated text, encoded as the file is.

    `dropped` says that nothing of it may leave, so that `treated` is empty.
    """

    name: str
    findings: list[Placed] = field(default_factory=list[Placed])
    opaque: int = 0
    treated: IO[bytes] | None = None
    encoding: str = "utf-8"
    dropped: bool = False


def scan_file(
    name: str,
    stream: BinaryIO,
    service: TextService,
    treater: Treater | None,
    treated: IO[bytes],
    seen: Callable[[int], None],
) -> FileScan:
    """Scan a stream to its end; with a treater, write the treated text to `treated`.

    Raises OSError, UnicodeError, `ScanLimitError` and `RefusedError`; what was written until
    then is not to be used.
    """
    blocks = Blocks(stream, seen)
    result = FileScan(name)
    source: Iterable[str] = blocks
    if treater is not None:
        result.treated = treated
        if treater.needs_whole:
            whole = joined(blocks, MOST_WHOLE)
            if whole is None:
                raise ScanLimitError(f"a text of more than {MOST_WHOLE:,} characters is no request")
            source = [whole]
    place = _Place()
    write = None
    pieces = _whole(service, source) if treater and treater.needs_whole else service.pieces(source)
    for piece in pieces:
        result.findings += place.findings(piece)
        result.opaque += piece.opaque
        if treater is not None:
            write = write or encoder(blocks.encoding)
            text = treater.treat(piece.text, piece.findings)
            result.dropped |= text is None
            treated.write(write(text or ""))
    result.encoding = blocks.encoding
    if result.dropped:
        treated.truncate(0)
    treated.seek(0)
    return result


def spool() -> IO[bytes]:
    """A place for a treated text: in memory if it is small, else in a temporary file."""
    return tempfile.SpooledTemporaryFile(IN_MEMORY)


@dataclass(frozen=True)
class _OnePiece:
    text: str
    offset: int
    findings: tuple[Finding, ...]
    opaque: int


def _whole(service: TextService, source: Iterable[str]) -> Iterator[Piece]:
    for text in source:
        scan = service.scan(text)
        yield _OnePiece(text, 0, scan.findings, scan.opaque)


class _Place:
    """Lines and columns, piece after piece."""

    def __init__(self) -> None:
        self._line, self._column = 1, 1

    def findings(self, piece: Piece) -> list[Placed]:
        """The findings of the next piece, with their places in the whole text."""
        placed, at = list[Placed](), 0
        for found in sorted(piece.findings, key=lambda f: (f.start, f.end, f.label, f.detector)):
            self._move(piece.text, at, found.start)
            at = found.start
            whole = found._replace(start=found.start + piece.offset, end=found.end + piece.offset)
            placed.append(Placed(whole, self._line, self._column))
        self._move(piece.text, at, len(piece.text))
        return placed

    def _move(self, text: str, start: int, end: int) -> None:
        lines = text.count("\n", start, end)
        if lines:
            self._line += lines
            self._column = end - text.rindex("\n", start, end)
        else:
            self._column += end - start
