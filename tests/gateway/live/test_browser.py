"""The live page in a real browser: what is seen, by whom, and that words stay words."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence
from importlib.resources import files
from typing import Any

import pytest

from tests.gateway.live.clinic import BULK, OPERATOR, PROMPTS, Clinic, beside
from tests.gateway.live.window import Window, missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=f"no browser: {missing()}")

COMPARE = PROMPTS[2]
STANDARDS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice")
CONTRAST = ("color-contrast",)
"""All that the reader's taste in colours changes."""
MARKUP = "<img src=x onerror=\"document.title='taken'\"><b id=bold>MRN 00482913</b>"


@pytest.fixture(scope="module")
def clinic() -> Generator[Clinic]:
    with beside() as made:
        made.do(made.live(minutes=0.6))
        yield made


@pytest.fixture(scope="module")
def window(clinic: Clinic) -> Generator[Window]:
    """A browser whose reader has logged in."""
    with Window() as made:
        made.look(width=1440, height=1000)
        made.go(clinic.url)
        made.write("#key", "key-of-nobody-at-all")
        made.click("button")
        made.until("the refusal", lambda: "not the operator" in made.text("[role=alert]"))
        assert_accessible(made, "the form", STANDARDS)
        made.write("#key", OPERATOR)
        made.click("button")
        made.until("decisions", lambda: number(made, ".feed tbody tr") > 5)
        yield made


def number(window: Window, selector: str) -> int:
    """How many elements there are."""
    found: int = window.run("return document.querySelectorAll(arguments[0]).length", selector)
    return found


def live(window: Window, clinic: Clinic) -> None:
    """See the live view, with its charts."""
    window.go(f"{clinic.url}#live")
    window.until("charts", lambda: number(window, "#signals svg") > 3)


def what_if(window: Window, clinic: Clinic, text: str) -> None:
    """Ask what if, with everything as it is."""
    window.go(f"{clinic.url}#what-if")
    window.until("controls", lambda: number(window, ".control"))
    window.click("#reset")
    window.run("const p = document.getElementById('prompt'); p.value = ''; p.focus()")
    window.write("#prompt", text)


def assert_accessible(window: Window, what: str, rules: Sequence[str] = STANDARDS) -> None:
    """Nothing that axe-core finds, by the rules of WCAG 2.1 AA and of good practice."""
    axe = files("axe_core_python").joinpath("axe.min.js").read_text(encoding="utf-8")
    window.run(f"if (!window.axe) {{ {axe}; window.axe = axe; }}")
    found: Any = window.run(
        "return axe.run(document, {runOnly: arguments[0], resultTypes: ['violations']})"
        ".then((all) => all.violations.map((v) => [v.id, v.nodes.map((n) => n.html)]))",
        rules,
    )
    assert found == [], what


def test_requests_show_as_they_come(window: Window, clinic: Clinic) -> None:
    live(window, clinic)
    before = int(window.text(".tile strong").replace(",", ""))
    assert clinic.do(clinic.ask(COMPARE)) == 200
    window.until("the sum", lambda: int(window.text(".tile strong").replace(",", "")) == before + 1)
    newest = "#decisions tbody tr:first-child"
    window.until("the row", lambda: "phi.mrn" in window.text(newest))
    assert "azure" in window.text(newest)
    assert "pii.email 1" in window.text(newest)
    window.click(f"{newest} button")
    opened = window.text("#decisions tr.more:not([hidden])")
    assert "azure=200" in opened
    assert "tokenize" in opened
    page = window.run("return document.documentElement.innerHTML")
    assert "00482913" not in page
    assert "anna.berg" not in page


def test_panels_show_where_it_goes_what_is_treated_saved_and_which_rules_fire(
    window: Window, clinic: Clinic
) -> None:
    live(window, clinic)
    assert number(window, "#traffic path") >= 2
    for selector, words in (
        ("#targets", ("ward", "local", "azure", "cloud", "up")),
        ("#rules", ("local_first", "have not fired")),
        ("#treated", ("phi.mrn", "tokenize")),
        ("#money", ("As it went", "All-cloud", "Saved", "first cloud target")),
        ("#signals", ("net.jitter", "local.load", "budget.remaining", "ward.queue")),
    ):
        shown = window.text(selector)
        assert not [word for word in words if word not in shown], selector
    label = window.run("return document.querySelector('#traffic svg').getAttribute('aria-label')")
    assert "ward" in label, "a chart says what it shows"
    window.click("#signals details summary")
    window.until("a table behind it", lambda: number(window, "#signals details table tbody tr"))


def test_a_slider_is_moved_by_keys_and_the_decision_says_why(
    window: Window, clinic: Clinic
) -> None:
    what_if(window, clinic, COMPARE)
    window.until("the choice", lambda: "azure" in window.text("#verdict"))
    out = window.text(".preview .text")
    assert "[phi.mrn:" in out
    assert "00482913" not in out
    window.until("the turn", lambda: "above 80 ms ward" in window.text("#controls"))
    window.run("document.getElementById('c-net.jitter').focus()")
    window.press("End")
    window.until("another choice", lambda: "ward" in window.text("#verdict"))
    assert "rough_network" in window.text("#why")
    said = window.run("return document.activeElement.getAttribute('aria-valuetext')")
    assert said.endswith("s"), "a reader hears the value with its unit"
    window.press("Tab")
    window.click(".own .back")
    window.until("the first choice", lambda: "azure" in window.text("#verdict"))


