"""Times one peer that decides, inside its own environment: `python -I decider.py NAME`.

Standard input is {"policy": "…", "targets": […], "requests": […], "repeat": n}; the answer
{"seconds": of each request in the best pass, "cpu": seconds of the thread for a request,
"permitted": for each request and target, "version": "…"}.  A peer is the file NAME.py beside
this one, with a `VERSION` and `prepare(policy, targets)`, which gives what decides a request.
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from pathlib import Path


def main() -> None:
    """Answer."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    peer = runpy.run_path(str(Path(__file__).parent / f"{sys.argv[1]}.py"))
    question = json.load(sys.stdin)
    decide = peer["prepare"](question["policy"], question["targets"])
    requests = question["requests"]
    permitted = [decide(request) for request in requests]
    seconds: list[float] = []
    began = time.thread_time()
    for _ in range(question["repeat"]):
        for request in requests:
            start = time.perf_counter()
            decide(request)
            seconds.append(time.perf_counter() - start)
    cpu = (time.thread_time() - began) / len(seconds)
    answer = {"seconds": seconds, "cpu": cpu, "permitted": permitted, "version": peer["VERSION"]}
    print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
