"""The pictures in docs/live-page.md: `make screenshots` takes them, of the page as it is."""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

import pytest

from tests.gateway.live.browser import Browser, browser, missing
from tests.gateway.live.clinic import OPERATOR, PROMPTS, Clinic, beside

DOCS = Path(__file__).parents[3] / "docs"
PICTURES = DOCS / "images"
NAMES = [f"live-page-{view}-{look}" for view in ("live", "what-if") for look in ("light", "dark")]
WIDTH = 1100
MOST_BYTES = 300_000
TAKES = "EPOL_SCREENSHOTS"


def test_the_page_of_the_documentation_shows_each_picture() -> None:
    shown = re.findall(
        r"!\[[^\]]{20,}\]\(images/([\w-]+)\.png\)", (DOCS / "live-page.md").read_text()
    )
    assert sorted(shown) == sorted(NAMES)
    for name in NAMES:
        data = (PICTURES / f"{name}.png").read_bytes()
        assert data.startswith(b"\x89PNG\r\n")
        assert len(data) < MOST_BYTES
        assert struct.unpack(">I", data[16:20]) == (WIDTH,)


@pytest.mark.skipif(TAKES not in os.environ, reason=f"`make screenshots` sets {TAKES}")
@pytest.mark.skipif(missing() is not None, reason=f"no browser: {missing()}")
def test_pictures_are_taken() -> None:
    PICTURES.mkdir(exist_ok=True)
    with beside() as clinic, browser() as window:
        clinic.do(clinic.live(minutes=9.8))
        window.look(width=WIDTH, height=1000)
        window.go(clinic.url)
        window.write("#key", OPERATOR)
        window.click("button")
        window.wait("charts", lambda: window.run(_CHARTS) > 8)
        _take(window, "live", "#signals")
        _ask(window, clinic)
        _take(window, "what-if", ".ask")


_CHARTS = "return document.querySelectorAll('#signals svg').length"


def _ask(window: Browser, clinic: Clinic) -> None:
    """Compare for a patient, on a line that is getting rough."""
    window.go(f"{clinic.url}#what-if")
    window.write("#prompt", PROMPTS[2])
    window.wait("the choice", lambda: "azure" in window.text("#verdict"))
    window.run("document.activeElement.blur()")


def _take(window: Browser, view: str, last: str) -> None:
    """In both looks, as high as to where an element ends."""
    for look in ("light", "dark"):
        window.look(width=WIDTH, height=1000, dark=look == "dark")
        end = (
            "return Math.ceil(document.querySelector(arguments[0]).getBoundingClientRect().bottom)"
        )
        height = window.run(f"scrollTo(0, 0); {end}", last) + 14
        window.look(width=WIDTH, height=height, dark=look == "dark")
        window.run("return new Promise((done) => setTimeout(done, 1200))")
        (PICTURES / f"live-page-{view}-{look}.png").write_bytes(window.picture())
