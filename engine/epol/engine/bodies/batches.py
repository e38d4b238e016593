"""Batch files, cut into their requests as they are read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from epol.engine.bodies.document import MAX_BODY
from epol.engine.errors import BodyError

_HEAD = re.compile(rb'\s*\{\s*"requests"\s*:\s*\[')
_MOST_HEAD = 4096
_TAIL = re.compile(rb"\s*\]\s*\}\s*")
_BETWEEN = re.compile(rb"[\s,]*")
_MARK = re.compile(rb'["{}\[\]\\]')
_TOO_LARGE = f"a request of the batch has more than {MAX_BODY:,} bytes"
_NO_BATCH = "a message batch must be an object that has `requests`, an array, and nothing else"


def lines(chunks: Iterable[bytes]) -> Iterator[bytes | BodyError]:
    """The lines of a file that comes in chunks, without empty ones.

    In place of one that is too large stands what to say of it.
    """
    kept: list[bytes] = []
    size = 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for end in ended:
            yield from _line(kept, size, end)
            kept, size = [], 0
        size += len(rest)
        kept = [*kept, rest] if size <= MAX_BODY else []
    yield from _line(kept, size, b"")


def _line(kept: list[bytes], size: int, end: bytes) -> Iterator[bytes | BodyError]:
    if size + len(end) > MAX_BODY:
        yield BodyError(_TOO_LARGE)
        return
    line = b"".join((*kept, end))
    if line.strip():
        yield line


def requests(chunks: Iterable[bytes]) -> Iterator[bytes | BodyError]:
    """The members of the array `requests`, of an object that comes in chunks.

    Raises `BodyError` where that is not what comes.
    """
    return _Requests(chunks).all()


class _Requests:
    """The array as it is read: what has come, and how far it was taken."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = iter(chunks)
        self._data, self._at = b"", 0
        self._is_first = True

    def _more(self) -> bool:
        """Read on; what was taken is let go."""
        for chunk in self._chunks:
            if chunk:
                self._data, self._at = self._data[self._at :] + chunk, 0
                return True
        return False

    def all(self) -> Iterator[bytes | BodyError]:
        """The members of the array."""
        head = _HEAD.match(self._data)
        while head is None:
            if len(self._data) > _MOST_HEAD or not self._more():
                raise BodyError(_NO_BATCH)
            head = _HEAD.match(self._data)
        self._at = head.end()
        while self._begins():
            yield self._element()

    def _begins(self) -> bool:
        """Whether another member comes; else the file must end here."""
        while True:
            match = _BETWEEN.match(self._data, self._at)
            gap = b"" if match is None else match[0]
            begin = self._at + len(gap)
            if self._data[begin : begin + 1] == b"{":
                if gap.count(b",") != (not self._is_first):
                    raise BodyError(_NO_BATCH)
                self._at, self._is_first = begin, False
                return True
            if len(self._data) - self._at > _MOST_HEAD:
                raise BodyError(_NO_BATCH)
            if not self._more():
                if b"," in gap or _TAIL.fullmatch(self._data, begin) is None:
                    raise BodyError(_NO_BATCH)
                return False

    def _element(self) -> bytes:
        """The object that begins here."""
        depth, done, is_text = 0, 0, False
        while True:
            mark = _MARK.search(self._data, self._at + done)
            if mark is None or (mark[0] == b"\\" and mark.end() == len(self._data)):
                done = (len(self._data) if mark is None else mark.start()) - self._at
                if done > MAX_BODY:
                    raise BodyError(_TOO_LARGE)
                if not self._more():
                    raise BodyError(_NO_BATCH)
                continue
            done = mark.end() - self._at
            if mark[0] == b"\\":
                done += 1
            elif mark[0] == b'"':
                is_text = not is_text
            elif not is_text:
                depth += 1 if mark[0] in b"{[" else -1
                if depth == 0:
                    start, self._at = self._at, mark.end()
                    return self._data[start : self._at]
