"""Two preferences that always apply together and sum to zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from epol.compiler.analysing import Known, OwnRule, Told, said, undecided
from epol.compiler.smt.answers import Impossible, Undecided
from epol.lang.diagnostics import Diagnostic, Label, Severity, define
from epol.lang.model import Prefer

if TYPE_CHECKING:
    from epol.compiler.smt.lane import Lane
    from epol.compiler.smt.terms import Bool, Int

PREFERENCES_CANCEL = define(
    "preferences-cancel",
    "two rules cancel each other out",
    "Both rules always add to the score of a target on the same requests, and what they add sums "
    "to zero. Neither has any effect there.",
    severity=Severity.WARNING,
    bad="rule r { when request.tokens > 10 prefer 5 }\nrule s { when request.tokens > 10 avoid 5 }",
    good="rule r { when request.tokens > 10 prefer 5 }\n"
    "rule s { when request.tokens > 20 avoid 5 }",
)

_Key = tuple[OwnRule, OwnRule, str]


def preferences_cancel(known: Known) -> Iterator[Diagnostic]:
    """Pairs of the policy's own rules that cancel each other out on some target."""

    rules = [r for r in known.own_rules if "request" in r.info.flows and _prefers(r)]
    if len(rules) < 2:
        return
    lanes = known.space.formula().lanes
    goals = {key: _unlike(lanes[key[2]], *key[:2]) for key in _suspects(known, rules)}
    told: set[frozenset[str]] = set()
    for (one, other, target), answer in known.space.settle(goals).items():
        pair = frozenset([one.name, other.name])
        if isinstance(answer, Undecided):
            yield undecided(PREFERENCES_CANCEL, other.span, answer.reason)
        elif isinstance(answer, Impossible) and pair not in told:
            told.add(pair)
            yield said(PREFERENCES_CANCEL, _told(one, other, target))


def _suspects(known: Known, rules: list[OwnRule]) -> Iterator[_Key]:
    """Pairs that both add something somewhere, and cancel out on every request looked at."""
    lanes = known.space.formula().lanes
    adds = {(rule, name): _adds(lane, rule) for name, lane in lanes.items() for rule in rules}
    answers = known.space.settle(adds)
    samples = known.space.samples(answers.values())
    for name, lane in lanes.items():
        by_points: dict[tuple[int, tuple[int, ...]], list[OwnRule]] = {}
        for rule in rules:
            if not isinstance(answers[rule, name], Impossible):
                sign, size = _signed(samples.number(_points(lane, rule)))
                yield from ((one, rule, name) for one in by_points.get((-sign, size), ()))
                by_points.setdefault((sign, size), []).append(rule)


def _signed(points: Sequence[int]) -> tuple[int, tuple[int, ...]]:
    """Amounts as a sign and amounts, so that those that cancel out have the other sign."""
    first = next((each for each in points if each), 0)
    return (-1, tuple(-each for each in points)) if first < 0 else (int(first > 0), tuple(points))


def _prefers(rule: OwnRule) -> bool:
    return any(isinstance(effect, Prefer) for effect in rule.info.effects)


def _points(lane: Lane, rule: OwnRule) -> Int:
    mine = (f.points for f in lane.firings_of(rule.name) if f.points is not None)
    return lane.encoder.terms.total(mine)


def _adding(lane: Lane, rule: OwnRule) -> Bool:
    """Whether one of the rule's preferences fires."""
    mine = (f.fires for f in lane.firings_of(rule.name) if f.points is not None)
    return lane.encoder.terms.any(mine)


def _unlike(lane: Lane, one: OwnRule, other: OwnRule) -> Bool:
    """Whether only one of two rules adds something, or both do and the sum is not zero."""
    terms = lane.encoder.terms
    total = terms.total([_points(lane, one), _points(lane, other)])
    together = terms.same(_adding(lane, one), _adding(lane, other))
    return terms.negation(terms.both(together, terms.equal(total, terms.number(0))))


def _adds(lane: Lane, rule: OwnRule) -> Bool:
    """Whether a rule adds something to a score, or takes something from it."""
    terms = lane.encoder.terms
    return terms.negation(terms.equal(_points(lane, rule), terms.number(0)))


def _told(one: OwnRule, other: OwnRule, target: str) -> Told:
    message = f"`{one.name}` and `{other.name}` always cancel each other out on `{target}`"
    labels = (Label(one.span, "the other one"),)
    return Told(other.span, message, labels, "drop both, or change one amount or condition")
