"""Times one peer inside its own environment: `python -I worker.py NAME`.

Each line of standard input is {"texts": […], "repeat": n}; each is answered by a line
{"seconds_per_pass": of the best pass, "findings": of one pass, "version": "…"}.  A peer is
the file NAME.py beside this one, with a `VERSION` and `scan(text)`, which tells how many
findings a text has.  Its import, and a first pass over the texts, are not timed.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path


def seconds_of_pass(scan: Callable[[str], int], texts: Sequence[str]) -> float:
    """How long one pass over all the texts takes."""
    start = time.perf_counter()
    for text in texts:
        scan(text)
    return time.perf_counter() - start


def main() -> None:
    """Answer every line."""
    # A peer that prints, in whatever language, must not speak between the answers.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    # By path: some of these files are named like the package that they measure.
    peer = runpy.run_path(str(Path(__file__).parent / f"{sys.argv[1]}.py"))
    for line in sys.stdin.buffer:
        question = json.loads(line)
        scan, texts, repeat = peer["scan"], question["texts"], question["repeat"]
        answer = {
            "findings": sum(scan(text) for text in texts),
            "seconds_per_pass": min(seconds_of_pass(scan, texts) for _ in range(repeat)),
            "version": peer["VERSION"],
        }
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
