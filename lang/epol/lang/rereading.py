"""Parsing a text of which most was parsed before, such as a file after an edit.

A declaration says the same wherever it stands.  So those before and after what has changed are
taken from the tree of the text before, moved to where they are now, and what is between is parsed.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar, cast

from epol.lang import ast
from epol.lang.lexer import Comment
from epol.lang.parser import Parsed, parse, parse_part
from epol.lang.source import Source, Span

Part = TypeVar("Part")
_INNER = ast.Node, tuple


class Rereader:
    """Parses texts as `parse` does, and remembers the last one of each name."""

    def __init__(self) -> None:
        self._last: dict[str, Parsed] = {}

    def parse(self, source: Source) -> Parsed:
        """What `parse` gives for the text."""
        before = self._last.get(source.name)
        parsed = parse(source) if before is None else reparse(source, before)
        self._last[source.name] = parsed
        return parsed


def reparse(source: Source, before: Parsed) -> Parsed:
    """What `parse` gives for a text, with the help of what it gave for a similar one.

    A text with errors is parsed from its beginning.
    """
    if source.text == before.file.source.text and source.name == before.file.source.name:
        return before
    return (None if before.diagnostics else _mended(source, before)) or parse(source)


def _mended(source: Source, before: Parsed) -> Parsed | None:
    """The parsed text if nothing is wrong in what has changed of it."""
    old, text = before.file.source.text, source.text
    by, same = len(text) - len(old), _same_at_start(old, text)
    rest = len(old) - _same_at_start(old[same:][::-1], text[same:][::-1])
    declared = before.file.declarations
    # The token after a declaration may decide how it is read, so the one at either end of what
    # has changed is parsed too, and must come out as it was.
    first = max(sum(each.span.end < same for each in declared) - 1, 0)
    after = next((i for i, each in enumerate(declared) if each.span.start > rest), None)
    start = declared[first].span.start if first else 0
    end = len(text) if after is None else declared[after].span.end + by
    parsed = parse_part(source, start, end)
    if parsed is None:
        return None
    tail: tuple[ast.Declaration, ...] = ()
    if after is not None:
        wanted, tail = declared[after], declared[after + 1 :]
        made = [d for d in parsed.file.declarations if d.span.start == wanted.span.start + by]
        if made != [wanted] or made[0] is not parsed.file.declarations[-1]:
            return None
    kept = *_moved(declared[:first], source, 0), *parsed.file.declarations
    tree = ast.File(source, (*kept, *_moved(tail, source, by)))
    return Parsed(tree, (), _comments(before, parsed, (start, end), by), frozenset())


def _same_at_start(one: str, other: str) -> int:
    """How many characters two texts begin with alike."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def _comments(
    before: Parsed, between: Parsed, ends: tuple[int, int], by: int
) -> tuple[Comment, ...]:
    """The comments of a text of which the part between two ends was parsed."""
    start, end = ends
    head = (each for each in before.comments if each.start < start)
    moved = (replace(each, start=each.start + by) for each in before.comments)
    return (*head, *between.comments, *(each for each in moved if each.start >= end))


# --- trees elsewhere -----------------------------------------------------------------


def _moved(part: Part, source: Source, by: int) -> Part:
    """A part of a tree as it is so many characters further on in another source."""
    if isinstance(part, ast.Node):
        made = object.__new__(type(part))
        said = vars(made)  # a tree has many nodes, and their makers set each part by itself
        for name, each in vars(part).items():
            said[name] = (
                _moved(cast(object, each), source, by) if isinstance(each, _INNER) else each
            )
        said["span"] = _elsewhere(part.span, source, by)
        return made
    if isinstance(part, tuple):
        items = cast("tuple[object, ...]", part)
        return cast(Part, tuple([_moved(each, source, by) for each in items]))
    return part


def _elsewhere(span: Span, source: Source, by: int) -> Span:
    """The span; that of something that is not written stands nowhere, before and after."""
    return Span(source, span.start + by, span.end + by) if span.end else Span(source, 0, 0)