def test_a_request_that_is_blocked_says_by_which_rule(window: Window, clinic: Clinic) -> None:
    what_if(window, clinic, BULK)
    window.until("the block", lambda: "Blocked" in window.text("#verdict"))
    assert "bulk export of records" in window.text("#why")
    assert "Nothing" in window.text("#previews")


def test_markup_stays_text(window: Window, clinic: Clinic) -> None:
    what_if(window, clinic, MARKUP)
    window.until("the prompt", lambda: "onerror" in window.text("#found"))
    assert number(window, "#found img, #found b, #previews img") == 0
    assert window.run("return document.title") == "clinic.east · epol"
    refused = window.run(
        "try { document.body.insertAdjacentHTML('beforeend', '<i>x</i>'); return 'done' }"
        " catch (error) { return error.name }"
    )
    assert refused == "TypeError", "not even the page's own script makes markup"


def test_nothing_is_asked_of_anybody_else_and_nothing_is_kept(
    window: Window, clinic: Clinic
) -> None:
    live(window, clinic)
    asked = window.run("return performance.getEntriesByType('resource').map((e) => e.name)")
    assert asked
    assert all(each.startswith(clinic.url) for each in asked)
    assert window.run("return document.cookie") == "", "no script reads the session"
    assert window.run("return localStorage.length + sessionStorage.length") == 0
    assert not [each for each in window.errors if not re.search("401|(?i:trusted)", each)]


@pytest.mark.parametrize("rules", [STANDARDS, CONTRAST], ids=["light", "dark"])
def test_both_views_are_accessible(window: Window, clinic: Clinic, rules: Sequence[str]) -> None:
    window.look(width=1440, height=1000, dark=rules is CONTRAST)
    live(window, clinic)
    window.run("document.querySelector('#traffic-table').closest('details').open = true")
    window.run("document.querySelector('#signals details').open = true")
    window.click("#decisions button")
    assert_accessible(window, "live", rules)
    what_if(window, clinic, COMPARE)
    window.until("the choice", lambda: "azure" in window.text("#verdict"))
    window.click("#controls .others > summary")
    assert_accessible(window, "what if", rules)
    window.look(width=1440, height=1000)


@pytest.mark.parametrize("view", ["live", "what-if"])
def test_a_narrow_page_does_not_scroll_sideways(window: Window, clinic: Clinic, view: str) -> None:
    window.look(width=360, height=800)
    window.go(f"{clinic.url}#{view}")
    window.until("the view", lambda: number(window, f"#{view}:not([hidden]) .panel"))
    assert window.run("return document.documentElement.scrollWidth") <= 360
    window.look(width=1440, height=1000)


def test_keys_reach_everything_in_order(window: Window, clinic: Clinic) -> None:
    # An address with a place in it would begin there.
    window.go("about:blank")
    window.go(clinic.url)
    window.until("charts", lambda: number(window, "#signals svg") > 3)
    reached: list[str] = []
    for _ in range(6):
        window.press("Tab")
        reached.append(window.run("return document.activeElement.innerText"))
    assert reached[:5] == ["Skip to content", "Live", "What if", "Pause", "Log out"]
    outlined = window.run("return getComputedStyle(document.activeElement).outlineStyle")
    assert outlined != "none", "and it shows where it is"


def test_still_readers_see_nothing_move(window: Window, clinic: Clinic) -> None:
    live(window, clinic)
    running = "return document.getAnimations().filter((a) => a.playState === 'running').length"
    assert window.run(running) == 0
    window.look(width=1440, height=1000, still=False)
    window.until("the beat", lambda: window.run(running) > 0)
    window.look(width=1440, height=1000)


def test_a_pause_is_a_pause_and_the_end_of_a_session_leads_to_the_form(
    window: Window, clinic: Clinic
) -> None:
    live(window, clinic)
    window.click("#pause")
    assert window.text("#status") == "Paused"
    shown = window.text(".tile strong")
    assert clinic.do(clinic.ask("hello")) == 200
    asked = "return performance.getEntriesByType('resource').length"
    before = window.run(asked)
    window.run("return new Promise((done) => setTimeout(done, 1500))")
    assert (window.run(asked), window.text(".tile strong")) == (before, shown)
    window.click("#pause")
    window.until("the sum", lambda: window.text(".tile strong") != shown)
    cookies = window.cookies
    window.click("form button")
    window.until("the form", lambda: window.url.endswith("/login"))
    assert window.cookies == []
    kept = {key: cookies[0][key] for key in ("name", "value", "path")}
    window.tell("Network.setCookie", url=clinic.url, **kept)
    window.go(clinic.url)
    assert window.url.endswith("/login"), "the session has ended, not only the cookie"
    assert [each["httpOnly"] for each in cookies] == [True]
