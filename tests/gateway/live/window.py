"""A real browser for the tests of the live page: what its reader does, and what is seen."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from typing import Any

from tools.site.browser import NAMES, Browser, BrowserError, Message, found

PATIENCE = 60.0
KEYS = {"Tab": 9, "End": 35}
"""Keys by the numbers that Windows gives them, as the protocol wants."""
_GONE = ("context was destroyed", "Cannot find context", "target navigated")
"""What a script is told whose page went away under it."""


def missing() -> str | None:
    """Why there is no browser here; None where there is one."""
    return None if found() else f"none of {', '.join(NAMES)} is installed"


class Window(Browser):
    """One window.  Whatever is waited for is waited for `PATIENCE` seconds."""

    def __init__(self) -> None:
        program = found()
        assert program is not None, missing()
        super().__init__(program)

    def go(self, url: str) -> None:
        """Open an address, or go to another place of the page that is open."""
        self.tell("Page.navigate", url=url)
        self.until("the page", lambda: self.run("return document.readyState") == "complete")

    @property
    def url(self) -> str:
        """Where it is."""
        address: str = self.run("return location.href")
        return address

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 (a value of JavaScript)
        """The value of a function's body, which may be a promise."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                return self.evaluate(
                    f"(function () {{ {script} }}).apply(null, {json.dumps(arguments)})"
                )
            except BrowserError as error:
                if not any(each in str(error) for each in _GONE) or time.monotonic() > until:
                    raise

    def text(self, selector: str) -> str:
        """What is read in the first element."""
        script = "return document.querySelector(arguments[0])?.innerText ?? ''"
        read: str = self.run(script, selector)
        return read

    def until(self, what: str, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        end = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < end, f"{what}: not within {PATIENCE:.0f} s"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click the middle of the first element."""
        x, y = self.run(_MIDDLE, selector)
        for kind in ("mousePressed", "mouseReleased"):
            self.tell("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def write(self, selector: str, text: str) -> None:
        """Type into the first element, behind what is there."""
        self.run("document.querySelector(arguments[0]).focus()", selector)
        self.tell("Input.insertText", text=text)

    def press(self, name: str) -> None:
        """Press a key, wherever the focus is."""
        for kind in ("rawKeyDown", "keyUp"):
            self.tell(
                "Input.dispatchKeyEvent", type=kind, key=name, code=name,
                windowsVirtualKeyCode=KEYS[name],
            )  # fmt: skip

    def look(self, *, width: int, height: int, dark: bool = False, still: bool = True) -> None:
        """How large the window is, and what its reader likes."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.tell("Emulation.setDeviceMetricsOverride", **metrics)
        wishes = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if still else "no-preference",
        }
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self.tell("Emulation.setEmulatedMedia", features=features)

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.tell("Page.captureScreenshot", format="png")["data"])

    @property
    def errors(self) -> list[str]:
        """What its console has said is wrong, on all pages so far."""
        entries = [each["params"]["entry"] for each in self._events("Log.entryAdded")]
        thrown = [each["params"]["exceptionDetails"] for each in self._events(_THROWN)]
        said = [each["text"] for each in entries if each["level"] == "error"]
        return [*said, *(f"{each['text']} {each.get('exception')}" for each in thrown)]

    @property
    def cookies(self) -> list[Message]:
        """Those of the page, also what no script reads."""
        kept: list[Message] = self.tell("Network.getCookies")["cookies"]
        return kept

    def _events(self, method: str) -> list[Message]:
        return [each for each in self.events if each.get("method") == method]


_THROWN = "Runtime.exceptionThrown"
_MIDDLE = """
const element = document.querySelector(arguments[0]);
element.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
const { left, top, width, height } = element.getBoundingClientRect();
return [left + width / 2, top + height / 2];
"""
