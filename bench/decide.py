"""Measure deciding: `make bench` runs it after `scan.py`.

Percentiles are of the wall clock, `cpu` is processor time (see `timing.py`).  What is compared
with the committed baseline are ratios within one run: peers over our `Engine.decide` on the same
policy, and our own work over the yardstick, which is that policy as plain Python `if`s.  Every
peer must first answer each request as we do.  `--quick` leaves the peers and the long run out;
`--write` makes the result the new baseline.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import fresh
from deciding import (
    TARGETS,
    against_peers,
    batch,
    bundle_of,
    patterns,
    reloading,
    single,
    with_text,
)
from demand import POLICY as DEMAND
from demand import on_demand
from policies import policy
from timing import clock_itself

BASELINE = Path(__file__).parent / "baseline_decide.json"
RESULT = Path(__file__).parent / "result_decide.json"
ALLOWED = 1.25
REQUESTS, SWAPS = 1_000_000, 1_000
GOALS = (
    # what, where it stands in the result, the most (or, where it is a rate, the least)
    ("kernel call, 100 rules x 8, us", ("100 rules", "kernel call", "p50"), 2),
    ("kernel call, 1000 rules x 8, us", ("1000 rules", "kernel call", "p50"), 10),
    ("Engine.decide, 100 rules x 8, us", ("100 rules", "Engine.decide", "p50"), 10),
    ("decide and scan 1 KB, p50, us", ("with 1 KB of text", "Engine.decide", "p50"), 25),
    ("decide and scan 1 KB, p99, us", ("with 1 KB of text", "Engine.decide", "p99"), 100),
    ("cedarpy over Engine.decide", ("ratios", "cedar over Engine.decide"), -100),
    ("CEL over Engine.decide", ("ratios", "cel over Engine.decide"), -15),
    ("batch, rule evaluations a second", ("batch", "rule_evaluations_per_second"), -(10**9)),
    ("batch, requests a second", ("batch", "requests_per_second"), -(10**6)),
    ("bundle to first decision, ms", ("start", "from import to decision"), 800),
    ("resident, MB", ("memory", "resident_mb"), 200),
    ("reload, no patterns, ms", ("reload", "no patterns, signed", "median"), 50),
    ("reload, the whole library, ms", ("reload", "the whole library, signed", "median"), 50),
    (
        "reload, only rules changed, ms",
        ("reload", "the whole library, signed, the same patterns", "median"),
        50,
    ),
    ("growth over the long run, MB", ("swaps", "growth_mb"), 5),
)


def in_new_processes(*, quick: bool) -> dict[str, Any]:
    """The start, the memory, and the long run."""
    with TemporaryDirectory() as folder:
        paths = {name: Path(folder) / f"{name}.epolb" for name in ("own", "one", "two")}
        paths["own"].write_bytes(bundle_of(policy(100, TARGETS, ("edge", "hipaa", "secrets"))))
        results: dict[str, Any] = {"start, std.secrets": fresh.starts(paths["own"])}
        own = policy(100, TARGETS, ("edge",), labels=False) + patterns(200)
        paths["own"].write_bytes(bundle_of(own))
        results["start"] = fresh.starts(paths["own"])
        results["memory"] = fresh.run("memory", str(paths["own"]))
        base = policy(100, TARGETS, ("edge",), labels=False) + "label phi.mrn\n"
        paths["one"].write_bytes(bundle_of(base + "rule zz { hold }\n"))
        other = base.replace('version "1"', 'version "2"')
        paths["two"].write_bytes(bundle_of(other + "rule zz { when target.name == t0 deny }\n"))
        requests, swaps = (REQUESTS // 50, SWAPS // 50) if quick else (REQUESTS, SWAPS)
        said = fresh.run("swaps", str(paths["one"]), str(paths["two"]), str(requests), str(swaps))
        assert said["answered"] == requests, "a request was lost"
        assert said["mixed"] == 0, "a request was decided by a mixture"
        results["swaps"] = {"requests": requests, "swaps": swaps, **said}
    return results


def ratios(result: dict[str, Any]) -> dict[str, float]:
    """What is compared between runs: processor times over the yardstick, and peers over ours."""
    same = result["the same policy elsewhere"]
    stick, ours = same["python ifs"]["cpu"], same["Engine.decide"]["cpu"]
    found = {
        f"{rules}: {name}": result[rules][name]["cpu"] / stick
        for rules in ("100 rules", "1000 rules")
        for name in ("kernel call", "Engine.decide", "Engine.decide and to_json")
    }
    text = result["with 1 KB of text"]
    found["with 1 KB of text over scan alone"] = (
        text["Engine.decide"]["cpu"] / text["scan alone"]["cpu"]
    )
    found["batch, a request"] = result["batch"]["nanoseconds_per_request"] / 1e3 / stick
    found["reload, no patterns"] = result["reload"]["no patterns, signed"]["cpu"] * 1e3 / stick
    found["demand"] = result["demand"]["microseconds_to_find_out"]["cpu"] / stick
    for name in ("cedar", "cel"):
        if "cpu" in same.get(name, {}):
            found[f"{name} over Engine.decide"] = same[name]["cpu"] / ours
    return {name: round(value, 3) for name, value in found.items()}


def measured(*, quick: bool) -> dict[str, Any]:
    """Everything."""
    result: dict[str, Any] = {
        "machine": {
            "processor": platform.processor() or platform.machine(),
            "system": platform.platform(),
            "python": platform.python_version(),
        },
        "versions": {name: version(name) for name in ("epol", "numba", "llvmlite", "numpy")},
        "units": "microseconds, unless the name says otherwise",
        "the clock itself": clock_itself(),
    }
    parts = {
        "100 rules": lambda: single(100),
        "1000 rules": lambda: single(1000),
        "the same policy elsewhere": lambda: against_peers(100, quick=quick),
        "with 1 KB of text": with_text,
        "batch": batch,
        "reload": reloading,
        "demand": lambda: on_demand(bundle_of(DEMAND)),
    }
    for name, part in parts.items():
        result[name] = part()
        print(f"{name}: {json.dumps(result[name])}", flush=True)
    result |= in_new_processes(quick=quick)
    result["ratios"] = ratios(result)
    return result


def against_goals(result: dict[str, Any]) -> None:
    """What was aimed at, and whether this run is there; the machine decides, so none fails."""
    for name, path, goal in GOALS:
        value: Any = result
        for key in path:
            value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            print(f"{name:<38} not measured")
            continue
        there = value >= -goal if goal < 0 else value <= goal
        shown = f"{'at least' if goal < 0 else 'at most'} {abs(goal):,}"
        print(f"{name:<38} {value:>15,}  {shown:<24} {'yes' if there else 'NO'}")


def worse(result: dict[str, Any], baseline: dict[str, Any]) -> int:
    """1 if a ratio is a quarter worse than the baseline's, else 0."""
    status = 0
    for name, ratio in result["ratios"].items():
        before = baseline["ratios"].get(name)
        if before is None:
            print(f"{name}: not in the baseline")
            continue
        is_peer = name.endswith("over Engine.decide")
        if (before / ratio if is_peer else ratio / before) > ALLOWED:
            print(f"{name}: {ratio}, {before} in the baseline")
            status = 1
    return status


def main() -> int:
    """Measure, write the result, compare with the baseline."""
    parser = argparse.ArgumentParser(description="Measure deciding.")
    parser.add_argument("--quick", action="store_true", help="without peers and the long run")
    parser.add_argument("--write", action="store_true", help="make this the baseline")
    options = parser.parse_args()
    result = measured(quick=options.quick)
    text = json.dumps(result, indent=2) + "\n"
    RESULT.write_text(text, encoding="utf-8")
    against_goals(result)
    if options.write:
        BASELINE.write_text(text, encoding="utf-8")
        return 0
    return worse(result, json.loads(BASELINE.read_text(encoding="utf-8")))


if __name__ == "__main__":
    sys.exit(main())
