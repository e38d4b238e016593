"""What a rule changes: where the decision is another one without it, as `same as` compares.

Each effect has its own form, exact and small, in place of two whole decisions compared.  That the
rule fires comes first, even where the rest implies it: most requests are told apart by that.
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from itertools import combinations

from epol.compiler.smt.difference import details_differ, unlike
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.lane import Firing, Lane
from epol.compiler.smt.leaves import TREATMENTS
from epol.compiler.smt.terms import Bool
from epol.lang.model import Block, Cap, Deny, Hold, Only, Prefer, RuleInfo, Tools, Treat


def changes_beside(formula: Formula, rule: RuleInfo, others: Set[str]) -> Bool:
    """As `changes`, where these are the only other rules.

    Of what only removes targets it is seen in the lanes as they are, unless treatments, which are
    others then, have to do with it.
    """
    lanes, names = formula.lanes.values(), {rule.name, *others}
    firings = (firing for lane in lanes for name in names for firing in lane.firings_of(name))
    removes = all(isinstance(effect, Deny | Block | Only) for effect in rule.effects)
    if not removes or any(TREATMENTS in firing.reads for firing in firings):
        return changes(formula.keeping(frozenset(names)), rule)
    return formula.terms.any(_removes_beside(lane, rule.name, others) for lane in lanes)


def _removes_beside(lane: Lane, rule: str, others: Set[str]) -> Bool:
    """Whether a rule removes the target, and none of the others does."""
    terms = lane.encoder.terms
    also = terms.any(lane.refuses(other) for other in sorted(others))
    return terms.both(lane.refuses(rule), terms.negation(also))


def changes(formula: Formula, rule: RuleInfo) -> Bool:
    """Whether something is decided otherwise without a rule of the formula's flow."""
    return formula.terms.any(_changes(formula, formula.without({rule.name}), rule))


def _changes(formula: Formula, without: Formula, rule: RuleInfo) -> Iterator[Bool]:
    terms, treats = formula.terms, any(isinstance(e, Treat) for e in rule.effects)
    for name, lane in formula.lanes.items():
        other = without.lanes[name]
        firings = lane.firings_of(rule.name)
        if treats:
            fires = terms.any(firing.fires for firing in firings)
            yield terms.both(fires, unlike(terms, lane.permitted, other.permitted))
        for firing in firings:
            yield from _effect(formula, lane, other, firing)
    if any(isinstance(effect, Prefer) for effect in rule.effects):
        yield from _swaps(formula, without, rule)


def _effect(formula: Formula, lane: Lane, other: Lane, firing: Firing) -> Iterator[Bool]:
    """Where one effect fires, and what is left without the rule is something else."""
    terms, fires = formula.terms, firing.fires
    match firing.effect:
        case Deny() | Block() | Only():
            yield terms.both(fires, other.permitted)
        case Hold():
            yield terms.both(fires, lane.permitted, terms.negation(other.hold))
        case Cap() as cap:
            as_low = lane.capped_without(firing.rule.name, cap)
            yield terms.both(fires, lane.permitted, terms.negation(as_low))
        case Tools() as tools:
            yield terms.both(fires, lane.permitted, _offers_more(other, tools))
        case Treat() as treat:
            treated = _treatments(formula, lane, other, treat)
            yield terms.both(fires, lane.permitted, terms.any(treated))
        case _:
            pass


def _offers_more(other: Lane, tools: Tools) -> Bool:
    """Whether the rules that are left let a tool pass which is not on a list."""
    terms = other.encoder.terms
    more = [offered for tool, offered in other.tools.items() if tool not in tools.allowed]
    return terms.either(terms.negation(other.restricted), *more)


def _treatments(formula: Formula, lane: Lane, other: Lane, effect: Treat) -> Iterator[Bool]:
    """Where a label is found that the rules that are left treat otherwise.

    Labels that are treated alike are asked about together.
    """
    terms, defaults = formula.terms, formula.policy.labels
    for labels, group in formula.groups.split(effect.labels):
        alike: dict[object, list[str]] = {}
        for label in sorted(labels):
            alike.setdefault(defaults[label].generalize, []).append(label)
        rivals = [e for _, e in group.asked if e.treatment == effect.treatment]
        for own in alike.values():
            found = lane.encoder.found(frozenset(own), None).may
            weaker = terms.negation(other.treatments.at_least(own[0], effect.treatment))
            yield terms.both(weaker, found)
            if len(rivals) > 1:
                details = terms.any(details_differ(terms, lane, other, own[0]))
                yield terms.both(details, found)


def _swaps(formula: Formula, without: Formula, rule: RuleInfo) -> Iterator[Bool]:
    """Whether two permitted targets change places; what adds the same to both moves neither."""
    terms, lanes = formula.terms, formula.lanes
    firings = {name: lane.firings_of(rule.name) for name, lane in lanes.items()}
    added = {name: [firing.points for firing in own] for name, own in firings.items()}
    for one, other in combinations(lanes, 2):
        if added[one] != added[other]:
            fires = terms.any(firing.fires for firing in (*firings[one], *firings[other]))
            now, then = formula.before(one, other), without.before(one, other)
            both = lanes[one].permitted, lanes[other].permitted
            yield terms.both(fires, *both, unlike(terms, now, then))
