"""Texts to scan, from files, folders and standard input, in blocks.

Bytes that are no text in their encoding are kept as lone surrogates (PEP 383), so that a
treated text gives back every byte that nothing treated.
"""

from __future__ import annotations

import codecs
import errno
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import BinaryIO, TextIO, cast

BLOCK = 1024 * 1024
"""Bytes that are read at once."""

_UTF8 = "utf-8"

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""Byte order marks and what they announce; the mark itself is a character of the text."""


def files_in(path: Path) -> Iterator[Path]:
    """A file, or the files in a folder and below it, hidden ones too, by name.

    What version control keeps in `.git` is left out, and links are not followed.
    Raises OSError.
    """
    if not path.is_dir():
        yield path
        return
    for folder, folders, names in os.walk(path, onerror=_raise):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            found = Path(folder, name)
            if found.is_file() and not found.is_symlink():
                yield found


def _raise(error: OSError) -> None:
    raise error


def open_text(path: Path) -> AbstractContextManager[BinaryIO]:
    """A file's bytes, or standard input (which is not closed) for `-`.  Raises OSError."""
    if str(path) != "-":
        return path.open("rb")
    return nullcontext(standard_input())


def standard_input() -> BinaryIO:
    """The bytes of standard input.  Raises OSError if this process has none."""
    # A process may be started without one; then it is None, whatever its type says.
    stream = cast(TextIO | None, sys.stdin)
    if stream is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return stream.buffer


class Blocks:
    """The text of a stream, block by block; `encoding` is known once iteration begins."""

    def __init__(self, stream: BinaryIO, seen: Callable[[int], None] = lambda _: None) -> None:
        """`seen` is told how many bytes each read brought."""
        self._stream, self._seen = stream, seen
        self.encoding = _UTF8

    def __iter__(self) -> Iterator[str]:
        first = self._stream.read(BLOCK)
        self.encoding = next((name for mark, name in _MARKS if first.startswith(mark)), _UTF8)
        decoder = codecs.getincrementaldecoder(self.encoding)(_errors(self.encoding))
        block = first
        while block:
            self._seen(len(block))
            yield decoder.decode(block)
            block = self._stream.read(BLOCK)
        yield decoder.decode(b"", final=True)


def encoder(encoding: str) -> Callable[[str], bytes]:
    """Writes text in an encoding, piece after piece; bytes that were no text come back."""
    incremental = codecs.getincrementalencoder(encoding)(_errors(encoding))
    return incremental.encode


def _errors(encoding: str) -> str:
    return "surrogateescape" if encoding == _UTF8 else "surrogatepass"


def joined(blocks: Iterable[str], most: int) -> str | None:
    """All blocks as one text, or None if it has more than `most` characters."""
    parts, size = list[str](), 0
    for block in blocks:
        size += len(block)
        if size > most:
            return None
        parts.append(block)
    return "".join(parts)
