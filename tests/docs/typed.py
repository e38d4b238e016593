"""A page typed into a real shell, line by line, as its reader would.

Blocks with `file=NAME` are saved as an editor would; lines after `$ ` of `console` blocks are typed
into one bash, and what it prints is compared.  Ports that the page names are replaced by free ones.
"""

from __future__ import annotations

import os
import random
import re
import selectors
import signal
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from tests.docs.blocks import Block
from tests.docs.shell import matches, steps

DONE = "this-command-is-done"
PATIENCE = 120.0
"""Seconds that a command may be silent; the installer has more."""

_PORT = re.compile(r"\b84\d\d\b")


class Typist:
    """One bash in a folder."""

    def __init__(self, folder: Path, environment: dict[str, str], patience: float) -> None:
        self.folder, self.patience = folder, patience
        self._bash = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._rest = b""

    def __enter__(self) -> Typist:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        raised: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End the shell, and what it has begun and left."""
        os.killpg(self._bash.pid, signal.SIGKILL)
        self._bash.communicate(timeout=30)

    def types(self, command: str) -> tuple[int, str]:
        """Type a command; its exit status and what is printed.

        One that ends in `&` is a server, which is waited for until it has said its address.
        """
        assert self._bash.stdin is not None
        self._bash.stdin.write(f"{command}\nprintf '\\n%s %s %s\\n' {DONE} $? \"$PWD\"\n".encode())
        self._bash.stdin.flush()
        begins = command.rstrip().endswith("&")
        text, end = "", time.monotonic() + self.patience
        while True:
            done = re.search(rf"\n?^{DONE} (\d+) (.+)\n", text, re.MULTILINE)
            said = text[: done.start()] + text[done.end() :] if done else text
            if done and (not begins or "http://" in said):
                self.folder = Path(done[2])
                return int(done[1]), said
            text += self._more(end, command, text)

    def _more(self, end: float, command: str, text: str) -> str:
        """The next whole lines."""
        assert self._bash.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._bash.stdout, selectors.EVENT_READ)
            ready = selector.select(max(0.0, end - time.monotonic()))
        more = os.read(self._bash.stdout.fileno(), 1 << 16) if ready else b""
        if not more:
            raise AssertionError(f"`{command}` did not end; it printed:\n{text}")
        whole, line_end, self._rest = (self._rest + more).rpartition(b"\n")
        return (whole + line_end).decode()


def type_page(
    page: Sequence[Block],
    folder: Path,
    environment: dict[str, str],
    *,
    installs: bool,
) -> list[str]:
    """Type all blocks of a page; what was not as it says."""
    problems: list[str] = []
    ports = _free_ports({port for block in page for port in _PORT.findall(block.text)})
    with Typist(folder, environment, PATIENCE * (10 if installs else 1)) as typist:
        for block in page:
            if block.has("install") and not installs:
                continue
            text = _PORT.sub(lambda port: ports[port[0]], block.text)
            if block.has("file"):
                (typist.folder / block.options["file"]).write_text(text, encoding="utf-8")
            elif block.language == "console":
                problems += _typed(typist, block, text)
            else:
                problems.append(f"{block.place}: a reader can do nothing with this block")
    return problems


def _typed(typist: Typist, block: Block, text: str) -> list[str]:
    wanted, problems = int(block.options.get("status", "0")), list[str]()
    for step in steps(text):
        status, output = typist.types(step.command)
        if status != wanted or not matches(step.output, output):
            problems.append(f"{block.place}: `{step.command}` ended with {status}:\n{output}")
    return problems


def _free_ports(named: set[str]) -> dict[str, str]:
    """A free port for each that a page names.

    They lie below those that the system gives to whoever asks for any, so that no server of
    another test is given one before the page's server takes it.
    """
    free = filter(_is_free, random.sample(range(20_000, 32_000), 1_000))
    return {name: str(port) for name, port in zip(sorted(named), free, strict=False)}


def _is_free(port: int) -> bool:
    with socket.socket() as tried:
        try:
            tried.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
