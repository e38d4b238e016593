"""A comparison of two policies as JSON; docs/diff.md describes it."""

from __future__ import annotations

from epol.compiler.diff.compare import Comparison
from epol.compiler.diff.judge import Pair, Side
from epol.compiler.diff.kinds import Kind
from epol.compiler.diff.log import Tally
from epol.compiler.diff.search import Verdict
from epol.compiler.diff.words import dearer, shown_by, tests
from epol.lang.decision import to_json
from epol.lang.model import Policy


def json(comparison: Comparison, tally: Tally | None) -> dict[str, object]:
    """One object."""
    witnesses = comparison.witnesses
    numbers = {id(pair): number for number, pair in enumerate(witnesses, start=1)}
    return {
        "version": 1,
        "old": _policy(comparison.old),
        "new": _policy(comparison.new),
        "equivalent": comparison.equivalent,
        "alike": comparison.alike,
        "declared": [
            {"what": d.what, "name": d.name, "change": d.change, "compared": d.covered}
            for d in comparison.declared
        ],
        "differences": [_verdict(verdict, numbers) for verdict in comparison.verdicts],
        "witnesses": [_witness(comparison, pair, numbers[id(pair)]) for pair in witnesses],
        "requests": None if tally is None else _tally(tally),
    }


def _policy(policy: Policy) -> dict[str, object]:
    return {"name": policy.name, "version": policy.version, "digest": policy.digest}


def _verdict(verdict: Verdict, numbers: dict[int, int]) -> dict[str, object]:
    return {
        "kind": str(verdict.kind),
        "flow": verdict.flow,
        "outcome": verdict.outcome,
        "reason": verdict.undecided,
        "subjects": [subject.parts() for subject in verdict.subjects],
        "treated_alike": [subject.parts() for subject in verdict.alike],
        "witnesses": [numbers[id(pair)] for pair in verdict.witnesses],
    }


def _witness(comparison: Comparison, pair: Pair, number: int) -> dict[str, object]:
    shown = shown_by(comparison, pair)
    old, new = tests(pair, f"witness {number}: {', '.join(shown)}")
    costs = dearer(pair) if Kind.DEARER in shown else None
    return {
        "number": number,
        "flow": pair.flow,
        "shows": {str(kind): [each.parts() for each in shown[kind]] for kind in shown},
        "cost": None if costs is None else dict(zip(("old", "new", "more"), costs, strict=True)),
        "old": _side(pair.old, old),
        "new": _side(pair.new, new),
    }


def _side(side: Side, test: str) -> dict[str, object]:
    return {"test": test, "decision": to_json(side.decision, side.policy)}


def _tally(tally: Tally) -> dict[str, object]:
    return {
        "decided": tally.decided,
        "alike": tally.alike,
        "bad": tally.bad,
        "errors": [{"line": line, "error": error} for line, error in tally.errors],
        "kinds": {
            str(kind): {"requests": count.requests, "first_line": count.first}
            for kind, count in tally.counts.items()
        },
    }
