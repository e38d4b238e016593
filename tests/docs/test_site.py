"""The site of the documentation: every page is on it, whole, and nothing on it leads nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pygments.token import Error
from tools.diagrams import DIAGRAMS
from tools.site import browser, look
from tools.site.build import build
from tools.site.epol_lexer import EpolLexer
from tools.site.links import problems
from tools.site.pages import Section, SiteError, missing, navigation, place
from tools.site.stage import Stage

from tests.docs.blocks import ROOT, pages
from tests.docs.shape import of_site, of_source

POLICIES = [*(ROOT / "stdlib-policies").rglob("*.epol"), *(ROOT / "examples").rglob("*.epol")]


# --- the navigation ------------------------------------------------------------------


def test_every_page_has_its_place_in_the_navigation() -> None:
    names = [page.relative_to(ROOT).as_posix() for page in missing()]
    assert not names, f"add to `nav` in mkdocs.yml: {', '.join(names)}"


def test_no_page_stands_there_twice() -> None:
    listed = [*navigation().pages()]
    assert len(listed) == len(set(listed))
    assert set(listed) <= {*pages(), ROOT / "THIRD_PARTY.md"}


def test_a_page_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SiteError, match=r"mkdocs.yml: no page is named docs/none\.md"):
        navigation(tmp_path, ["docs/none.md"])


def test_a_pattern_stands_for_the_pages_that_no_line_names(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    for name in ("a.md", "README.md", "b.md", "c.md"):
        (tmp_path / "docs" / name).write_text(f"# {name}\n")
    entries = [{"All": ["docs/*.md", {"None": ["more/*.md"]}]}, {"Others": ["docs/b.md"]}]
    listed = navigation(tmp_path, entries)
    assert [page.name for page in listed.pages()] == ["README.md", "a.md", "c.md", "b.md"]
    assert [part.title for part in listed.parts if isinstance(part, Section)] == ["All", "Others"]
    [section] = [part for part in listed.parts if isinstance(part, Section) and part.title == "All"]
    assert not [part for part in section.parts if isinstance(part, Section)]


@pytest.mark.parametrize(
    ("path", "there"),
    [
        ("README.md", "index.md"),
        ("SECURITY.md", "SECURITY.md"),
        ("docs/cli.md", "cli.md"),
        ("docs/compliance/README.md", "compliance/index.md"),
        ("docs/compliance", "compliance/index.md"),
        ("docs/decisions", "decisions/index.md"),
        ("examples/gateway", "files/examples/gateway/index.md"),
        ("examples/gateway/clinic.epol", "files/examples/gateway/clinic.epol.md"),
        ("docs/images/a.png", "files/docs/images/a.png"),
        ("tests/golden/schemas/NOTICE.md", "files/tests/golden/schemas/NOTICE.md.md"),
    ],
)
def test_everything_has_its_place(path: str, there: str) -> None:
    assert place(ROOT / path).as_posix() == there


# --- the sources of the site ---------------------------------------------------------


def test_links_fences_and_tables_are_made_for_the_generator(tmp_path: Path) -> None:
    page = ROOT / "docs" / "page.md"  # it need not be there
    sent = tmp_path / "page.md"
    sent.write_text(
        "[a](../examples/gateway/clinic.epol) [b](cli.md#x) [c](https://a.example/b) [d](#e)\n"
        "| `a\\|b` | \\| |\n"
        "```epol file=x.epol error=claim-refuted\n[a](cli.md)\n```\n"
    )
    stage = Stage(tmp_path / "out")
    text = "\n".join(stage.lines(sent.read_text().splitlines(), page))
    assert text == (
        "[a](files/examples/gateway/clinic.epol.md) [b](cli.md#x) "
        "[c](https://a.example/b) [d](#e)\n"
        "| `a|b` | \\| |\n"
        '```epol title="x.epol"\n[a](cli.md)\n```'
    )
    assert stage.linked == [ROOT / "examples" / "gateway" / "clinic.epol", ROOT / "docs" / "cli.md"]


# --- the site ------------------------------------------------------------------------


def test_the_site_is_whole(tmp_path: Path) -> None:
    """One build for all of it: the generator warns of nothing, no link is broken, nothing is
    fetched from elsewhere, and each page has the headings, lists, tables and code of its source.
    """
    site = tmp_path / "site"
    built = build(site, tmp_path / "sources")
    assert built.returncode == 0, built.stdout
    assert problems(site) == []
    for page in navigation().pages():
        shown = (site / place(page)).with_suffix(".html")
        assert of_source(page)["h1"] == 1
        assert of_site(shown) == of_source(page), page.name
    tutorial = (site / "tutorial.html").read_text(encoding="utf-8")
    assert (
        '<span class="kd">rule</span><span class="w"> </span><span class="nc">nameless</span>'
        in tutorial
    )


def test_what_leads_nowhere_is_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(
        '<a href="b.html">1</a><a href="b.html#none">2</a><a href="#here">3</a><i id="here"></i>'
        '<a href="https://a.example/">4</a><a href="none.html">5</a><a href="file:///etc">6</a>'
        '<script src="https://cdn.example/x.js"></script><img src="none.png"><img src="b.html">'
    )
    (tmp_path / "b.html").write_text("<h1 id='top'>b</h1>")
    assert problems(tmp_path) == [
        "a.html: nothing is at b.html#none",
        "a.html: nothing is at none.html",
        "a.html: nothing is at file:///etc",
        "a.html loads https://cdn.example/x.js from another host",
        "a.html: none.png is not there",
    ]


# --- the colours ---------------------------------------------------------------------


@pytest.mark.parametrize("path", POLICIES, ids=lambda path: path.stem)
def test_the_colours_know_every_character_of_a_policy(path: Path) -> None:
    text = path.read_text(encoding="utf-8")[:20_000].rpartition("\n")[0]
    assert not [value for kind, value in EpolLexer().get_tokens(text) if kind is Error]


@given(st.text(st.sampled_from('rule deny a.b_1 "/#\\\n{}$8k%é')))
def test_the_colours_lose_nothing(text: str) -> None:
    shown = "".join(value for _, value in EpolLexer(stripnl=False, ensurenl=False).get_tokens(text))
    assert shown == text


# --- the browser ---------------------------------------------------------------------

BAD = """<!doctype html><html><body style="background: white"><article>
<p style="width: 2000px; color: #ccc">pale and wide</p><img src="none.png">
<img src="bad.svg" width="400">
<div style="overflow: auto"><p style="width: 3000px">this one scrolls</p></div></article>
<script>console.error("an error"); fetch("http://127.0.0.1:9/").catch(() => 0); none()</script>
</body></html>"""
DRAWING = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 90" width="400" height="90">
<desc>what it shows</desc><rect width="400" height="40" fill="white"/>
<text x="9" y="20" font-size="12" fill="#ccc">pale</text>
<text x="90" y="20" font-size="8">small</text><text x="366" y="20" font-size="12">beyond</text>
<text x="9" y="70" font-size="12">nowhere</text></svg>"""
GOOD = """<!doctype html><html><style>@media (prefers-color-scheme: dark)
{ body { background: #111; color: #eee } }</style><body><article>
<p>fine</p><img src="good.svg" alt="fine" style="max-width: 100%">
<div style="overflow: auto"><p style="width: 3000px">scrolls</p></div></article>
</body></html>"""


