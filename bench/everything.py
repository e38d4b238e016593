"""The text path with the whole standard library on: std.edge, std.hipaa, std.injection, std.pii,
std.secrets.

Databases are serialized and loaded as from a bundle.  The yardstick is one Hyperscan database
with all the expressions in it.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from corpus import clean_texts
from peers.bare_hyperscan import bare

from epol.compiler.emit.text import text_plan
from epol.compiler.pipeline import check
from epol.compiler.resolve.loader import load
from epol.compiler.resolve.scope import collect
from epol.engine.bundle.hyper import PatternDatabase, Supply
from epol.engine.bundle.plan_codec import decode_plan, encode_plan
from epol.engine.bundle.textplan import TextPlan
from epol.engine.kernel.load import automata
from epol.engine.text import evidence
from epol.engine.text.scanner import Scanner
from epol.engine.text.validators import Validator, validator
from epol.engine.text.views import TRIGGERS

KB = 1024
_SECRETS = Path(__file__).resolve().parent.parent / "stdlib-policies" / "secrets"
_FIVE = (
    "anna.berg@example.org", "4111 1111 1111 1111", "+49 30 901820", "DE89 3704 0044 0532 0130 00",
    "AKIAQ3EGRDZ5TNVKYX7P",
)  # fmt: skip

Passes = Callable[[Callable[[], object]], dict[str, float]]


def whole_library() -> list[str]:
    """The modules, without `std.`, that a policy imports beside those of a sector to have all."""
    modules = ["injection", "pii", "pii.quasi", "secrets"]
    return modules + [f"secrets.{path.stem}" for path in sorted(_SECRETS.glob("*.epol"))]


def everything() -> TextPlan:
    """The plan of a policy that imports the whole library, in a process with automata."""
    automata()
    imports = [f"import std.{name}" for name in ("edge", "hipaa", *whole_library())]
    lines = ['policy bench.everything version "1"', *imports]
    lines.append("target t { at local context 8k tools true price in $0.1 out $1 per 1M }")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "everything.epol"
        path.write_text(
            "\n".join(line for line in lines if line != "import std.secrets.secrets") + "\n"
        )
        scope = collect(load(path))
        policy = check(scope)
    if scope.diagnostics:
        raise SystemExit(f"the library does not compile: {scope.diagnostics[0].message}")
    return text_plan(policy)


def yardstick(plan: TextPlan, folder: Path | None = None) -> PatternDatabase:
    """All expressions of a plan, and the common triggers of views, in one database."""
    gates = [regex.gate for detector in plan.detectors for regex in detector.regexes]
    gates += [regex.gate for signal in plan.signals for regex in signal.regexes]
    common = [
        text for kind in TRIGGERS if kind not in ("controls", "hex") for text in TRIGGERS[kind]
    ]
    return PatternDatabase([*gates, *common], Supply(folder))


def with_everything(passes: Passes, source: Path, repetitions: int) -> dict[str, Any]:
    """Microseconds, and ratios to the yardstick: clean texts, five findings, loading."""
    plan = everything()
    data, databases = encode_plan(plan), Scanner(plan).gates.databases()
    seconds = min(_load_seconds(data, databases) for _ in range(repetitions))
    scanner = Scanner(decode_plan(data), None, databases)
    native = yardstick(plan).native
    results: dict[str, Any] = {
        "detectors": len(plan.detectors),
        "load_milliseconds": round(seconds * 1e3, 1),
        "plan_bytes": len(data),
        "database_bytes": sum(map(len, databases.values())),
    }
    assert native is not None
    for name, texts in _texts(source).items():
        kilobytes = sum(len(text.encode()) for text in texts) / KB
        ours = passes(lambda texts=texts: [scanner.scan(text) for text in texts])
        theirs = bare(native, texts, repetitions)
        results[name] = {
            "seconds": ours,
            "microseconds_per_kb": round(ours["least"] / kilobytes * 1e6, 2),
            "bare_microseconds_per_kb": round(theirs / kilobytes * 1e6, 2),
            "ratio": round(ours["least"] / theirs, 3),
        }
    five = results["five findings"]
    ours = passes(_without_validators(scanner.plan, databases, _texts(source)["five findings"]))
    five["microseconds_without_validators"] = round(ours["least"] * 1e6 / 16, 2)
    for name, entry in results.items():
        print(f"everything on, {name}: {entry}")
    return results


def _texts(source: Path) -> dict[str, list[str]]:
    ascii_only = [text.encode("ascii", "ignore").decode() for text in clean_texts(KB, 64, source)]
    return {
        "clean 1 KB, ASCII": ascii_only,
        "clean 1 KB, as they come": clean_texts(KB, 64, source),
        "clean 64 KB, as they come": clean_texts(64 * KB, 4, source),
        "five findings": [_with_five(text) for text in ascii_only[:16]],
    }


def _with_five(text: str) -> str:
    """A text of the same size with five values, each after a fifth of it."""
    size = (KB - sum(map(len, _FIVE)) - 2 * len(_FIVE)) // len(_FIVE)
    parts = (text[at * size : (at + 1) * size] for at in range(len(_FIVE)))
    return "".join(f"{part} {value} " for part, value in zip(parts, _FIVE, strict=True))


def _load_seconds(data: bytes, databases: dict[str, bytes]) -> float:
    start = time.perf_counter()
    Scanner(decode_plan(data), None, databases)
    return time.perf_counter() - start


def _without_validators(
    plan: TextPlan, databases: dict[str, bytes], texts: list[str]
) -> Callable[[], object]:
    """Scans whose validators answer from memory, after a first pass."""

    def remembered(name: str) -> Validator:
        return cache(validator(name))

    kept, evidence.validator = evidence.validator, remembered
    scanner = Scanner(plan, None, databases)
    try:
        for text in texts:
            scanner.scan(text)
    finally:
        evidence.validator = kept
    return lambda: [scanner.scan(text) for text in texts]
