"""A browser that is told what to do: Chromium by its DevTools protocol, over two pipes.

https://chromedevtools.github.io/devtools-protocol/ describes it: messages are JSON, each ended by a
zero byte.  The browser has a profile of its own, which goes with it.
"""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb",
    "--remote-debugging-pipe",
)  # fmt: skip

_EXEC = """import os, sys
os.dup2(int(sys.argv[1]), 3)
os.dup2(int(sys.argv[2]), 4)
os.execv(sys.argv[3], sys.argv[3:])"""
"""The pipes as files 3 and 4, where the browser looks for them."""

PATIENCE = 120.0
"""Seconds without a word after which a browser counts as hanging."""

Message = dict[str, Any]


class BrowserError(Exception):
    """The browser refused a command, or went away."""


def found() -> str | None:
    """The browser of this machine, if it has one; `EPOL_BROWSER` names another."""
    names = (os.environ.get("EPOL_BROWSER", ""), *NAMES)
    return next((path for name in names if name and (path := shutil.which(name))), None)


class Browser:
    """One page of one browser.  A context manager: leaving it ends the browser."""

    def __init__(self, program: str) -> None:
        self._profile = tempfile.TemporaryDirectory(
            prefix="epol-browser-",
            ignore_cleanup_errors=True,  # a helper of the browser may write there a moment longer
        )
        there, to = os.pipe()
        back, here = os.pipe()
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-c", _EXEC, str(there), str(here)),
                *(program, *_FLAGS, f"--user-data-dir={self._profile.name}", "about:blank"),
            ],
            pass_fds=(there, here),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(here)
        self._to, self._from = to, back
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[Message] = []
        try:
            self._attach()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the browser."""
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)
        self._profile.cleanup()

    def _attach(self) -> None:
        target = self.tell("Target.createTarget", url="about:blank")["targetId"]
        attached = self.tell("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.tell(f"{domain}.enable")

    def tell(self, method: str, **params: object) -> Message:
        """One command; what the browser answers.  What happens meanwhile goes to `events`."""
        self._number += 1
        command: Message = {"id": self._number, "method": method, "params": params}
        if self._session:
            command["sessionId"] = self._session
        line = json.dumps(command).encode() + b"\0"
        while line:
            line = line[os.write(self._to, line) :]
        while (message := self._next()).get("id") != self._number:
            self.events.append(message)
        if "error" in message:
            raise BrowserError(f"{method}: {message['error']['message']}")
        result: Message = message["result"]
        return result

    def wait(self, wanted: Callable[[Message], bool]) -> None:
        """Until an event that is wanted has come."""
        while not any(wanted(event) for event in self.events):
            self.events.append(self._next())

    def evaluate(self, expression: str) -> Any:  # noqa: ANN401 (any JSON)
        """What an expression of the page's language gives; a promise is waited for."""
        done = self.tell(
            "Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in done:
            raise BrowserError(done["exceptionDetails"].get("exception", {}).get("description"))
        return done["result"].get("value")

    def _next(self) -> Message:
        while b"\0" not in self._buffer:
            ready, _, _ = select.select([self._from], [], [], PATIENCE)
            more = os.read(self._from, 1 << 16) if ready else b""
            if not more:
                raise BrowserError("the browser has ended, or says nothing")
            self._buffer += more
        line, _, self._buffer = self._buffer.partition(b"\0")
        message: Message = json.loads(line)
        return message


def screenshot(browser: Browser, path: Path) -> None:
    """The page as it is seen, as a PNG file."""
    data = browser.tell("Page.captureScreenshot", format="png")["data"]
    path.write_bytes(base64.b64decode(data))
