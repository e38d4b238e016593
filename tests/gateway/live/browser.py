"""A real browser, driven over WebDriver (https://www.w3.org/TR/webdriver2/): Debian's chromium."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
DRIVER = "chromedriver"
PATIENCE = 60.0
_ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
_ARGUMENTS = (
    "headless",
    "no-sandbox",
    "disable-gpu",
    "disable-quic",
    "no-first-run",
    "disable-background-networking",
    "disable-component-update",
    "disable-sync",
    "disable-dev-shm-usage",
    "hide-scrollbars",
    "force-color-profile=srgb",
)
KEYS = {"Tab": "\ue004", "Enter": "\ue007", "Right": "\ue014", "End": "\ue010", "Home": "\ue011"}


def missing() -> str | None:
    """Why there is no browser here; None where there is one."""
    if shutil.which(DRIVER) is None:
        return f"{DRIVER} is not installed"
    if not any(map(shutil.which, BROWSERS)):
        return f"none of {', '.join(BROWSERS)} is installed"
    return None


class Browser:
    """One window.  Whatever is waited for is waited for `PATIENCE` seconds."""

    def __init__(self, base: str, session: str) -> None:
        self._url = f"{base}/session/{session}"

    def ask(self, method: str, path: str, said: Mapping[str, object] | None = None) -> Any:  # noqa: ANN401 (what a browser says)
        """A command, and its value."""
        return _ask(method, self._url + path, said)

    def go(self, url: str) -> None:
        """Open an address."""
        self.ask("POST", "/url", {"url": url})

    @property
    def url(self) -> str:
        """Where it is."""
        found: str = self.ask("GET", "/url")
        return found

    def run(self, script: str, *arguments: object) -> Any:  # noqa: ANN401 (a value of JavaScript)
        """The value of a function's body, which may be a promise."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector: str) -> str:
        """What is read in the first element."""
        script = "return document.querySelector(arguments[0])?.innerText ?? ''"
        found: str = self.run(script, selector)
        return found

    def wait(self, what: str, is_so: Callable[[], object]) -> None:
        """Wait until something is so."""
        until = time.monotonic() + PATIENCE
        while not is_so():
            assert time.monotonic() < until, f"{what}: not within {PATIENCE:.0f} s"
            time.sleep(0.05)

    def click(self, selector: str) -> None:
        """Click the first element."""
        self.ask("POST", f"/element/{self._element(selector)}/click", {})

    def write(self, selector: str, text: str) -> None:
        """Type into the first element, behind what is there."""
        self.ask("POST", f"/element/{self._element(selector)}/value", {"text": text})

    def press(self, *names: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        keys = [KEYS[name] for name in names]
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        said = {"actions": [{"type": "key", "id": "keys", "actions": actions}]}
        self.ask("POST", "/actions", said)

    def developer(self, command: str, **parameters: object) -> Any:  # noqa: ANN401 (what Chromium says)
        """A command of Chromium's own protocol."""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def look(self, *, width: int, height: int, dark: bool = False, still: bool = True) -> None:
        """How large the window is, and what its reader likes."""
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        self.developer("Emulation.setDeviceMetricsOverride", **metrics)
        wishes = {
            "prefers-color-scheme": "dark" if dark else "light",
            "prefers-reduced-motion": "reduce" if still else "no-preference",
        }
        features = [{"name": name, "value": value} for name, value in wishes.items()]
        self.developer("Emulation.setEmulatedMedia", features=features)

    def picture(self, *, whole: bool = False) -> bytes:
        """What is seen, as PNG; with `whole`, below the window too."""
        found = self.developer("Page.captureScreenshot", captureBeyondViewport=whole)
        return base64.b64decode(found["data"])

    def _element(self, selector: str) -> str:
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        element: str = found[_ELEMENT]
        return element


@contextmanager
def browser() -> Generator[Browser]:
    """A window of a browser with a profile of its own, which is gone afterwards."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder, _driver() as base:
        chosen = next(found for found in map(shutil.which, BROWSERS) if found)
        profile = f"user-data-dir={Path(folder) / 'profile'}"
        options = {"binary": chosen, "args": [*_ARGUMENTS, profile]}
        wanted = {"alwaysMatch": {"goog:chromeOptions": options}}
        made = _ask("POST", f"{base}/session", {"capabilities": wanted})
        window = Browser(base, made["sessionId"])
        try:
            yield window
        finally:
            window.ask("DELETE", "")


@contextmanager
def _driver() -> Generator[str]:
    """The driver on a port of its own: its address."""
    process = subprocess.Popen([DRIVER, "--port=0"], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = (re.search(r"started successfully on port (\d+)", line) for line in process.stdout)
        port = next(found[1] for found in said if found)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _ask(method: str, url: str, said: Mapping[str, object] | None) -> Any:  # noqa: ANN401 (JSON)
    data = None if said is None else json.dumps(said).encode()
    request = Request(url, data, {"content-type": "application/json"}, method=method)
    try:
        with build_opener(ProxyHandler({})).open(request, timeout=2 * PATIENCE) as answer:
            return json.load(answer)["value"]
    except HTTPError as error:
        with error:
            told = json.load(error)["value"]
        raise AssertionError(f"{told['error']}: {told['message']}") from None
