"""The fenced blocks of a Markdown page.

A block opens with its language and, after a space, words that say how it is tested:
`epol fragment`, `epol error=unknown-attribute`, `console dir=examples/hospital status=1`.
CONTRIBUTING.md describes them.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^( *)(`{3,})(.*)$")


@dataclass(frozen=True)
class Block:
    """One fenced block: where it opens, its language, its options and its text."""

    page: Path
    line: int
    language: str
    options: dict[str, str]
    text: str

    @property
    def place(self) -> str:
        """Where the block is, for a message."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    def has(self, option: str) -> bool:
        """Whether an option is given, with or without a value."""
        return option in self.options


def pages() -> list[Path]:
    """Every Markdown page that users read."""
    top = [ROOT / name for name in ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")]
    return [*(page for page in top if page.exists()), *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(page: Path) -> list[Block]:
    """The fenced blocks of a page, in order.  An unclosed one is an error."""
    found: list[Block] = []
    opened: tuple[int, str, str, str] | None = None
    inside: list[str] = []
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), start=1):
        fence = _FENCE.match(line)
        if opened is None:
            if fence:
                opened, inside = (number, fence[1], fence[2], fence[3].strip()), []
        elif fence and fence[2] == opened[2] and not fence[3].strip():
            found.append(_block(page, opened[0], opened[3], inside))
            opened = None
        else:
            inside.append(line.removeprefix(opened[1]))
    if opened is not None:
        raise AssertionError(f"{page.name}:{opened[0]}: this block is not closed")
    return found


def _block(page: Path, line: int, info: str, inside: list[str]) -> Block:
    language, *words = shlex.split(info) or [""]
    options = {word.partition("=")[0]: word.partition("=")[2] for word in words}
    return Block(page, line, language, options, "".join(f"{each}\n" for each in inside))
