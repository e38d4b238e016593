"""How long `epolc check` takes by the number of rules, and which analysis takes it.

    python bench/proofs.py              200 rules, each analysis; then the growth to 2,000
    python bench/proofs.py --quick      200 rules alone
    python bench/proofs.py --plot F     the growth as an SVG as well
    python bench/proofs.py --edits      200 rules checked again after each of some edits
    python bench/proofs.py --cold       `epolc check` of 200 rules with the whole library, with an
                                        empty cache and again, in seconds of the clock

The policy is `realistic.policy`: 8 targets, tenants, roles, labels, scores, caps and holds, with
faults as a team makes them (a score that is the same for every target changes nothing).  Each
size is measured in a process of its own, in processor time, after modules and databases were
read once: what remains is what a second `epolc check` of an edited file takes.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from math import log10
from pathlib import Path
from statistics import median

from everything import whole_library
from realistic import policy

from epol.compiler.analysing import Known
from epol.compiler.analysis import Finding, findings
from epol.compiler.pipeline import compile_policy
from epol.compiler.rechecking import Checker
from epol.engine.bundle.pausing import uncollected

SIZES = (50, 100, 200, 500, 1000, 2000)
TARGETS = 8


def measured(rules: int) -> dict[str, float]:
    """Seconds of processor time: reading, then each analysis; the sum as `all`.  No claims."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_text(policy(10, TARGETS), encoding="utf-8")
        _analysed(Known(compile_policy(path)), findings().values())  # warm
        path.write_text(policy(rules, TARGETS), encoding="utf-8")
        with uncollected(then_collect=True):
            start = time.process_time()
            known = Known(compile_policy(path))
            took = {"reading": time.process_time() - start}
            for name, finding in findings().items():
                start = time.process_time()
                _analysed(known, [finding])
                took[name] = time.process_time() - start
    return {**took, "all": sum(took.values())}


def _analysed(known: Known, chosen: Iterable[Finding]) -> None:
    for finding in chosen:
        list(finding(known))


CLAIMS = """
prove unlabelled { never sends phi.mrn below redact and target.at == cloud and ward.crowding > 50% }
prove at_home { never chooses target.at == cloud when data.class == restricted }
prove calm { raising ward.crowding never chooses target.at == cloud }
"""
"""Two are refuted and one is proved."""

EDITS: dict[str, Callable[[str], str]] = {
    "a number": lambda text: text.replace("request.tokens > 6k", "request.tokens > 7k", 1),
    "an amount": lambda text: text.replace("prefer 11", "prefer 14", 1),
    "a treatment": lambda text: text.replace("tokenize phi.name", "mask phi.name", 1),
    "a string": lambda text: text.replace('== "team-18"', '== "team-x"', 1),
    "a glob": lambda text: text.replace('like "team-2*"', 'like "team-1*"', 1),
    "a label": lambda text: text.replace("redact phi.mrn", "redact phi.name", 1),
    "a condition less": lambda text: text.replace(" and data.class == restricted", "", 1),
    "a rule more": lambda text: text + _MORE.format('caller.tenant == "team-9" and '),
    "a rule that idles 29": lambda text: text + _MORE.format(""),
    "a rule less": lambda text: re.sub(r"rule r24 .*\n", "", text),
    "an attribute more": lambda text: text.replace("attr ", "attr more.so : bool\nattr ", 1),
    "a label more": lambda text: text.replace("label ", "label deal.size\nlabel ", 1),
    "a target's field": lambda text: text.replace("context 24k", "context 25k", 1),
    "roles told apart": lambda text: text.replace("found phi.mrn", "found phi.mrn from user", 1),
    "a module more": lambda text: text.replace("import ", "import std.pii\nimport ", 1),
}
"""Each is made to the policy as it was."""

_MORE = "rule more {{ when {}request.tokens > 5k deny }}\n"


ROUNDS = 5


