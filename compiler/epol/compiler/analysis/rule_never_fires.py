"""A rule whose condition is false on every request."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known, OwnRule, Told
from epol.compiler.rule_questions import may_fire
from epol.lang.diagnostics import Diagnostic, Severity, define

RULE_NEVER_FIRES = define(
    "rule-never-fires",
    "a rule never applies",
    "On no request in range of the declared types is the condition of the rule true or unknown, "
    "for no target. It does nothing. Correct the condition, or drop the rule.",
    severity=Severity.WARNING,
    bad="rule r { when request.tokens > 5 and request.tokens < 5 deny }",
    good="rule r { when request.tokens > 5 and request.tokens < 50 deny }",
)


def rule_never_fires(known: Known) -> Iterator[Diagnostic]:
    """The policy's own rules that never apply."""
    yield from known.impossible(RULE_NEVER_FIRES, may_fire(known), _told)


def _told(rule: OwnRule) -> Told:
    cure = "correct the condition, or drop the rule"
    return Told(rule.span, f"`{rule.name}` never applies: its condition is always false", help=cure)
