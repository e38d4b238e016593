"""A diagnostic as lines of styled text: source, carets, labels, help.

Lines are lists of (text, style) pairs with the styles of `STYLES`; a terminal gives
them colour, a file none.  Nothing that a source contains can act on a terminal.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from epol.lang.diagnostics import Diagnostic
from epol.lang.source import Span

STYLES = ("error", "warning", "note", "code", "place", "mark", "label", "help", "text")
Line = list[tuple[str, str]]

TAB = "    "
MAX_WIDTH = 160
_LEAD = 60


@dataclass(frozen=True)
class _Mark:
    span: Span
    text: str
    is_primary: bool


def render(diagnostic: Diagnostic) -> list[Line]:
    """The lines of one diagnostic."""
    severity = str(diagnostic.severity)
    lines: list[Line] = [
        [(severity, severity), (f"[{diagnostic.name}]", "code"), (": ", "text"),
         (printable(diagnostic.message), "text")]
    ]  # fmt: skip
    marks = [_Mark(diagnostic.span, "", is_primary=True)]
    marks += [_Mark(label.span, label.text, is_primary=False) for label in diagnostic.labels]
    width = max(len(str(mark.span.first.line)) for mark in marks)
    for source_marks in _by_source(marks):
        lines += _snippet(source_marks, width)
    if diagnostic.help:
        lines.append([(" " * width + " = ", "place"), ("help", "help"), (": ", "text"),
                      (printable(diagnostic.help), "text")])  # fmt: skip
    if diagnostic.witness:
        lines.append([(" " * width + " = ", "place"), ("witness", "help"), (":", "text")])
        lines += [[(f"{' ' * width}   {line}", "text")] for line in diagnostic.witness.splitlines()]
    return lines


def excerpt(span: Span) -> list[Line]:
    """The source of a span, with a mark under it."""
    return _snippet([_Mark(span, "", is_primary=True)], len(str(span.first.line)))


def plain(lines: Iterable[Line]) -> str:
    """Lines without their styles."""
    return "\n".join("".join(text for text, _ in line).rstrip() for line in lines)


def printable(text: str) -> str:
    """Text in which every character that could act on a terminal is written as its code."""
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in text)


def _by_source(marks: list[_Mark]) -> Iterator[list[_Mark]]:
    """Marks grouped by file, that of the primary one first."""
    sources = {id(mark.span.source): mark.span.source for mark in marks}
    for key in sources:
        yield [mark for mark in marks if id(mark.span.source) == key]


def _snippet(marks: list[_Mark], width: int) -> list[Line]:
    first = marks[0].span.first
    name = printable(marks[0].span.source.name)
    gutter = " " * width
    lines: list[Line] = [
        [(f"{gutter}--> ", "place"), (f"{name}:{first.line}:{first.column}", "place")],
        [(f"{gutter} |", "place")],
    ]
    numbers = sorted({mark.span.first.line for mark in marks})
    for i, number in enumerate(numbers):
        if i and number > numbers[i - 1] + 1:
            lines.append([(f"{gutter}...", "place")])
        lines += _source_line(number, [m for m in marks if m.span.first.line == number], width)
    return lines


def _source_line(number: int, marks: list[_Mark], width: int) -> list[Line]:
    text = marks[0].span.source.line(number)
    start = max(0, min(mark.span.first.column for mark in marks) - 1 - _LEAD)
    start = start if len(text) > MAX_WIDTH else 0
    shown, before = text[start : start + MAX_WIDTH], "…" if start else ""
    lines: list[Line] = [[(f"{number:>{width}} | ", "place"), (before + _visible(shown), "text")]]
    for mark in sorted(marks, key=lambda m: (not m.is_primary, m.span.start)):
        column = mark.span.first.column - 1 - start
        end = mark.span.last.column - 1 - start if mark.span.last.line == number else len(text)
        indent = _cells(before + _visible(shown[:column]))
        length = max(_cells(_visible(shown[column:end])), 1)
        style = "mark" if mark.is_primary else "label"
        line: Line = [(" " * width + " | ", "place"), (" " * indent, "text"),
                      (("^" if mark.is_primary else "-") * length, style)]  # fmt: skip
        if mark.text:
            line.append((" " + printable(mark.text), style))
        lines.append(line)
    return lines


def _visible(text: str) -> str:
    """Source text as shown: tabs widened, unprintable characters as one replacement."""
    return "".join(
        TAB if char == "\t" else char if char.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )


def _cells(text: str) -> int:
    """How many terminal cells a text takes."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
