"""What a process of its own shows: the start, the memory, a million requests under swaps.

`python fresh.py start|memory|swaps ARGUMENT…` prints one JSON object; `run` starts it.
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from statistics import median
from typing import Any

_PAGE = os.sysconf("SC_PAGE_SIZE")
THREADS = 4


def run(*arguments: str) -> dict[str, Any]:
    """What a new process prints."""
    command = [sys.executable, str(Path(__file__).resolve()), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def starts(bundle: Path, times: int = 10) -> dict[str, Any]:
    """From a bundle to the first decision, in milliseconds, in new processes."""
    answers: list[dict[str, Any]] = []
    whole: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        answers.append(run("start", str(bundle)))
        whole.append((time.perf_counter() - began) * 1e3)
    assert all(each["was_cached"] and not each["numba"] for each in answers), "a warm start"
    return {
        "from import to decision": round(median(each["milliseconds"] for each in answers), 1),
        "processor time of that": round(median(each["cpu"] for each in answers), 1),
        "the process, interpreter and all": round(median(whole), 1),
        "most": round(max(whole), 1),
    }


def _start(bundle: str) -> dict[str, Any]:
    began, cpu = time.perf_counter(), time.process_time()
    # What is measured includes the imports.
    from epol.engine import Engine, Request
    from epol.engine.kernel.load import kernel

    decision = Engine.load(bundle).decide(
        Request({"request.tokens": 900, "task.complexity": 0.5}, [("user", "MRN 00482913")])
    )
    assert decision.failure is None
    return {
        "milliseconds": (time.perf_counter() - began) * 1e3,
        "cpu": (time.process_time() - cpu) * 1e3,
        "was_cached": kernel().was_cached,
        "numba": "numba" in sys.modules,
    }


def _memory(bundle: str) -> dict[str, Any]:
    from epol.engine import Engine, Request

    engine = Engine.load(bundle)
    for number in range(2_000):
        engine.decide(
            Request(
                {"request.tokens": number, "task.complexity": 0.5}, [("user", f"AB-{number:06}")]
            )
        ).to_json()
    return {
        "resident_mb": round(_resident() / 2**20, 1),
        "most_mb": round(_most() / 2**20, 1),
    }


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE


def _most() -> int:
    """The most that was resident; `getrusage` would count the parent's before the fork."""
    lines = Path("/proc/self/status").read_text("ascii").splitlines()
    return 1024 * int(next(line for line in lines if line.startswith("VmHWM")).split()[1])


def _swaps(one: str, two: str, requests: str, swaps: str) -> dict[str, Any]:
    """Requests in four threads while policies are swapped; each says which policy decided.

    The two say different things in three places, so a mixture would show; each thread has
    counts of its own, so an answer to another's request would too.
    """
    from epol.engine import Engine, Request

    bundles = [Path(one).read_bytes(), Path(two).read_bytes()]
    engine = Engine.load(bundles[0])
    each, turns = int(requests) // THREADS, int(swaps)
    answers: list[dict[tuple[object, ...], int]] = [{} for _ in range(THREADS)]
    done = [0] * THREADS

    def decide(number: int, times: int) -> None:
        request = Request({"request.tokens": number}, labels={"phi.mrn": number + 1})
        own = answers[number]
        for _ in range(times):
            decision = engine.decide(request)
            words = (
                decision.status,
                decision.target,
                decision.policy.version,
                decision.labels["phi.mrn"] == number + 1,
            )
            own[words] = own.get(words, 0) + 1
            done[number] += 1

    def deciding(times: int) -> list[threading.Thread]:
        threads = [threading.Thread(target=decide, args=(n, times)) for n in range(THREADS)]
        for thread in threads:
            thread.start()
        return threads

    def swapping(threads: list[threading.Thread], times: int, of: int) -> None:
        """Swaps, evenly spread over so many requests."""
        swapped, start = 0, sum(done)
        while swapped < times:
            if any(t.is_alive() for t in threads) and sum(done) - start < of * swapped // times:
                time.sleep(0.0005)
                continue
            engine.swap(bundles[(swapped + 1) % 2], allow_downgrade=True)
            swapped += 1

    # Warm: every thread's memory, and both policies once.
    swapping(warm := deciding(each // 20), 20, each // 5)
    for thread in warm:
        thread.join()
    for own in answers:
        own.clear()
    gc.collect()
    before, began, cpu = _resident(), time.perf_counter(), time.process_time()
    swapping(threads := deciding(each), turns, each * THREADS)
    for thread in threads:
        thread.join()
    seconds, used = time.perf_counter() - began, time.process_time() - cpu
    gc.collect()
    return {
        "answered": sum(count for own in answers for count in own.values()),
        # Of one request and one policy there is one answer.
        "mixed": sum(len(own) != 2 or len({words[2] for words in own}) != 2 for own in answers)
        + sum(not words[3] for own in answers for words in own),
        "by_policy": [
            sum(count for own in answers for words, count in own.items() if words[2] == version)
            for version in ("1", "2")
        ],
        "seconds": round(seconds, 1),
        "cpu": round(used, 1),
        "growth_mb": round((_resident() - before) / 2**20, 2),
    }


if __name__ == "__main__":
    _PARTS = {"start": _start, "memory": _memory, "swaps": _swaps}
    print(json.dumps(_PARTS[sys.argv[1]](*sys.argv[2:])))
