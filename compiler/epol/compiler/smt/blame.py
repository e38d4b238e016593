"""Which unknown names decided something on a target, as terms.

Mirrors `unknowns` and `blame` of `epol.lang.semantics`: for each name, whether it is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from epol.compiler.smt.lane import Lane
from epol.compiler.smt.terms import Bool
from epol.lang.builtins import COST_INPUTS
from epol.lang.model import (
    Count,
    Effect,
    Expr,
    Found,
    If,
    Input,
    Only,
    Policy,
    Prefer,
    RuleInfo,
    Sends,
    TargetCost,
    TargetField,
    TargetInfo,
    TargetSignal,
)
from epol.lang.semantics import parts

Named = Iterator[tuple[str, Bool]]


def unknowns(lane: Lane, policy: Policy, labels: frozenset[str] | None = None) -> dict[str, Bool]:
    """By name of an input, field, price or label: whether it is to blame on this target.

    Of labels, only `labels` are asked about (None: all).
    """
    return _Blame(lane, policy, labels).unknowns()


class _Blame:
    def __init__(self, lane: Lane, policy: Policy, labels: frozenset[str] | None) -> None:
        self._lane, self._policy, self._labels = lane, policy, labels
        self._encoder, self._terms = lane.encoder, lane.encoder.terms
        self._known: dict[int, Mapping[str, Bool]] = {}

    def unknowns(self) -> dict[str, Bool]:
        return self._merged(self._all())

    def _merged(self, named: Named) -> dict[str, Bool]:
        """Each name with whether one of its conditions holds, where one can."""
        found: dict[str, list[Bool]] = {}
        for name, when in named:
            if when is not self._terms.false:
                found.setdefault(name, []).append(when)
        return {name: self._terms.any(conditions) for name, conditions in found.items()}

    def _all(self) -> Named:
        for rule in self._lane.rules:
            for effect in rule.effects:
                for expr, when in self._unknown_parts(rule, effect):
                    for name, blamed in self._blame(expr).items():
                        yield name, self._terms.both(when, blamed)
        for label in self._asked(self._policy.treating):
            unknown = self._terms.negation(self._encoder.symbols.label(label).known)
            yield label, self._terms.both(unknown, self._lane.shown(label))

    def _asked(self, labels: Iterable[str]) -> Iterator[str]:
        return (label for label in labels if self._labels is None or label in self._labels)

    def _unknown_parts(self, rule: RuleInfo, effect: Effect) -> Iterator[tuple[Expr, Bool]]:
        """The expressions whose being unknown decided whether an effect fired, and when."""
        terms, condition = self._terms, self._encoder.truth(rule.condition)
        unknown = terms.both(condition.may, terms.negation(condition.must))
        if isinstance(effect, Prefer):
            if self._lane.flow == "request":
                yield rule.condition, unknown
                yield effect.amount, condition.must
        elif isinstance(effect, Only):
            yield effect.condition, condition.may
            allows = self._encoder.truth(effect.condition).must
            yield rule.condition, terms.both(unknown, terms.negation(allows))
        else:
            yield rule.condition, unknown

    def _blame(self, expr: Expr) -> Mapping[str, Bool]:
        """The names because of which an expression is unknown, and when."""
        if id(expr) not in self._known:
            unknown = self._encoder.is_unknown(expr)
            if unknown is self._terms.false:
                self._known[id(expr)] = {}
            else:
                named = ((n, self._terms.both(unknown, w)) for n, w in self._parts(expr))
                self._known[id(expr)] = self._merged(named)
        return self._known[id(expr)]

    def _parts(self, expr: Expr) -> Named:
        """The names in an expression that is unknown."""
        true = self._terms.true
        match expr:
            case Input(name=name):
                yield name, true
            case TargetField(field=name, target=target):
                yield f"{self._encoder.owner(target).name}.{name}", true
            case TargetSignal(signal=name):
                yield f"{self._lane.target.name}.{name}", true
            case TargetCost(target=target):
                yield from self._of_cost(self._encoder.owner(target))
            case Found(labels=labels) | Sends(labels=labels) | Count(labels=labels):
                for label in self._asked(sorted(labels)):
                    known = self._encoder.symbols.label(label).known
                    yield label, self._terms.negation(known)
            case If():
                yield from self._of_if(expr)
            case _:
                for part in parts(expr):
                    yield from self._blame(part).items()

    def _of_cost(self, target: TargetInfo) -> Named:
        if target.price_unit is None:
            yield f"{target.name}.price", self._terms.true
        for name in COST_INPUTS:
            yield name, self._terms.negation(self._encoder.symbols.input(name).known)

    def _of_if(self, expr: If) -> Named:
        """The parts that were reached: the condition, or the branch that it chose."""
        terms, test = self._terms, self._encoder.truth(expr.condition)
        reached = (
            (expr.condition, self._encoder.kleene.is_unknown(test)),
            (expr.then, test.must),
            (expr.otherwise, terms.negation(test.may)),
        )
        for part, when in reached:
            for name, blamed in self._blame(part).items():
                yield name, terms.both(when, blamed)
