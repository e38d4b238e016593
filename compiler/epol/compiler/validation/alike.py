"""Labels that neither side tells apart, of which one stands for all.

Policy and program speak of labels by sets alone: what a condition asks about, what a rule
treats.  Exchange two labels that are in the same sets on both sides, in the request and in
the decision, and both decide as before.  So a request that shows a difference in what is
said of one becomes, by that exchange, one that shows it of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from epol.engine.bundle.program import Program
from epol.lang.builtins import FLOWS
from epol.lang.model import Count, Expr, Found, Only, Policy, Prefer, RuleInfo, Sends, Treat
from epol.lang.semantics import walk


def representatives(program: Program, policy: Policy) -> frozenset[str]:
    """One label of each kind that policy and program tell apart.

    A label whose name something else may have too, where unknown things are named, stands
    for itself.
    """
    kinds: dict[str, list[int]] = {label: [] for label in policy.labels}
    for place, labels in enumerate(_sets(program, policy)):
        for label in labels:
            kinds[label].append(place)
    found: dict[tuple[object, ...], str] = {}
    targets = {target.name for target in policy.targets}
    for label, places in kinds.items():
        is_shared = label in policy.inputs or label.split(".")[0] in targets
        own = label if is_shared else None
        found.setdefault((own, policy.labels[label].generalize, *places), label)
    return frozenset(found.values())


def _sets(program: Program, policy: Policy) -> Iterator[Iterable[str]]:
    """Every set of labels that one side speaks of."""
    yield from {labels for rule in policy.rules for labels in _of_rule(rule)}
    numbered = [group.labels for group in program.groups]
    for flow in FLOWS:
        numbered += [each.labels for each in getattr(program, flow).outputs.classes]
    yield from ([program.labels[place] for place in places] for places in numbered)


def _of_rule(rule: RuleInfo) -> Iterator[frozenset[str]]:
    yield from _of_expression(rule.condition)
    for effect in rule.effects:
        match effect:
            case Treat(labels=labels):
                yield labels
            case Only(condition=inner) | Prefer(amount=inner):
                yield from _of_expression(inner)
            case _:
                pass


def _of_expression(expr: Expr) -> Iterator[frozenset[str]]:
    for part in walk(expr):
        match part:
            case Found(labels=labels) | Count(labels=labels) | Sends(labels=labels):
                yield labels
            case _:
                pass
