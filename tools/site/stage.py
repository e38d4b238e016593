"""The sources of the site: the pages of the repository as the generator reads them.

Pages are copied with their links turned to where things are on the site.  Files beside the pages
that a link names (an example, a test) become pages of their own, so that the site is whole
without a repository on the web.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml
from tools.site.pages import FILES, IMAGES, ROOT, Section, config, navigation, place, title

FRONT = ROOT / "README.md"
STYLE = Path(__file__).with_name("site.css")
_LINK = re.compile(r"(\[[^\]]*\]\()([^)\s:#]+)(#[^)\s]*)?(\))")
_FENCE = re.compile(r"^( *)(`{3,})(\S*)(.*)$")
_SAVED = re.compile(r"\bfile=(\S+)")
_CODE = re.compile(r"(`+)(.+?)\1")
_LANGUAGES = {".epol": "epol", ".py": "python", ".toml": "toml", ".json": "json", ".md": "text"}


class Stage:
    """One folder of sources, and the linked files that it has or still needs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.linked: list[Path] = []
        shutil.rmtree(folder, ignore_errors=True)

    def fill(self) -> None:
        """Write all pages, and all files that they link to."""
        nav = navigation()
        for page in nav.pages():
            self._write(place(page), self.page(page))
        for path in self.linked:  # grows: a folder links to its files
            if not (self.folder / place(path)).exists():
                self._add(path)
        shutil.copy(STYLE, self.folder / STYLE.name)

    def _add(self, path: Path) -> None:
        if path.suffix in IMAGES:
            target = self.folder / place(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        else:
            self._write(place(path), self._listing(path) if path.is_dir() else _shown(path))

    def _write(self, name: Path, text: str) -> None:
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")

    def page(self, page: Path) -> str:
        """A page as the generator reads it."""
        return "\n".join(self.lines(page.read_text(encoding="utf-8").splitlines(), page)) + "\n"

    def lines(self, text: list[str], page: Path) -> Iterator[str]:
        """The lines of a page with the links, fences and tables that the generator needs."""
        fence = ""
        for line in text:
            opening = _FENCE.match(line)
            if fence:
                fence = "" if line.strip() == fence else fence
                yield line
            elif opening:
                fence = opening[2]
                yield _opened(opening)
            else:
                yield self._prose(line, page)

    def _prose(self, line: str, page: Path) -> str:
        line = _LINK.sub(lambda link: self._turned(link, page), line)
        if line.startswith("|"):
            # In a table GitHub wants `\|` for a bar within code; here its backslash would show.
            line = _CODE.sub(lambda code: code[0].replace("\\|", "|"), line)
        return line

    def _turned(self, link: re.Match[str], page: Path) -> str:
        return f"{link[1]}{self._link(page, link[2])}{link[3] or ''}{link[4]}"

    def _link(self, page: Path, name: str) -> str:
        path = (page.parent / name).resolve()
        if path != ROOT and path.exists():
            self.linked.append(path)
        return os.path.relpath(place(path), place(page).parent)

    def _listing(self, folder: Path) -> str:
        """A page for a folder: what is in it."""
        name = folder.relative_to(ROOT)
        inside = sorted(each for each in folder.rglob("*") if _is_source(each, folder))
        self.linked += inside
        rows = (
            f"- [{title(each) if each.suffix == '.md' else each.relative_to(folder)}]"
            f"({os.path.relpath(place(each), place(folder).parent)})"
            for each in inside
        )
        heading = name.name.capitalize() if name.parts[0] == "docs" else f"{name}/"
        return "\n".join([_head(place(folder)), f"# {heading}", "", *rows, ""])


def _is_source(path: Path, folder: Path) -> bool:
    """Whether it is text, and not hidden or made."""
    made = any(part[0] == "." or part == "__pycache__" for part in path.relative_to(folder).parts)
    return not made and path.is_file() and b"\0" not in path.read_bytes()


def _head(name: Path) -> str:
    """Files are found where they are linked, not by searching."""
    return "---\nsearch:\n  exclude: true\n---\n" if name.parts[0] == FILES else ""


def _shown(path: Path) -> str:
    """A page for a file: its text."""
    text = path.read_text(encoding="utf-8").rstrip("\n")
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    language = _LANGUAGES.get(path.suffix, "text")
    return f"{_head(place(path))}# {path.relative_to(ROOT)}\n\n{fence}{language}\n{text}\n{fence}\n"


def _opened(opening: re.Match[str]) -> str:
    """The first line of a fenced block: the words for the tests go, a file's name is shown."""
    indent, fence, language, words = opening.groups()
    saved = _SAVED.search(words)
    shown = f' title="{saved[1]}"' if saved else ""
    return f"{indent}{fence}{language or 'text'}{shown}"


def nav(section: Section) -> list[Any]:
    """The navigation as the generator reads it."""
    return [
        {part.title: nav(part)}
        if isinstance(part, Section)
        else {"Overview" if part == FRONT else title(part): place(part).as_posix()}
        for part in section.parts
    ]


def stage(folder: Path) -> Path:
    """Write the sources of the site into a folder; the generator's configuration."""
    Stage(folder / "docs").fill()
    settings = config() | {"nav": nav(navigation()), "docs_dir": "docs", "site_dir": "site"}
    written = folder / "mkdocs.yml"
    written.write_text(yaml.safe_dump(settings, sort_keys=False), encoding="utf-8")
    return written
