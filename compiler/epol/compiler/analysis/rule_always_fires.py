"""A rule whose condition is true on every request."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known, OwnRule, Told
from epol.compiler.rule_questions import places_of
from epol.lang import ast
from epol.lang.diagnostics import Diagnostic, Severity, define

RULE_ALWAYS_FIRES = define(
    "rule-always-fires",
    "a rule has a condition that is always true",
    "The condition is true on every request in range of the declared types, for every target, so "
    "that the rule would do the same without it. It may not mean what it was written for.",
    severity=Severity.WARNING,
    bad="rule r { when request.tokens >= 0 prefer 1 }",
    good="rule r { when request.tokens >= 10 prefer 1 }",
)


def rule_always_fires(known: Known) -> Iterator[Diagnostic]:
    """The policy's own rules with a condition that holds everywhere."""
    terms = known.space.terms if known.own_rules else None
    goals = {
        rule: terms.any(
            terms.negation(lane.encoder.truth(known.space.rule(rule.name).condition).must)
            for _, formula in places_of(known, rule.info)
            for lane in formula.lanes.values()
        )
        for rule in known.own_rules
        if terms is not None and _has_condition(rule)
    }
    yield from known.impossible(RULE_ALWAYS_FIRES, goals, _told)


def _has_condition(rule: OwnRule) -> bool:
    return any(isinstance(item, ast.When) for item in rule.tree.items)


def _told(rule: OwnRule) -> Told:
    message = f"`{rule.name}` applies to every request: its condition is always true"
    return Told(rule.span, message, help="drop the condition, or correct it")
