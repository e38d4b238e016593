"""Every link within the repository leads somewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from tools.site.dialect import slug

from tests.docs.blocks import ROOT, pages

_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCED = re.compile(r"^( *)(`{3,})[^`\n]*\n.*?^\1\2 *$", re.MULTILINE | re.DOTALL)


@cache
def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCED.sub("", page.read_text(encoding="utf-8"))


@cache
def anchors(page: Path) -> frozenset[str]:
    """What `#…` can name in a page: its headings as GitHub spells them."""
    headings = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return frozenset(slug(each) for each in headings)


def broken(page: Path) -> Iterator[str]:
    """The links of a page that lead nowhere."""
    for link in _LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        path = (page.parent / file).resolve() if file else page
        has_anchors = path.suffix == ".md" and path.exists()
        if not path.exists() or (anchor and has_anchors and anchor not in anchors(path)):
            yield link


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert not list(broken(page))


def test_every_page_is_reached_from_the_readme() -> None:
    reached: set[Path] = set()
    todo = [ROOT / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached or page.suffix != ".md" or not page.exists():
            continue
        reached.add(page)
        links = [link for link in _LINK.findall(prose(page)) if ":" not in link]
        places = [(page.parent / link.partition("#")[0]).resolve() for link in links]
        todo += [
            each for place in places for each in (place.glob("*.md") if place.is_dir() else [place])
        ]
    assert set(pages()) <= reached
