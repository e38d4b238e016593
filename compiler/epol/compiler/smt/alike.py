"""A policy with one label for all that it never tells apart.

A policy may know a thousand labels and name only their roots.  Labels that the same sets hold, that
are generalized alike, that no model detects and that nobody counts can only be found or not: one
of them stands for all, and what can be of the one can be of the others.  The policy with only these
decides what can be of the whole, in a fraction of the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from epol.compiler.operands import with_part
from epol.compiler.smt.strings import nodes
from epol.lang.model import (
    ClaimInfo,
    Count,
    Effect,
    Expr,
    Found,
    Only,
    Policy,
    Prefer,
    RuleInfo,
    Sends,
    Treat,
)
from epol.lang.semantics import parts


@dataclass
class Alike:
    """For each label of some policies the one that stands for it."""

    stands_for: Mapping[str, str]
    # By identity, with the expression itself so that it lives as long; what policies share stays
    # shared.
    _exprs: dict[int, tuple[Expr, Expr]] = field(default_factory=dict[int, "tuple[Expr, Expr]"])
    _rules: dict[int, tuple[RuleInfo, RuleInfo]] = field(
        default_factory=dict[int, "tuple[RuleInfo, RuleInfo]"]
    )

    @cached_property
    def kept(self) -> frozenset[str]:
        """The labels that stand for themselves."""
        return frozenset(self.stands_for.values())

    def policy(self, policy: Policy) -> Policy:
        """The policy of these labels alone."""
        return replace(
            policy,
            labels={name: info for name, info in policy.labels.items() if name in self.kept},
            rules=tuple(self.rule(rule) for rule in policy.rules),
            claims=tuple(self._claim(claim) for claim in policy.claims),
        )

    def expr(self, expr: Expr) -> Expr:
        """An expression of these labels alone."""
        known = self._exprs.get(id(expr))
        if known is None:
            known = self._exprs[id(expr)] = expr, self._made(expr)
        return known[1]

    def _made(self, expr: Expr) -> Expr:
        if isinstance(expr, Found | Count | Sends):
            labels = expr.labels & self.kept
            return expr if labels == expr.labels else replace(expr, labels=labels)
        made: Expr = expr
        for index, part in enumerate(parts(expr)):
            changed = self.expr(part)
            if changed is not part:
                made = with_part(made, index, changed)
        return made

    def rule(self, rule: RuleInfo) -> RuleInfo:
        """A rule of these labels alone."""
        known = self._rules.get(id(rule))
        if known is None:
            effects = tuple(self._effect(effect) for effect in rule.effects)
            made = replace(rule, condition=self.expr(rule.condition), effects=effects)
            known = self._rules[id(rule)] = rule, made
        return known[1]

    def _effect(self, effect: Effect) -> Effect:
        match effect:
            case Treat(labels=labels):
                return replace(effect, labels=labels & self.kept)
            case Only(condition=condition):
                return Only(self.expr(condition))
            case Prefer(sign=sign, amount=amount):
                return Prefer(sign, self.expr(amount))
            case _:
                return effect

    def _claim(self, claim: ClaimInfo) -> ClaimInfo:
        pair = (each and self.expr(each) for each in (claim.expression, claim.condition))
        expression, condition = pair
        return replace(claim, expression=expression, condition=condition)


def alike(policy: Policy, more: Iterable[RuleInfo] = ()) -> Alike:
    """The labels that stand for all, so that neither a policy nor more rules tell them apart.

    A label that some detector finds is the first choice.
    """
    whole = replace(policy, rules=(*policy.rules, *more))
    sets, apart = list(dict.fromkeys(_sets(whole))), _apart(whole)
    found = {detector.label for detector in policy.detectors}
    first: dict[object, str] = {}
    stands_for: dict[str, str] = {}
    for name in sorted(policy.labels, key=lambda name: name not in found):
        held = tuple(index for index, each in enumerate(sets) if name in each)
        key = name if name in apart else (held, policy.labels[name].generalize)
        stands_for[name] = first.setdefault(key, name)
    return Alike(stands_for)


def _sets(policy: Policy) -> Iterator[frozenset[str]]:
    """The sets of labels that a policy asks about or treats."""
    for _, node in nodes([policy]):
        if isinstance(node, Found | Count | Sends):
            yield node.labels
    for rule in policy.rules:
        yield from (e.labels for e in rule.effects if isinstance(e, Treat))


def _apart(policy: Policy) -> frozenset[str]:
    """Labels that may be more than found or not: those of models, and those that are counted."""
    found = {detector.label for detector in policy.detectors if detector.model is not None}
    for _, node in nodes([policy]):
        if isinstance(node, Count):
            found |= node.labels
    return frozenset(found)
