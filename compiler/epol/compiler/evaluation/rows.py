"""Labelled texts: one JSON object a line, plain or compressed with gzip.

No message repeats anything of a line.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from epol.compiler.texts import open_text

MAX_LINE = 32 * 1024 * 1024
"""Bytes of a line."""

MAX_TYPE = 100
_GZIP = b"\x1f\x8b"


class RowsError(ValueError):
    """A line that is no labelled text; str() says which and why."""


@dataclass(frozen=True)
class Labelled:
    """Characters `start` up to `end` of a text, of a type of the data."""

    start: int
    end: int
    type: str


@dataclass(frozen=True)
class Row:
    """One text.  `is_whole` says that `spans` has everything there is to find.

    `type` is what the text is an example of, or a counterexample if it should not match.
    """

    line: int
    text: str
    spans: tuple[Labelled, ...]
    type: str | None
    should_match: bool
    is_whole: bool


class Rows:
    """The rows of a file, or of standard input for `-`; once read, `digest` is theirs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()

    @property
    def digest(self) -> str:
        """SHA-256 of what was read, decompressed."""
        return f"sha256:{self._hash.hexdigest()}"

    def __iter__(self) -> Iterator[Row]:
        """Raises `RowsError` and OSError."""
        number = 0
        try:
            with open_text(self._path) as stream:
                lines = _uncompressed(stream)
                while data := lines.readline(MAX_LINE + 1):
                    number += 1
                    self._hash.update(data)
                    if len(data) > MAX_LINE:
                        raise RowsError(f"line {number} has more than {MAX_LINE:,} bytes")
                    if data.strip():
                        yield _row(number, data)
        except (EOFError, gzip.BadGzipFile, zlib.error):
            raise RowsError(f"the compressed data is broken after line {number}") from None


def _uncompressed(stream: BinaryIO) -> BinaryIO:
    buffered = io.BufferedReader(cast(io.RawIOBase, stream))
    if buffered.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        return cast(BinaryIO, gzip.GzipFile(fileobj=buffered))
    return buffered


def _row(number: int, data: bytes) -> Row:
    try:
        text = data.decode("utf-8-sig" if number == 1 else "utf-8").rstrip()
        value: object = json.loads(text)
    except UnicodeDecodeError:
        raise RowsError(f"line {number} is not UTF-8") from None
    except json.JSONDecodeError as error:
        raise RowsError(f"line {number} is not JSON (column {error.colno})") from None
    except (ValueError, RecursionError):
        raise RowsError(f"line {number} is not JSON that can be read") from None
    if not isinstance(value, dict):
        raise RowsError(f"line {number} is not an object")
    return _Object(number, cast(dict[str, object], value)).row()


@dataclass(frozen=True)
class _Object:
    """The object of a line, whose values are typed when they are asked for."""

    number: int
    values: dict[str, object]

    def row(self) -> Row:
        text = self.values.get("text")
        if not isinstance(text, str):
            raise self.error("`text` is not a string")
        items = self.values.get("spans", [])
        if not isinstance(items, list):
            raise self.error("`spans` is not a list")
        spans = tuple(self._span(each, len(text)) for each in cast(list[object], items))
        should_match = self._flag("should_match", default=bool(spans))
        is_whole = self._flag("spans_complete", default=True)
        if spans and is_whole and not should_match:
            raise self.error("it has spans, and `should_match` is false")
        type_ = self._type(self.values.get("entity_type"), "entity_type")
        return Row(self.number, text, spans, type_, should_match, is_whole)

    def _span(self, value: object, length: int) -> Labelled:
        if not isinstance(value, dict):
            raise self.error("a span is not an object")
        span = cast(dict[str, object], value)
        start, end = span.get("start"), span.get("end")
        type_ = self._type(span.get("type"), "type")
        if type_ is None:
            raise self.error("a span has no `type`")
        # A bool is an int to Python.
        if type(start) is not int or type(end) is not int:
            raise self.error("`start` or `end` of a span is not a whole number")
        if not 0 <= start < end <= length:
            raise self.error("a span is empty, or not within the text")
        return Labelled(start, end, type_)

    def _flag(self, key: str, *, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.error(f"`{key}` is not true or false")
        return value

    def _type(self, value: object, key: str) -> str | None:
        if value is None:
            return None
        if not isinstance(value, str) or not 0 < len(value) <= MAX_TYPE or not value.isprintable():
            raise self.error(f"`{key}` is not a string of 1 to {MAX_TYPE} printable characters")
        return value

    def error(self, message: str) -> RowsError:
        return RowsError(f"line {self.number}: {message}")
