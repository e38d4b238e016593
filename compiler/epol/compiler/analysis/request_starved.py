"""Several rules that together leave a request no target."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from epol.compiler.analysing import Case, Known, Told, undecided
from epol.compiler.decided import refusals
from epol.compiler.places import REQUEST
from epol.compiler.smt.answers import Impossible, Undecided
from epol.lang.diagnostics import Diagnostic, Label, Severity, define
from epol.lang.request import Request

if TYPE_CHECKING:
    from epol.compiler.smt.terms import Bool

REQUEST_STARVED = define(
    "request-starved",
    "several rules together leave a request no target",
    "Every target is up and everything is known, and yet no target is permitted: each rule leaves "
    "some target, and so do those of standard modules together, but all of them leave none. Nobody "
    "wrote that such requests are blocked. Relax one of the rules, give a target what it lacks, or "
    "allow it with a waiver that says why.",
    severity=Severity.WARNING,
    bad="target cloudy { at cloud context 8k }\n"
    "rule r { when request.stream and target.at == cloud deny }\n"
    "rule s { when request.max_output_tokens > 2k and target.at == local deny }",
    good="target cloudy { at cloud context 8k accepts_opaque true }\n"
    "rule r { when request.stream and target.at == cloud deny }\n"
    "rule s { when not request.stream and target.at == local deny }",
)
MOST = 4
"""How many sets of rules are shown of one policy; there can be very many."""


def request_starved(known: Known) -> Iterator[Diagnostic]:
    """Sets of rules that starve some request, the fewest rules in each."""

    if not known.policy.targets:
        return
    goals, titles = _starved(known), ("no target is left",)
    requests = (known.space.certain.symbols,)
    for _ in range(MOST):
        goal = known.space.terms.all(goals)
        case = Case(known.head, REQUEST, goal, partial(_told, known), titles, requests)
        answer = known.space.settle({0: goal})[0]
        if isinstance(answer, Impossible):
            return
        if isinstance(answer, Undecided):
            yield undecided(REQUEST_STARVED, known.head, answer.reason)
            return
        witness = known.witness(case, answer)
        yield known.replayed(REQUEST_STARVED, case, witness)
        goals.append(_not_all(known, _fewest(known, *witness)))


def _starved(known: Known) -> list[Bool]:
    """Every target is up and none is permitted, though no rule refuses all of them.

    Nor do the rules of standard modules together: what targets cannot do is no news.
    """
    formula, terms = known.space.certain, known.space.terms
    up = (formula.symbols.is_value(f"{t.name}.up", value=True) for t in known.policy.targets)
    lanes = formula.lanes.values()
    alone = (terms.all(lane.refuses(rule.name) for lane in lanes) for rule in formula.rules)
    own = {rule.name for rule in known.own_rules}
    standard = [rule for rule in formula.rules if rule.name not in own]
    left = (terms.negation(terms.any(lane.refuses(r.name) for r in standard)) for lane in lanes)
    alone_not = (terms.negation(each) for each in alone)
    return [terms.negation(formula.served), *up, *alone_not, terms.any(left)]


def _not_all(known: Known, rules: frozenset[str]) -> Bool:
    """That these rules together do not refuse every target."""
    formula, terms = known.space.certain, known.space.terms
    own = [rule for rule in formula.rules if rule.name in rules]
    refused = (
        terms.any(lane.refuses(rule.name) for rule in own) for lane in formula.lanes.values()
    )
    return terms.negation(terms.all(refused))


def _fewest(known: Known, request: Request) -> frozenset[str]:
    """Rules that together refuse every target; none of them can be left out."""
    by_target = [frozenset(rules) for rules in refusals(known.policy, request).values()]
    kept = frozenset[str]().union(*by_target)
    for rule in sorted(kept):
        fewer = kept - {rule}
        if all(fewer & rules for rules in by_target):
            kept = fewer
    return kept


def _told(known: Known, request: Request) -> Told | None:
    shut = list(refusals(known.policy, request).values())
    if not all(shut) or any(all(name in rules for rules in shut) for name in shut[0]):
        return None
    rules = sorted(_fewest(known, request))
    spans = [(name, known.rule_span(name)) for name in rules]
    labels = tuple(Label(span, "refuses some targets") for _, span in spans if span is not None)
    names = " and ".join(f"`{name}`" for name in rules)
    message = f"{names} together leave a request no target, and none of them alone does"
    cure = "relax one of them, or give a target what it lacks"
    at = next((span for _, span in reversed(spans) if span is not None), known.head)
    return Told(at, message, tuple(each for each in labels if each.span != at), cure)
