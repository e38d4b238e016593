"""A rule without which everything would be decided the same."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known, OwnRule, Told, said, undecided
from epol.compiler.responsible import fewest_of_each
from epol.compiler.rule_questions import may_fire, places_of
from epol.compiler.smt.answers import Impossible, Possible, Undecided
from epol.lang.diagnostics import Diagnostic, Label, Severity, define
from epol.lang.model import Tag

RULE_CHANGES_NOTHING = define(
    "rule-changes-nothing",
    "a rule changes no decision",
    "Without the rule, status, order, and the permitted targets' holds, treatments, caps and tools "
    "are the same on every request. Tags and reasons do not count, nor does a score that changes "
    "no order; a rule that does nothing but tag is not looked at. The message names the fewest "
    "other rules that make it so.",
    severity=Severity.WARNING,
    bad="rule strict { when request.tokens > 10 deny }\nrule lax { when request.tokens > 20 deny }",
    good="rule strict { when request.tokens > 10 deny }\nrule lax { when request.stream deny }",
)


def rule_changes_nothing(known: Known) -> Iterator[Diagnostic]:
    """The policy's own rules that fire somewhere, and change nothing anywhere."""
    from epol.compiler.smt.removal import changes  # noqa: PLC0415 (z3 is slow to load)

    rules = [r for r in known.own_rules if not all(isinstance(e, Tag) for e in r.info.effects)]
    if not rules:
        return
    seen = known.space.mattering(rule.info for rule in rules)
    goals = {
        rule: known.space.terms.any(changes(f, rule.info) for _, f in places_of(known, rule.info))
        for rule in rules
        if rule.name not in seen
    }
    answers, fires = known.space.settle(goals), may_fire(known)
    idle = [rule for rule, answer in answers.items() if isinstance(answer, Impossible)]
    alive = known.space.settle({rule: fires[rule] for rule in idle})
    acting = [rule for rule in idle if isinstance(alive[rule], Possible)]
    responsible = dict(fewest_of_each(known, acting))
    for rule, answer in answers.items():
        if rule in responsible:
            yield said(RULE_CHANGES_NOTHING, _told(known, rule, responsible[rule]))
        elif isinstance(answer, Undecided):
            yield undecided(RULE_CHANGES_NOTHING, rule.span, answer.reason)


def _told(known: Known, rule: OwnRule, others: frozenset[str] | None) -> Told:
    message = f"`{rule.name}` changes no decision"
    if others is None:
        return Told(rule.span, message)
    spans = {name: known.rule_span(name) for name in sorted(others)}
    labels = tuple(Label(s, "makes it so") for s in spans.values() if s is not None)
    because = " and ".join(f"`{name}`" for name in spans)
    message += f" beside {because}" if spans else ", even if there were no other rule"
    return Told(rule.span, message, labels, "drop it, or correct its condition or its effect")
