"""Server-sent events: bytes to events and back, every byte kept.

The format is that of the HTML standard (section 9.2, "Server-sent events"): lines that end in LF,
CR or CRLF, a blank line after each event, a byte order mark before the first.  Unlike a browser,
which discards it, an event that is not complete when the stream ends is an error here, and so is
what is no UTF-8.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from epol.engine.errors import StreamError

MAX_EVENT = 16 * 1024 * 1024
"""Bytes of one event; the last one of an answer may repeat all of it."""

_LINE_END = rb"(?:\r\n|\n|\r(?!\n))"
_BLANK_LINE = re.compile(_LINE_END + _LINE_END)
_FIRST_BLANK = re.compile(rb"(?:\xef\xbb\xbf)?" + _LINE_END)
_FIELD = re.compile(r"([^:\r\n]*)(?::( ?)([^\r\n]*))?(?:\r\n|\n|\r)")
_MARK = "\ufeff"


class Edit(NamedTuple):
    """Characters `start` up to `end` of an event's data, and what stands there instead."""

    start: int
    end: int
    text: str


class Event:
    """One event as it came; `name` is its type, and `data` its data, None if it has none."""

    __slots__ = ("_lines", "_text", "data", "name", "raw")

    def __init__(self, raw: bytes, *, is_first: bool = False) -> None:
        """Raises `StreamError` for what is no UTF-8.  The first one may begin with a mark."""
        self.raw = raw
        self.name = ""
        try:
            self._text = raw.decode()
        except UnicodeDecodeError:
            raise StreamError("an event of the stream is no UTF-8") from None
        self._lines: list[tuple[int, int]] = []
        at = 1 if is_first and self._text.startswith(_MARK) else 0
        for line in _FIELD.finditer(self._text, at):
            field = line[1]
            if field == "data":
                end = line.end(1)
                self._lines.append((end, end) if line[3] is None else line.span(3))
            elif field == "event":
                self.name = line[3] or ""
        self.data = "\n".join(self._text[a:b] for a, b in self._lines) if self._lines else None

    def __repr__(self) -> str:
        return f"<Event of {len(self.raw)} bytes>"

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """The event with some of its data replaced, and every other byte as it was.

        The edits are in order, apart, and bring no line end; one may go over several lines.
        """
        parts, at = list[str](), 0
        for edit in edits:
            parts += self._text[at : self._place(edit.start)], edit.text
            at = self._place(edit.end)
        parts.append(self._text[at:])
        return "".join(parts).encode()

    def _place(self, offset: int) -> int:
        """Where a character of the data stands in the event."""
        for start, end in self._lines:
            if offset <= end - start:
                return start + offset
            offset -= end - start + 1
        raise ValueError("the offset is not within the event's data")


def written(data: str, name: str = "") -> bytes:
    """An event of one line of data, with its type if it has one."""
    head = f"event: {name}\n" if name else ""
    return f"{head}data: {data}\n\n".encode()


class Splitter:
    """Cuts a stream of bytes into its events, however the bytes come."""

    def __init__(self, limit: int = MAX_EVENT) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._searched = 0
        self._is_first = True

    def feed(self, data: bytes) -> Iterator[Event]:
        """The events that are complete now.

        Raises `StreamError` for one that is larger than the limit, or no UTF-8.
        """
        self._bytes += data
        return self._events(is_end=False)

    def finish(self) -> Iterator[Event]:
        """The last event, if only the end of the stream could tell that it was complete.

        Raises `StreamError` where the stream ends in the middle of an event.
        """
        yield from self._events(is_end=True)
        rest = bytes(self._bytes)
        self.drop()
        if rest:
            raise StreamError("the stream ends in the middle of an event")

    def drop(self) -> None:
        """Forget what has come of an event."""
        self._bytes.clear()
        self._searched = 0

    def _events(self, *, is_end: bool) -> Iterator[Event]:
        while (end := self._end(is_end=is_end)) is not None:
            raw = bytes(self._bytes[:end])
            del self._bytes[:end]
            if len(raw) > self._limit:
                break
            event = Event(raw, is_first=self._is_first)
            self._searched, self._is_first = 0, False
            yield event
        else:
            if len(self._bytes) <= self._limit:
                return
        self.drop()
        raise StreamError(f"an event of the stream has more than {self._limit:,} bytes")

    def _end(self, *, is_end: bool) -> int | None:
        """Where the first event ends, if that is known."""
        held = self._bytes
        found = _FIRST_BLANK.match(held) if self._searched == 0 else None
        if found is not None and held.startswith(b"\xef\xbb\xbf") and not self._is_first:
            found = None
        found = found or _BLANK_LINE.search(held, self._searched)
        if found is None:
            self._searched = max(0, len(held) - 3)
            return None
        # After a CR at the end, an LF of the same line end may follow.
        if found.end() == len(held) and held.endswith(b"\r") and not is_end:
            return None
        return found.end()
