"""Measure the decision log: what a line adds to a decision, and how fast logs are verified.

`make bench` runs it last.  Times are processor time of the thread (see `timing.py`), in
microseconds; each is the least of several rounds.  It prints JSON.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deciding import TARGETS, bundle_of, mixed
from policies import policy

from epol.engine import DecisionLog, Engine, Request
from epol.engine.log.keys import LogKeys
from epol.engine.log.reader import files_of
from epol.engine.log.service import LogService
from epol.engine.log.verify import Verification

KEY = b"a key for measuring, of no use to anybody else"
ROUNDS, CALLS = 5, 4_000
SMALL = """policy small version "1"
import std.edge
target here { at local context 8k }
target cloudy { at cloud context 128k }
rule hard { when task.complexity >= 0.7 and target.at == cloud  prefer 60 }
rule rough { when net.jitter > 80ms and target.at == cloud  deny }
"""


def cpu(work: Callable[[Request], object], asked: list[Request]) -> float:
    """Microseconds of the thread for one call."""
    best = float("inf")
    for _ in range(ROUNDS):
        start = time.thread_time()
        for turn in range(CALLS):
            work(asked[turn % len(asked)])
        best = min(best, (time.thread_time() - start) / CALLS)
    return round(best * 1e6, 1)


def writing(bundle: bytes, folder: Path) -> dict[str, Any]:
    """A decision without a log, the same read as JSON, and with a log."""
    asked = mixed(64) if b"net.jitter" in bundle else [Request()]
    plain = Engine.load(bundle)
    with DecisionLog(folder, key=KEY) as log:
        logged = Engine.load(bundle, log=log)
        result = {
            "decide": cpu(lambda r: plain.decide(r, strict=False), asked),
            "decide and to_json": cpu(lambda r: plain.decide(r, strict=False).to_json(), asked),
            "decide and log": cpu(lambda r: logged.decide(r, strict=False), asked),
        }
    size = sum(path.stat().st_size for path in files_of([folder]))
    return {**result, "bytes_a_record": round(size / (ROUNDS * CALLS))}


def reading(bundle: bytes, folder: Path) -> dict[str, Any]:
    """Verifying the log that was written, and deciding it again."""
    verification = Verification(files_of([folder]), [LogKeys(KEY)])
    start = time.thread_time()
    lines = sum(1 for _ in verification.lines())
    verified = time.thread_time() - start
    assert verification.report.count == 0
    replay = LogService().replay(
        [folder], bundle, same_findings=False, assume_defaults=False, is_partial=False,
        is_open=False,
    )  # fmt: skip
    start = time.thread_time()
    records = sum(1 for _ in replay.records())
    replayed = time.thread_time() - start
    return {
        "verify_a_line": round(verified / lines * 1e6, 1),
        "replay_a_record": round(replayed / records * 1e6, 1),
    }


def main() -> None:
    """Measure and print."""
    results: dict[str, Any] = {}
    with TemporaryDirectory() as name:
        for what, text in (
            ("2 rules, 2 targets", SMALL),
            (f"100 rules, {TARGETS} targets", policy(100, TARGETS)),
        ):
            bundle, folder = bundle_of(text), Path(name) / what.replace(" ", "")
            results[what] = {**writing(bundle, folder), **reading(bundle, folder)}
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
