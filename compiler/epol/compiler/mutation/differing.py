"""How a decision differs from that of a mutant, as a test or a case that says so."""

from __future__ import annotations

import json
from collections.abc import Iterator

from epol.compiler.cases import shown
from epol.compiler.generation.expecting import (
    cap_lines,
    fired_lines,
    order_line,
    tag_lines,
    treatment_lines,
)
from epol.compiler.witness import as_json, status_line
from epol.lang.claims import visible_in
from epol.lang.decision import Decision, TargetDecision
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide


def is_different(one: Decision, other: Decision) -> bool:
    """Whether two decisions on a request differ: as `same as` says, or in tags."""
    return visible_in(one) != visible_in(other) or _tags(one) != _tags(other)


def _tags(decision: Decision) -> dict[str, tuple[str, ...]]:
    """The tags of permitted targets; where nothing is permitted, of all."""
    names = decision.order or tuple(decision.targets)
    return {name: decision.targets[name].tags for name in names}


def expected(policy: Policy, decision: Decision, mutant: Decision, rule: str) -> list[str]:
    """What a test expects of a decision that is not so under a mutant of a rule."""
    lines = [status_line(decision)]
    if decision.target == mutant.target and decision.order != mutant.order:
        lines.append(order_line(decision))
    fires = [_fires(each, rule) for each in (decision, mutant)]
    if fires[0] != fires[1]:
        lines += fired_lines(*(([rule], []) if fires[0] else ([], [rule])))
    for name in decision.order:
        labels = _treated_otherwise(decision.targets[name], mutant.targets[name])
        lines += treatment_lines(policy, decision, labels, [name])
    lines += [line for line in _on_chosen(decision) if line not in [*_on_chosen(mutant)]]
    return lines


def _on_chosen(decision: Decision) -> Iterator[str]:
    """The tags and caps that a test sees."""
    targets = decision.targets.values()
    yield from tag_lines(decision, sorted({tag for target in targets for tag in target.tags}))
    yield from cap_lines(decision, sorted({name for target in targets for name in target.caps}))


def _fires(decision: Decision, rule: str) -> bool:
    return any(rule in target.fired for target in decision.targets.values())


def _treated_otherwise(one: TargetDecision, other: TargetDecision) -> Iterator[str]:
    for label in sorted(one.treatments.keys() | other.treatments.keys()):
        mine, its = (target.treatments.get(label) for target in (one, other))
        if mine is None or its is None or mine.treatment != its.treatment:
            yield label


_VISIBLE = ("treatments", "details", "caps", "tools", "tags", "hold")


def as_case(policy: Policy, request: Request, mutant: Policy, name: str) -> str:
    """An entry of `cases.yaml` that a mutant fails, where no `expect` of a test can say it."""
    one, other = (shown(decide(each, request), each)["targets"] for each in (policy, mutant))
    targets = {
        name: {key: one[name][key] for key in _VISIBLE if one[name][key] != other[name][key]}
        for name in decide(policy, request).order or one
    }
    expect = {"targets": {target: what for target, what in targets.items() if what}}
    entry = {"name": name, "request": as_json(policy, request), "expect": expect}
    # JSON is YAML too.
    return f"- {json.dumps(entry, ensure_ascii=False, default=float)}"
