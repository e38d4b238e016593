"""Measure epolc and compare with the committed baseline: `make bench`.

Times are medians of several repetitions with their spread, divided by a yardstick that
is measured in the same run (Python's own tokenizer on a fixed text, or a start of an
interpreter that imports typer), so that machines compare.  A ratio that is a quarter
worse than the baseline's fails.  `--write` makes the result the new baseline.
"""

from __future__ import annotations

import io
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import tokenize
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

from policies import policy

from epol.compiler.diff.compare import compare
from epol.compiler.examine import examine
from epol.compiler.pipeline import compile_policy
from epol.lang.formatter import format_source
from epol.lang.model import Policy
from epol.lang.parser import parse
from epol.lang.request import read_request
from epol.lang.semantics import decide
from epol.lang.source import Source

BASELINE = Path(__file__).parent / "baseline.json"
RESULT = Path(__file__).parent / "result.json"
REPETITIONS = 9
ALLOWED = 1.25


def measure(work: Callable[[], object]) -> dict[str, float]:
    """Median, least and greatest seconds of some repetitions, after one to warm up."""
    work()
    times: list[float] = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return {"median": statistics.median(times), "least": min(times), "most": max(times)}


def start_of(*code: str) -> Callable[[], object]:
    """Starting an interpreter that runs some code."""
    return lambda: subprocess.run([sys.executable, *code], check=True, capture_output=True)


def tokenizing() -> Callable[[], object]:
    """The yardstick: Python's tokenizer, in pure Python or not, on a fixed text."""
    text = "value = (first + second) * third[index] if condition else other\n" * 400
    return lambda: list(tokenize.generate_tokens(io.StringIO(text).readline))


def works(folder: Path) -> dict[str, tuple[str, Callable[[], object]]]:
    """What is measured: a name, its yardstick, the work."""
    small, large = folder / "small.epol", folder / "large.epol"
    small.write_text(policy(200), encoding="utf-8")
    large.write_text(policy(2000), encoding="utf-8")
    source = Source("small", small.read_text(encoding="utf-8"))
    compiled = compile_policy(small).policy
    assert compiled is not None
    body = {"attributes": {"request.tokens": 900, "task.complexity": 0.9}, "labels": {"phi.mrn": 1}}
    request = read_request(body, compiled)
    help_ = "import sys; sys.argv = ['epolc', '--help']; from epol.compiler.cli import main; main()"
    return {
        "epolc --help": ("import typer", start_of("-c", help_)),
        "parse 200 rules": ("tokenize", lambda: parse(source)),
        "format 200 rules": ("tokenize", lambda: format_source(source)),
        "check 200 rules": ("tokenize", lambda: examine(small)),
        "check 2000 rules": ("tokenize", lambda: examine(large)),
        "decide 200 rules x 8 targets (reference)": (
            "tokenize",
            lambda: decide(compiled, request),
        ),
        "diff 100 rules, in another order": ("tokenize", comparing(folder, lambda r: r[::-1])),
        "diff 100 rules, the first one gone": ("tokenize", comparing(folder, lambda r: r[1:])),
    }


def comparing(folder: Path, change: Callable[[list[str]], list[str]]) -> Callable[[], object]:
    """Comparing a policy with one of other rules."""
    lines = policy(100).splitlines()
    rules = [line for line in lines if line.startswith("rule ")]
    others = [line for line in lines if not line.startswith("rule ")]
    policies: list[Policy] = []
    for each in (rules, change(rules)):
        path = folder / "compared.epol"
        path.write_text("\n".join([*others, *each]), encoding="utf-8")
        compiled = compile_policy(path).policy
        assert compiled is not None
        policies.append(compiled)
    old, new = policies
    return lambda: compare(old, new, 60)


def run() -> dict[str, Any]:
    """Measure everything."""
    yardsticks = {"import typer": start_of("-c", "import typer"), "tokenize": tokenizing()}
    sticks = {name: measure(work) for name, work in yardsticks.items()}
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, (stick, work) in works(Path(folder)).items():
            seconds = measure(work)
            ratio = seconds["median"] / sticks[stick]["median"]
            results[name] = {"seconds": seconds, "yardstick": stick, "ratio": round(ratio, 3)}
            print(f"{name:<42} {seconds['median'] * 1000:9.1f} ms  {ratio:8.2f} x {stick}")
    return {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("epol", "lark", "typer")},
        "repetitions": REPETITIONS,
        "yardsticks": sticks,
        "results": results,
    }


def main() -> int:
    """Measure, write the result, compare."""
    result = run()
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if "--write" in sys.argv:
        BASELINE.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
        return 0
    baseline = json.loads(BASELINE.read_text(encoding="utf-8"))
    status = 0
    for name, entry in result["results"].items():
        before = baseline["results"].get(name)
        if before is None:
            print(f"{name}: not in the baseline")
        elif entry["ratio"] > before["ratio"] * ALLOWED:
            print(f"{name}: {entry['ratio']} against {before['ratio']} in the baseline")
            status = 1
    return status


if __name__ == "__main__":
    raise SystemExit(main())
