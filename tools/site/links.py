"""Each link of the built site leads somewhere, and what a page loads is there.  No browser."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

_LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
_OTHER = ("canonical", "prev", "next")


class _Page(HTMLParser):
    """The anchors of a page, what it links to, and what it loads."""

    def __init__(self) -> None:
        super().__init__()
        self.anchors: set[str] = {"", "__top"}
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what one tag says."""
        said = dict(attrs)
        self.anchors |= {value for key in ("id", "name") if (value := said.get(key))}
        if tag == "a" and (to := said.get("href")) is not None:
            self.links.append(to)
        if (to := said.get(_LOADED.get(tag, ""))) and said.get("rel") not in _OTHER:
            self.loads.append(to)


def problems(site: Path) -> list[str]:
    """What is wrong with the links of a site, each with its page."""
    read: dict[Path, _Page] = {}
    for path in sorted(site.rglob("*.html")):
        read[path] = _Page()
        read[path].feed(path.read_text(encoding="utf-8"))
    found: list[str] = []
    for path, page in read.items():
        name = path.relative_to(site).as_posix()
        found += [f"{name}: nothing is at {to}" for to in page.links if not _leads(path, to, read)]
        for to in page.loads:
            if urlsplit(to).scheme in {"http", "https"} or to.startswith("//"):
                found.append(f"{name} loads {to} from another host")
            elif not _leads(path, to, read):
                found.append(f"{name}: {to} is not there")
    return found


def _leads(page: Path, to: str, read: dict[Path, _Page]) -> bool:
    parts = urlsplit(to)
    if parts.scheme:
        return parts.scheme in {"http", "https", "mailto", "data"}
    path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
    if path.is_dir():
        path /= "index.html"
    if page.name == "404.html" and parts.path.startswith("/"):
        return True  # the generator's own page: it knows no folder to start from
    if not path.exists():
        return False
    return path not in read or unquote(parts.fragment) in read[path].anchors