def edited(
    rules: int, edit: Callable[[str], str], claims: str = ""
) -> tuple[list[float], list[float]]:
    """Seconds of processor time that checking again takes after an edit, and checking anew.

    Both without what the engine says of witnesses, which `--watch` asks after it has printed.
    """
    again, anew = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder:
        path, text = Path(folder) / "policy.epol", policy(rules, TARGETS) + claims
        path.write_text(edit(text), encoding="utf-8")
        Checker(path).examine()  # modules and pattern databases are read
        for _ in range(ROUNDS):
            anew.append(_timed(Checker(path).examine))
            checker = Checker(path)
            path.write_text(text, encoding="utf-8")
            checker.examine()
            path.write_text(edit(text), encoding="utf-8")
            again.append(_timed(checker.examine))
    return again, anew


def _least(seconds: list[float]) -> str:
    return f"{1000 * median(seconds):4.0f} ms (least {1000 * min(seconds):4.0f})"


def _timed(run: Callable[[], object]) -> float:
    """As `epolc check --watch` runs it: garbage is collected between checks."""
    with uncollected(then_collect=True):
        start = time.process_time()
        run()
        return time.process_time() - start


def cold() -> tuple[float, float]:
    """Seconds that `epolc check` takes with an empty cache, and then with a full one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        imports = "".join(f"import std.{name}\n" for name in whole_library())
        text = policy(200, TARGETS)
        path.write_text(text.replace("import ", f"{imports}import ", 1), encoding="utf-8")
        environment = {**os.environ, "EPOL_CACHE": str(Path(folder) / "cache")}
        command = [str(Path(sys.executable).with_name("epolc")), "check", str(path)]
        took = list[float]()
        for _ in range(2):
            start = time.perf_counter()
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=True)
            took.append(time.perf_counter() - start)
    return took[0], took[1]


def apart(rules: int) -> dict[str, float]:
    """The same, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, __file__, "--of", str(rules)], capture_output=True, text=True, check=True
    )
    lines = (line.split() for line in ran.stdout.splitlines())
    return {name: float(seconds) for name, seconds in lines}


def plotted(times: dict[int, float]) -> str:
    """Seconds over rules as an SVG, both axes logarithmic."""

    def place(rules: int, seconds: float) -> tuple[float, float]:
        return 60 + 200 * (log10(rules) - 1), 260 - 70 * (log10(max(seconds, 0.01)) + 2)

    points = [place(rules, seconds) for rules, seconds in times.items()]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    marks = [
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"/>'
        f'<text x="{x + 6:.1f}" y="{y - 6:.1f}">{rules}: {times[rules]:.2f} s</text>'
        for (x, y), rules in zip(points, times, strict=True)
    ]
    return "\n".join(
        [
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 280" font-size="11">',
            "<title>Seconds of epolc check by rules, 8 targets</title>",
            f'<polyline points="{line}" fill="none" stroke="currentColor"/>',
            *marks,
            "</svg>",
            "",
        ]
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--plot", type=Path)
    parser.add_argument("--edits", action="store_true")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--of", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.of is not None:
        for name, seconds in measured(options.of).items():
            print(name, f"{seconds:.4f}")
        return
    if options.cold:
        print("with an empty cache {:.1f} s, then {:.1f} s".format(*cold()))
        return
    if options.edits:
        for name, edit in EDITS.items():
            again, anew = edited(200, edit)
            claimed, _ = edited(200, edit, CLAIMS)
            print(
                f"{name:20s} again {_least(again)}, with three claims {_least(claimed)}, "
                f"anew {_least(anew)}"
            )
        return
    for name, seconds in sorted(apart(200).items(), key=lambda each: -each[1]):
        if seconds >= 0.001:
            print(f"{name:34s} {1000 * seconds:8.1f} ms")
    if not options.quick:
        times = {rules: apart(rules)["all"] for rules in SIZES}
        for rules, seconds in times.items():
            print(f"{rules:5d} rules x {TARGETS} targets {seconds:8.2f} s")
        if options.plot is not None:
            options.plot.write_text(plotted(times), encoding="utf-8")


if __name__ == "__main__":
    main()
