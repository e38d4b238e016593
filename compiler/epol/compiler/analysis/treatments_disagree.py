"""Two rules that ask different treatments for one label at once."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import combinations

from epol.compiler.analysing import Case, Known, OwnRule, Told
from epol.compiler.exceptions import is_exception
from epol.compiler.rule_questions import places_of
from epol.lang.builtins import Treatment
from epol.lang.diagnostics import Diagnostic, Label, Severity, define
from epol.lang.model import Treat
from epol.lang.request import Request
from epol.lang.semantics import Lane

TREATMENTS_DISAGREE = define(
    "treatments-disagree",
    "two rules ask different treatments for one label",
    "On one request, for one target, both rules apply, and the label gets the stronger of the two "
    "treatments. If that is meant, write the weaker one `except` the label, so that each label has "
    "one rule; or make the conditions exclude each other.",
    severity=Severity.WARNING,
    bad="label pii.name\nrule one { redact pii }\nrule two { tokenize pii.name }",
    good="label pii.name\nlabel pii.email\nrule one { redact pii except pii.name }\n"
    "rule two { tokenize pii.name }",
)

_Pair = tuple[OwnRule, OwnRule]


def treatments_disagree(known: Known) -> Iterator[Diagnostic]:
    """Pairs of the policy's own rules that can disagree."""
    yield from known.first_shown(TREATMENTS_DISAGREE, dict(_cases(known)))


def _cases(known: Known) -> Iterator[tuple[tuple[frozenset[str], object], Case]]:
    treating = [
        rule for rule in known.own_rules if any(isinstance(e, Treat) for e in rule.info.effects)
    ]
    asked = {rule: _asks(rule) for rule in treating}
    for pair in combinations(treating, 2):
        if len(asked[pair[0]] | asked[pair[1]]) < 2:
            continue  # most pairs of many rules
        labels = _disputed(known, pair)
        if labels:
            yield from _of_pair(known, pair, labels)


def _asks(rule: OwnRule) -> frozenset[Treatment]:
    """The treatments that a rule asks for."""
    return frozenset(e.treatment for e in rule.info.effects if isinstance(e, Treat))


def _of_pair(
    known: Known, pair: _Pair, labels: frozenset[str]
) -> Iterator[tuple[tuple[frozenset[str], object], Case]]:
    one, other = pair
    for place, formula in places_of(known, one.info):
        if place.flow not in other.info.flows:
            continue
        for name, lane in formula.lanes.items():
            both = (lane.encoder.truth(known.space.rule(rule.name).condition).may for rule in pair)
            goal = formula.terms.both(*both, lane.encoder.found(labels, None).may)
            tell = partial(_told, known, pair, labels, name)
            titles = (f"{one.name} and {other.name} disagree on {name}",)
            case = Case(other.span, place, goal, tell, titles)
            yield (frozenset([one.name, other.name]), (place, name)), case


def _disputed(known: Known, pair: _Pair) -> frozenset[str]:
    """Labels for which the two rules ask different treatments, and no `except` says why."""
    one, other = pair
    return frozenset[str]().union(
        *(
            mine.labels & its.labels
            for mine in one.info.effects
            for its in other.info.effects
            if isinstance(mine, Treat) and isinstance(its, Treat)
            if mine.treatment != its.treatment and not mine.labels.isdisjoint(its.labels)
            if not is_exception(known.policy, (one, mine), (other, its))
        )
    )


def _told(
    known: Known, pair: _Pair, labels: frozenset[str], target: str, request: Request
) -> Told | None:
    lane = Lane(known.policy, request, known.policy.target(target))
    found = sorted(label for label in labels if lane.found_one(label) is not False)
    if not found or any(lane.truth(rule.info.condition) is False for rule in pair):
        return None
    one, other = pair
    asked = [_asked(rule, found[0]) for rule in pair]
    message = (
        f"`{other.name}` asks to {asked[1]} `{found[0]}`, and `{one.name}` to {asked[0]} it, "
        f"at once on `{target}`"
    )
    labels_ = (Label(one.span, f"asks to {asked[0]}"),)
    cure = f"write the weaker one `except {found[0]}`, or make the conditions exclude each other"
    return Told(other.span, message, labels_, cure)


def _asked(rule: OwnRule, label: str) -> str:
    asked = (e.treatment for e in rule.info.effects if isinstance(e, Treat) and label in e.labels)
    return max(asked).name.lower()