@pytest.mark.skipif(browser.found() is None, reason="no Chromium on this machine")
def test_what_is_wrong_with_a_page_is_seen(tmp_path: Path) -> None:
    (tmp_path / "bad.html").write_text(BAD)
    (tmp_path / "good.html").write_text(GOOD)
    (tmp_path / "bad.svg").write_text(DRAWING)
    (tmp_path / "good.svg").write_text(DIAGRAMS["images/flow.svg"]())
    program = browser.found()
    assert program
    with look.served(tmp_path) as address, browser.Browser(program) as opened:
        bad = "\n".join(look.look(opened, address, "bad.html", None))
        good = [*look.look(opened, address, "good.html", None)]
    for said in (
        "light, 360: the page is 2", "light, 1440: p goes beyond the right: pale and wide",
        "light, 360: no image: none.png", "light, 1440: p has a contrast of 1.6: pale",
        "dark, 1440: it is not dark", "light: console: ['an error']",
        "light, 1440: no words for the image bad.svg", "light, 1440: bad.svg has no title",
        "light, 1440: bad.svg: a contrast of 1.6: pale",
        "light, 360: bad.svg: text 8.0 pixels high",
        "dark, 1440: bad.svg: wider than its box: beyond",
        "light, 1440: bad.svg: no ground under: nowhere",
        "light: asks for http://127.0.0.1:9/", "light: exception: Uncaught", "light: log: Failed",
    ):  # fmt: skip
        assert f"bad.html, {said}" in bad
    assert "this one scrolls" not in bad
    assert [each for each in good if "favicon" not in each] == []
