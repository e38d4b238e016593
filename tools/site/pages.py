"""Which pages the site has, in which order, and where each file of the repository is on it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

ROOT = Path(__file__).resolve().parents[2]
CONFIG = ROOT / "mkdocs.yml"
FILES = "files"
"""The folder of the site with the files of the repository that pages link to."""
IMAGES = (".png", ".svg", ".webp")
"""Files that pages show, and that are no pages themselves."""

_FRONT = "README.md"


class SiteError(Exception):
    """What is wrong with the configuration or a page, and where."""


@dataclass(frozen=True)
class Section:
    """A part of the navigation: its title, and its pages and further parts in order."""

    title: str
    parts: tuple[Path | Section, ...]

    def pages(self) -> Iterator[Path]:
        """All of its pages."""
        for part in self.parts:
            if isinstance(part, Section):
                yield from part.pages()
            else:
                yield part


def config() -> dict[str, Any]:
    """mkdocs.yml."""
    return cast(dict[str, Any], yaml.safe_load(CONFIG.read_text(encoding="utf-8")))


def navigation(root: Path = ROOT, entries: list[Any] | None = None) -> Section:
    """The pages as `nav` names them.

    A pattern stands for the pages that no line names, a folder's README before the others.  A
    section without pages is left out.
    """
    listed: list[Any] = config()["nav"] if entries is None else entries
    return Section("", tuple(_parts(root, listed, {root / name for name in _names(listed)})))


def _names(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        else:
            for inner in entry.values():
                yield from _names(inner)


def _parts(root: Path, entries: list[Any], named: set[Path]) -> Iterator[Path | Section]:
    for entry in entries:
        if isinstance(entry, str):
            yield from _found(root, entry, named)
            continue
        for title, inner in cast(dict[str, list[Any]], entry).items():
            if parts := tuple(_parts(root, inner, named)):
                yield Section(title, parts)


def _found(root: Path, entry: str, named: set[Path]) -> list[Path]:
    if "*" in entry:
        found = set(root.glob(entry)) - named
        return sorted(found, key=lambda path: (path.name != _FRONT, path.name))
    if not (root / entry).exists():
        raise SiteError(f"mkdocs.yml: no page is named {entry}")
    return [root / entry]


def missing(root: Path = ROOT) -> list[Path]:
    """The pages in docs/ that no line of `nav` names."""
    return sorted({*(root / "docs").rglob("*.md")} - {*navigation(root).pages()})


def place(path: Path, root: Path = ROOT) -> Path:
    """Where a page, a folder or any other file of the repository is in the site's sources."""
    name = path.relative_to(root)
    if path.is_dir():
        inside = name.relative_to("docs") if _has_pages(path, root) else FILES / name
        return inside / "index.md"
    is_page = path.suffix == ".md" and (name.parts[0] == "docs" or len(name.parts) == 1)
    if path.suffix in IMAGES:
        return FILES / name
    if not is_page:
        return FILES / name.with_name(f"{name.name}.md")
    shown = name.relative_to("docs") if name.parts[0] == "docs" else name
    return shown.with_name("index.md") if name.name == _FRONT else shown


def _has_pages(folder: Path, root: Path) -> bool:
    return folder.is_relative_to(root / "docs") and any(folder.glob("*.md"))


def title(page: Path) -> str:
    """The first heading of a page."""
    heading = re.search(r"^# (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    if heading is None:
        raise SiteError(f"{page.name}: a page begins with a heading: `# Title`")
    return heading[1].replace("`", "")
