"""What a page is made of: as CommonMark reads it, and as the site shows it."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

from markdown_it import MarkdownIt

COUNTED = (
    "h1",
    "h2",
    "h3",
    "h4",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "td",
    "th",
    "pre",
    "code",
    "strong",
    "em",
    "blockquote",
)


class _Tags(HTMLParser):
    """The tags of HTML that are counted; of a page of the site, those of its article."""

    def __init__(self, within: str | None) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()
        self.within = within
        self.inside = within is None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Count one."""
        self.inside = self.inside or tag == self.within
        if self.inside and tag in COUNTED:
            self.counts[tag] += 1

    def handle_endtag(self, tag: str) -> None:
        """Leave the article."""
        self.inside = self.inside and tag != self.within


def of_source(page: Path) -> Counter[str]:
    """The parts of a Markdown page, by CommonMark with GitHub's tables."""
    tags = _Tags(None)
    tags.feed(MarkdownIt("commonmark").enable("table").render(page.read_text(encoding="utf-8")))
    return tags.counts


def of_site(page: Path) -> Counter[str]:
    """The parts of the article of a page of the site."""
    tags = _Tags("article")
    tags.feed(page.read_text(encoding="utf-8"))
    return tags.counts
