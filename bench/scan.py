"""Measure the text path: `make bench` runs it after `run.py`.

Everything is a ratio within one run: our scan against a bare Hyperscan loop over the same
database and the same texts, peers against our scan, and adversarial texts against clean
ones of the same size.  `--source FILE` takes clean texts from another file; `--quick`
leaves the peers out; `--write` makes the result the new baseline.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

from adversarial import GENERATORS
from corpus import SAMPLE, clean_texts
from everything import with_everything, yardstick
from peers import NAMES, run_peer
from peers.bare_hyperscan import bare
from rules import own, secrets

from epol.engine.bundle.textplan import TextPlan
from epol.engine.errors import ScanLimitError
from epol.engine.kernel.load import automata
from epol.engine.text.scanner import Scanner

KB = 1024
BASELINE = Path(__file__).parent / "baseline_scan.json"
RESULT = Path(__file__).parent / "result_scan.json"
REPETITIONS = 7
ALLOWED = 1.25
LARGE = (64 * KB, 256 * KB, 1024 * KB, 4096 * KB)


def passes(
    work: Callable[[], object], least: float = 0.05, repetitions: int = REPETITIONS
) -> dict[str, float]:
    """Seconds of one pass: median, least and greatest of some repetitions."""
    work()
    start = time.perf_counter()
    work()
    count = max(1, int(least / max(time.perf_counter() - start, 1e-7)))
    times: list[float] = []
    for _ in range(repetitions):
        start = time.perf_counter()
        for _ in range(count):
            work()
        times.append((time.perf_counter() - start) / count)
    return {"median": median(times), "least": min(times), "most": max(times)}


def against_bare(scanner: Scanner, source: Path) -> dict[str, Any]:
    """Our scan of clean texts over a bare loop with one database of the same expressions.

    Apart for texts in ASCII and as they come: of a text with characters beyond it, the
    neighbourhood of those that folding changes is scanned twice.
    """
    results: dict[str, Any] = {}
    native = yardstick(scanner.plan).native
    assert native is not None
    for name, size, count, plain in (
        ("1 KB, ASCII", KB, 64, True),
        ("1 KB, as they come", KB, 64, False),
        ("64 KB, ASCII", 64 * KB, 4, True),
        ("64 KB, as they come", 64 * KB, 4, False),
    ):
        texts = clean_texts(size, count, source)
        if plain:
            texts = [text.encode("ascii", "ignore").decode() for text in texts]
        ours = passes(lambda texts=texts: [scanner.scan(text) for text in texts])
        theirs = bare(native, texts, REPETITIONS * 5)
        kilobytes = size * count / KB
        results[name] = {
            "seconds": ours,
            "microseconds_per_kb": round(ours["least"] / kilobytes * 1e6, 3),
            "bare_microseconds_per_kb": round(theirs / kilobytes * 1e6, 3),
            "ratio": round(ours["least"] / theirs, 3),
        }
        print(f"clean {name}: {results[name]['microseconds_per_kb']} microseconds/KB, "
              f"{results[name]['ratio']} x bare Hyperscan")  # fmt: skip
    return results


def against_peers(everything: Scanner, secret: Scanner, source: Path) -> dict[str, Any]:
    """Peers over our scan, on clean chat texts of 1 KB."""
    texts = clean_texts(KB, 20, source)
    results: dict[str, Any] = {}
    for name in NAMES:
        scanner = secret if name in ("betterleaks", "kingfisher") else everything
        ours = passes(lambda scanner=scanner: [scanner.scan(text) for text in texts])["least"]
        answer = run_peer(name, texts, REPETITIONS)
        if "reason" in answer:
            results[name] = answer
            print(f"{name}: not measured: {answer['reason']}")
            continue
        results[name] = {
            **answer,
            "ours": ours,
            "ratio": round(answer["seconds_per_pass"] / ours, 1),
        }
        each = answer["seconds_per_pass"] / len(texts) * 1e6
        print(f"{name} {answer['version']}: {each:.1f} us/KB, {results[name]['ratio']} x ours")
    return results


def against_adversaries(scanner: Scanner, source: Path) -> dict[str, Any]:
    """Texts that are made to be slow: time by size, and over the rate of clean ASCII."""
    texts = clean_texts(64 * KB, 4, source)
    clean = [text.encode("ascii", "ignore").decode() for text in texts]
    rate = passes(lambda: [scanner.scan(text) for text in clean])["least"] / (4 * 64 * KB)
    results: dict[str, Any] = {}
    for generator in GENERATORS:
        name = generator.__name__
        times: list[float] = []
        outcome = ""
        for size in LARGE:
            text = generator(size)
            outcome = _outcome(scanner, text)
            times.append(passes(lambda text=text: _outcome(scanner, text), 0.02, 3)["least"])
        growth = max(
            later / earlier * 2 / (big / small)
            for (earlier, later), (small, big) in zip(pairwise(times), pairwise(LARGE), strict=True)
        )
        over = [seconds / size / rate for seconds, size in zip(times, LARGE, strict=True)]
        results[name] = {
            "seconds": times,
            "outcome": outcome,
            "growth_per_doubling": round(growth, 2),
            "over_clean": [round(each, 2) for each in over],
        }
        shown = " ".join(f"{each:7.2f}" for each in over)
        print(f"{name:<28} {shown} x clean per byte, time(2n)/time(n) {growth:5.2f}  {outcome}")
    return results


def _outcome(scanner: Scanner, text: str) -> str:
    try:
        scan = scanner.scan(text)
    except ScanLimitError:
        return "blocked"
    return (
        f"{len(scan.findings)} found" if scan.findings else f"nothing found, opaque {scan.opaque}"
    )


def main() -> int:
    """Measure, write the result, compare with the baseline."""
    parser = argparse.ArgumentParser(description="Measure the text path.")
    parser.add_argument("--source", type=Path, default=SAMPLE, help="a .jsonl or .jsonl.gz")
    parser.add_argument("--quick", action="store_true", help="without the peers")
    parser.add_argument("--write", action="store_true", help="make this the baseline")
    options = parser.parse_args()
    if not options.quick:
        run_peer("betterleaks", ["x"], 1)  # its rules are read from its environment
    automata()  # as an engine does
    detectors, refused = secrets()
    everything, secret = Scanner(TextPlan((*own(), *detectors))), Scanner(TextPlan(detectors))
    print(f"{len(detectors)} secret rules ({refused} have no form here), {len(own())} others")
    result: dict[str, Any] = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "python": platform.python_version(),
        },
        "rules": len(detectors) + len(own()),
        "everything": with_everything(passes, options.source, REPETITIONS),
        "bare": against_bare(everything, options.source),
        "peers": {} if options.quick else against_peers(everything, secret, options.source),
        "adversaries": against_adversaries(everything, options.source),
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if options.write:
        BASELINE.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        return 0
    return worse(result, json.loads(BASELINE.read_text(encoding="utf-8")))


def worse(result: dict[str, Any], baseline: dict[str, Any]) -> int:
    """1 if a ratio is a quarter worse than the baseline's, else 0."""
    status = 0
    for name, entry in result["bare"].items():
        if entry["ratio"] > baseline["bare"][name]["ratio"] * ALLOWED:
            print(
                f"clean {name}: {entry['ratio']} x bare, {baseline['bare'][name]['ratio']} before"
            )
            status = 1
    for name, entry in result["everything"].items():
        before = baseline["everything"].get(name)
        if isinstance(entry, dict) and entry["ratio"] > before["ratio"] * ALLOWED:
            print(f"everything on, {name}: {entry['ratio']} x bare, {before['ratio']} before")
            status = 1
    for name, entry in result["peers"].items():
        before = baseline["peers"].get(name, {})
        if "ratio" in entry and "ratio" in before and entry["ratio"] * ALLOWED < before["ratio"]:
            print(f"{name}: {entry['ratio']} x ours, {before['ratio']} before")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
