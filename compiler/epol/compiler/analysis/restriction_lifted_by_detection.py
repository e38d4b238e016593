"""A restriction that finding more takes away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from epol.compiler.analysing import Case, Known, OwnRule, Told
from epol.compiler.decided import refusing
from epol.compiler.rule_questions import places_of
from epol.compiler.smt.leaves import COUNTS, TREATMENTS
from epol.lang.diagnostics import Diagnostic, Severity, define
from epol.lang.model import Block, Deny, Only
from epol.lang.request import Request
from epol.lang.semantics import Lane

if TYPE_CHECKING:
    from epol.compiler.smt.symbols import Symbols
    from epol.compiler.smt.terms import Bool

RESTRICTION_LIFTED_BY_DETECTION = define(
    "restriction-lifted-by-detection",
    "finding more in a request can permit more",
    "The rule refuses a target, and no longer does when more spans of some label are found, so "
    "that the target is permitted then. Detectors find less than there is, and whoever sends a "
    "request can add text: no restriction should rest on something not being found.",
    severity=Severity.WARNING,
    bad="label pii.name\nrule r { when not found pii deny }",
    good="label pii.name\nrule r { when found pii deny }",
)


def restriction_lifted_by_detection(known: Known) -> Iterator[Diagnostic]:
    """The policy's own restrictions that are lifted by finding more."""
    rules = [rule for rule in known.own_rules if _restricts(rule)]
    if rules:
        yield from known.first_shown(RESTRICTION_LIFTED_BY_DETECTION, dict(_cases(known, rules)))


def _restricts(rule: OwnRule) -> bool:
    return any(isinstance(effect, Deny | Block | Only) for effect in rule.info.effects)


def _cases(known: Known, rules: list[OwnRule]) -> Iterator[tuple[tuple[str, object], Case]]:
    space, changed = known.space, frozenset([COUNTS, TREATMENTS])
    more = space.request(apart=frozenset(known.policy.labels))
    second = {place: space.formula(place).on(more, changed) for place in space.places}
    for rule in rules:
        for place, formula in places_of(known, rule.info):
            for name, lane in formula.lanes.items():
                refuses, then = lane.refuses(rule.name), second[place].lanes[name]
                if then.refuses(rule.name) is refuses:
                    continue  # it does not depend on what is found
                goal = space.terms.both(refuses, then.permitted, *_more(space.symbols, more))
                tell = partial(_told, known, rule, name)
                titles = (f"{rule.name} refuses {name}", f"finding more permits {name}")
                requests = space.symbols, more
                case = Case(rule.span, place, goal, tell, titles, requests)
                yield (rule.name, (place, name)), case


def _more(first: Symbols, second: Symbols) -> Iterator[Bool]:
    """That the second request has as many spans of each label, or more."""
    for name in list({**first.labels, **second.labels}):
        pairs = zip(first.label(name).counts, second.label(name).counts, strict=True)
        yield from (first.terms.at_most(one, other) for one, other in pairs)


def _told(known: Known, rule: OwnRule, target: str, first: Request, second: Request) -> Told | None:
    info = known.policy.target(target)
    before, after = Lane(known.policy, first, info), Lane(known.policy, second, info)
    if rule.name not in refusing(before) or refusing(after):
        return None
    more = sorted(n for n in second.labels if second.labels[n] != first.labels.get(n, {}))
    found = ", ".join(f"`{name}`" for name in more)
    message = f"`{rule.name}` refuses `{target}`, and lets it pass when more of {found} is found"
    return Told(
        rule.span, message, help="let the restriction depend on what is found, never on what is not"
    )
