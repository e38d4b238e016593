"""All faults again and again, for as long as asked: `python -m tests.chaos --minutes 60`.

Prints what was seen, and ends with 1 where something did not hold.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path
from statistics import median

from tests.chaos.faults import FAULTS
from tests.chaos.running import Run, run
from tests.chaos.test_chaos import check


def main() -> int:
    """Run, and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--seed", default="chaos")
    parser.add_argument("--keep", type=Path, help="a folder to keep what was written")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = asked.keep or Path(made)
        folder.mkdir(exist_ok=True)
        done = asyncio.run(
            run(
                folder,
                FAULTS,
                seconds=60 * asked.minutes,
                broken=2.5,
                calm=1.5,
                tell=_say,
                seed=asked.seed,
            )
        )
    _report(done)
    try:
        check(done)
    except AssertionError as error:
        _say(f"FAILED: {error}")
        return 1
    return 0


def _say(line: str) -> None:
    print(line, flush=True)


def _report(done: Run) -> None:
    tally, books = done.load.tally, done.load.books
    _say("answers: " + ", ".join(f"{count} {name}" for name, count in tally.counts.most_common()))
    _say("told: " + ", ".join(f"{count} {name}" for name, count in tally.problems.most_common()))
    for name, seconds in done.recoveries.items():
        _say(
            f"{name}: {len(seconds)} times, well after {median(seconds):.1f} s, at most "
            f"{max(seconds):.1f} s"
        )
    _say(
        f"the cloud got {done.azure.requests} requests, {len(done.azure.leaks)} of them with a "
        f"secret; the local model got {done.ward.requests}"
    )
    _say(
        f"budget: spent {done.spent}, between {books.least} and {books.most} as callers know; "
        f"reserved {done.reserved}"
    )
    for line in done.watch.lines():
        _say(line)
    _say(f"log: {done.verified}")
    _say(f"processes left: {len(done.orphans)}")


if __name__ == "__main__":
    raise SystemExit(main())
