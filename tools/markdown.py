"""Pieces of Markdown, for the pages that are made from the code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from epol.lang.source import Span

MADE = "<!-- Made by `make docs` from the sources; changes here are lost. -->"


def code(span: Span) -> str:
    """A piece of source in one line."""
    return f"`{' '.join(span.text.split())}`"


def table(columns: str, rows: Iterable[str]) -> str:
    """A table, its cells separated by ` | `; a last column that is empty everywhere is left out."""
    cells = [[cell.strip() for cell in row.split(" | ")] for row in (columns, *rows)]
    while all(not row[-1] for row in cells):
        cells = [row[:-1] for row in cells]
    head, *body = (f"| {' | '.join(row)} |" for row in cells)
    return "\n".join([head, "|" + "---|" * len(cells[0]), *body])


def fenced(lines: Iterable[str]) -> str:
    """An example of epol that the tests of the documentation do not run."""
    return "\n".join(["```epol example", *lines, "```"])


def joined(parts: Iterable[str]) -> str:
    """A page: its parts with an empty line between them."""
    return "\n\n".join(part for part in parts if part) + "\n"


def anchor(heading: str) -> str:
    """What GitHub calls a heading in a link."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")
