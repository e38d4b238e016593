"""Which unknown things mattered, as conditions: the trace of `unknown` in a decision.

An unknown part is blamed where what contains it is, and where that decided whether an
effect fired (`epol.lang.semantics.Lane.unknowns`).
"""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.lower.expressions import Expressions
from epol.engine.bundle.program import Blamed
from epol.lang.builtins import COST_INPUTS
from epol.lang.model import (
    Count,
    Effect,
    Expr,
    Found,
    If,
    Input,
    Only,
    Prefer,
    RuleInfo,
    Sends,
    TargetCost,
    TargetField,
    TargetInfo,
    TargetSignal,
)
from epol.lang.semantics import parts

Root = tuple[Expr, int]
"""An expression, and where its being unknown decided something."""


class Blame:
    """Collects, for each thing that can be unknown, where it is to be named."""

    def __init__(self, expressions: Expressions) -> None:
        self._expressions = expressions
        self._circuit = expressions.circuit
        self._reached: dict[int, list[int]] = {}
        self._named: dict[Blamed, list[int]] = {}

    def outputs(self, roots: list[Root]) -> tuple[Blamed, ...]:
        """What may be blamed, with the literal that says where."""
        for expr, where in roots:
            self._reach(expr, where)
        for expr in reversed(_inner_first([expr for expr, _ in roots])):
            where = self._circuit.either(self._reached.get(id(expr), ()))
            if where != self._circuit.false:
                self._spread(expr, where)
        outputs = (
            Blamed(self._circuit.either(where), key.name, key.per_target, key.group)
            for key, where in self._named.items()
        )
        return tuple(output for output in outputs if output.literal != self._circuit.false)

    def _reach(self, expr: Expr, where: int) -> None:
        """Blame an expression where it is unknown."""
        literal = self._circuit.both((where, self._expressions.is_unknown(expr)))
        if literal != self._circuit.false:
            self._reached.setdefault(id(expr), []).append(literal)

    def _name(
        self, where: int, name: str | None, *, per_target: bool = False, group: int | None = None
    ) -> None:
        self._named.setdefault(Blamed(0, name, per_target, group), []).append(where)

    def _spread(self, expr: Expr, where: int) -> None:
        """From an unknown expression to those of its parts that made it so."""
        match expr:
            case Input(name=name):
                self._name(where, name)
            case TargetField(field=name, target=None):
                self._name(where, name, per_target=True)
            case TargetField(field=name, target=str(target)):
                self._name(where, f"{target}.{name}")
            case TargetSignal(signal=name):
                self._name(where, name, per_target=True)
            case TargetCost(target=target):
                self._cost(target, where)
            case Found(labels=labels) | Sends(labels=labels) | Count(labels=labels):
                self._name(where, None, group=self._expressions.tables.group(labels, None))
            case If(condition=condition, then=then, otherwise=otherwise):
                chosen = self._expressions.condition(condition)
                self._reach(condition, where)
                self._reach(then, self._circuit.both((where, self._circuit.surely(chosen))))
                self._reach(
                    otherwise, self._circuit.both((where, self._circuit.surely(chosen ^ 1)))
                )
            case _:
                for part in parts(expr):
                    self._reach(part, where)

    def _cost(self, target: str | None, where: int) -> None:
        expressions = self._expressions
        policy = expressions.tables.policy

        def priceless(lane: TargetInfo) -> bool:
            return (lane if target is None else policy.target(target)).price_unit is None

        unpriced = self._circuit.fixed(priceless(lane) for lane in expressions.targets)
        name = "price" if target is None else f"{target}.price"
        self._name(self._circuit.both((where, unpriced)), name, per_target=target is None)
        for name in COST_INPUTS:
            tables = expressions.tables
            number = self._circuit.feature(tables.of_input(name), sure=tables.is_sure(name))
            self._name(self._circuit.both((where, self._circuit.known(number) ^ 1)), name)


def roots_of(expressions: Expressions, rule: RuleInfo, *, scored: bool) -> Iterator[Root]:
    """The expressions of a rule whose being unknown can decide whether an effect fires."""
    for effect in rule.effects:
        yield from _roots(expressions, rule, effect, scored)


def _roots(
    expressions: Expressions, rule: RuleInfo, effect: Effect, scored: bool
) -> Iterator[Root]:
    circuit = expressions.circuit
    condition = expressions.condition(rule.condition)
    match effect:
        case Only(condition=inner):
            holds = expressions.condition(inner)
            yield inner, circuit.maybe(condition)
            yield rule.condition, circuit.surely(holds) ^ 1
        case Prefer(amount=amount):
            if scored:
                yield rule.condition, circuit.true
                yield amount, circuit.surely(condition)
        case _:
            yield rule.condition, circuit.true


def _inner_first(roots: list[Expr]) -> list[Expr]:
    """Every expression inside some, each once, the parts of one before it."""
    ordered: list[Expr] = []
    seen: set[int] = set()
    pending = [(expr, False) for expr in reversed(roots)]
    while pending:
        expr, is_done = pending.pop()
        if is_done:
            ordered.append(expr)
        elif id(expr) not in seen:
            seen.add(id(expr))
            pending.append((expr, True))
            pending += [(part, False) for part in parts(expr)]
    return ordered
