"""Look at each page of the built site in a browser.

    python -m tools.site.look [--shots FOLDER] [PAGE…]

Each page is opened light and dark, wide and narrow.  Said are: errors of the console, what could
not be loaded or was asked of another host, images that are not there, what is wider than the page
(tables and code may scroll in their own box), text that stands out too little from what is behind
it, and drawings without words for those who don't see them, or with text that is small, pale or
wider than its box.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tools.site.browser import Browser, Message, found, screenshot
from tools.site.links import problems as broken_links
from tools.site.pages import ROOT

SCHEMES = ("light", "dark")
WIDTHS = (1440, 360)
HEIGHT = 900

LOOK = (Path(__file__).with_name("look.js")).read_text(encoding="utf-8").strip()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def served(site: Path) -> Generator[str]:
    """The site on a free port of this machine: its address."""
    handler = partial(_Quiet, directory=str(site))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def look(browser: Browser, address: str, page: str, shots: Path | None) -> Iterator[str]:
    """What is wrong with a page, each with how it was looked at.

    The browser forgets what pages keep, first (`forgetful`).
    """
    for scheme in SCHEMES:
        # An open page follows a change.
        _open(browser, "about:blank")
        preference = {"name": "prefers-color-scheme", "value": scheme}
        browser.tell("Emulation.setEmulatedMedia", features=[preference])
        _wide(browser, WIDTHS[0])
        _open(browser, address + page)
        for width in WIDTHS:
            _wide(browser, width)
            seen: list[str] = browser.evaluate(f"({LOOK})({scheme!r})")
            if shots:
                screenshot(browser, shots / f"{page.replace('/', '_')}-{scheme}-{width}.png")
            yield from (f"{page}, {scheme}, {width}: {each}" for each in seen)
        for event in browser.events:
            if said := _failure(event, address):
                yield f"{page}, {scheme}: {said}"


def forgetful(browser: Browser) -> None:
    """Have each page begin without what others kept: the theme keeps the scheme seen last."""
    forget = "try { localStorage.clear() } catch { /* about:blank has none */ }"
    browser.tell("Page.addScriptToEvaluateOnNewDocument", source=forget)


def _open(browser: Browser, address: str) -> None:
    browser.events.clear()
    browser.tell("Page.navigate", url=address)
    browser.wait(lambda event: event.get("method") == "Page.loadEventFired")


def _wide(browser: Browser, width: int) -> None:
    browser.tell(
        "Emulation.setDeviceMetricsOverride",
        width=width, height=HEIGHT, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip


def _failure(event: Message, address: str) -> str | None:
    """What an event says that should not happen."""
    params = event.get("params", {})
    match event.get("method"):
        case "Runtime.exceptionThrown":
            return f"exception: {params['exceptionDetails']['text']}"
        case "Runtime.consoleAPICalled" if params["type"] in {"error", "warning", "assert"}:
            return f"console: {[each.get('value') for each in params['args']]}"
        case "Log.entryAdded" if params["entry"]["level"] == "error":
            return f"log: {params['entry']['text']} {params['entry'].get('url', '')}"
        case "Network.requestWillBeSent":
            url: str = params["request"]["url"]
            return None if url.startswith((address, "data:", "blob:")) else f"asks for {url}"
        case _:
            return None


def main() -> int:
    """Look; 1 where something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", help="pages of site/, as `tutorial.html`; else all")
    parser.add_argument("--shots", type=Path, help="a folder for pictures of them")
    arguments = parser.parse_args()
    site = ROOT / "site"
    program = found()
    if program is None:
        print("no browser: install Chromium, or name one in EPOL_BROWSER")
        return 2
    pages = arguments.pages or sorted(
        path.relative_to(site).as_posix() for path in site.rglob("*.html")
    )
    wrong = broken_links(site)
    with served(site) as address, Browser(program) as browser:
        forgetful(browser)
        for page in pages:
            wrong += look(browser, address, page, arguments.shots)
    print("\n".join(wrong))
    print(
        f"{len(pages)} pages, light and dark, {WIDTHS[0]} and {WIDTHS[1]} wide: {len(wrong)} wrong"
    )
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())
