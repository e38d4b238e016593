"""Two targets that can tie on top."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

from epol.compiler.analysing import Case, Known, Told
from epol.compiler.decided import decided
from epol.compiler.places import REQUEST
from epol.lang.decision import Decision
from epol.lang.diagnostics import Diagnostic, Label, Severity, define
from epol.lang.request import Request

CHOICE_RESTS_ON_ORDER = define(
    "choice-rests-on-order",
    "the order of declaration decides between two targets",
    "On some request two permitted targets have the same score, and none has more: the one that is "
    "declared first is chosen. If that is not meant, prefer one of them.",
    severity=Severity.NOTE,
    bad="target cloudy { at cloud context 8k }",
    good="target cloudy { at cloud context 8k }\nrule home { when target.at == local prefer 1 }",
)


def choice_rests_on_order(known: Known) -> Iterator[Diagnostic]:
    """One pair of targets that can tie on top, if there is one."""
    formula, terms = known.space.formula(), known.space.terms
    ties = (
        terms.both(
            formula.chosen[one],
            formula.lanes[other].permitted,
            terms.equal(formula.lanes[one].score, formula.lanes[other].score),
        )
        for one, other in combinations(formula.lanes, 2)
    )
    tell = partial(_told, known)
    case = Case(known.head, REQUEST, terms.any(ties), tell, ("two targets have the same score",))
    for _, diagnostic in known.shown(CHOICE_RESTS_ON_ORDER, {0: case}):
        yield diagnostic


def _told(known: Known, request: Request) -> Told | None:
    decision = decided(known.policy, request)
    best = [n for n in decision.order if _score(decision, n) == _score(decision, decision.order[0])]
    if len(best) < 2:
        return None
    one, other = (known.policy.target(name) for name in best[:2])
    message = f"`{other.name}` can tie with `{one.name}`, which comes first only by declaration"
    return Told(other.span, message, (Label(one.span, "declared first"),), "prefer one of them")


def _score(decision: Decision, name: str) -> int:
    return decision.targets[name].score
