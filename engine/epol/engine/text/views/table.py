"""The fold table: what `fold.tsv` says, as plain data. `tools/fold_table.py` writes the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class FoldTable:
    """Code points and what becomes of them; see `tools/fold_table.py` for the meanings."""

    single: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    """First and last of a range, and what the first becomes."""
    texts: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    dropped: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    likes: list[tuple[int, int, int]] = field(default_factory=list[tuple[int, int, int]])
    letters: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    marks: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])


@cache
def fold_table() -> FoldTable:
    """The table, read once."""
    table = FoldTable()
    ranges = {"drop": table.dropped, "letter": table.letters, "mark": table.marks}
    for kind, low, high, value in _rows():
        match kind:
            case "to":
                table.single.append((low, high, int(value, 16)))
            case "like":
                table.likes.append((low, high, int(value, 16)))
            case "text":
                table.texts.append((low, "".join(chr(int(c, 16)) for c in value.split())))
            case _:
                ranges[kind].append((low, high))
    return table


def _rows() -> Iterator[tuple[str, int, int, str]]:
    text = (files("epol.engine.text.views") / "fold.tsv").read_text(encoding="ascii")
    for line in text.splitlines():
        if not line.startswith("#"):
            kind, codes, *value = line.split("\t")
            low, _, high = codes.partition("-")
            yield kind, int(low, 16), int(high or low, 16), "".join(value)
