"""The peers of the benches, each in an environment of its own.

An environment is made on first use, in `.envs/NAME`, from the hash-locked `NAME.txt`.
`NAME.py` runs inside it, under `worker.py`: it knows nothing of epol, and epol's own
environment has none of its packages.  A peer that cannot be installed or that fails is
reported with the reason, so that no comparison is dropped in silence.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

NAMES = ("presidio", "litellm", "betterleaks", "datafog", "kingfisher")
DECIDERS = ("cedar", "cel", "regorus")
LIMIT = 600.0

_HERE = Path(__file__).resolve().parent
_ENVIRONMENTS = _HERE / ".envs"
# The locks are whole, so nothing need be resolved; and what is built from source on
# installation would run code that no hash vouches for.
_INSTALL = "install --quiet --no-input --require-hashes --no-deps --only-binary :all: --retries 2"
# The goals are for one core; Go and Rust would take all of them.
_ONE_CORE = {"GOMAXPROCS": "1", "RAYON_NUM_THREADS": "1"}


_NOT_PACKAGED = "the package index has no package of it"


def run_peer(name: str, texts: Sequence[str], repeat: int, limit: float = LIMIT) -> dict[str, Any]:
    """Let one of `NAMES` scan some texts, on one core, `repeat` times after a pass to warm up.

    The answer has `seconds_per_pass` (of the best pass over all the texts), `findings` (of
    one pass) and the peer's `version`; or nothing but a `reason`, where it cannot be
    installed, fails, or has no answer within `limit` seconds.
    """
    return _ask("worker.py", name, {"texts": list(texts), "repeat": repeat}, limit)


def run_decider(name: str, question: dict[str, Any], limit: float = LIMIT) -> dict[str, Any]:
    """Let one of `DECIDERS` decide requests, on one core; see `decider.py`.

    The answer is as it says there, or nothing but a `reason`.
    """
    return _ask("decider.py", name, question, limit)


def _ask(worker: str, name: str, question: dict[str, Any], limit: float) -> dict[str, Any]:
    if reason := _obstacle(name):
        return {"reason": reason}
    command = [str(_python(name)), "-I", str(_HERE / worker), name]
    try:
        done = _run(command, limit, json.dumps(question))
    except subprocess.TimeoutExpired:
        return {"reason": f"no answer within {limit:g} seconds"}
    if done.returncode:
        return {"reason": f"it failed: {_last_words(done)}"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@cache
def _obstacle(name: str) -> str | None:
    """Make a peer's environment, unless it is there; the reason if that cannot be done."""
    home, lock = _ENVIRONMENTS / name, _HERE / f"{name}.txt"
    if not lock.is_file():
        return _NOT_PACKAGED
    stamp = home / "made-from"
    wanted = f"{hashlib.sha256(lock.read_bytes()).hexdigest()} {sys.version}\n"
    # The interpreter that it links to may be gone.
    if _python(name).exists() and stamp.is_file() and stamp.read_text("utf-8") == wanted:
        return None
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    # Nobody who lists, lints or commits this checkout should meet the peers' sources.
    (_ENVIRONMENTS / ".gitignore").write_text("*\n", encoding="utf-8")
    for command in (
        [sys.executable, "-I", "-m", "venv", str(home)],
        [str(_python(name)), "-I", "-m", "pip", *_INSTALL.split(), "--requirement", str(lock)],
    ):
        try:
            done = _run(command, LIMIT)
        except subprocess.TimeoutExpired:
            return f"it could not be installed within {LIMIT:g} seconds"
        if done.returncode:
            return f"it could not be installed: {_last_words(done)}"
    stamp.write_text(wanted, encoding="utf-8")
    return None


def _python(name: str) -> Path:
    return _ENVIRONMENTS / name / "bin" / "python"


def _run(command: Sequence[str], limit: float, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, **_ONE_CORE},
        timeout=limit,
        check=False,
    )


def _last_words(done: subprocess.CompletedProcess[str]) -> str:
    """What a program said last of its failure: an installer's error, or an exception."""
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR: ")]
    return (errors or lines or [f"exit status {done.returncode}"])[-1].removeprefix("ERROR: ")
