"""Expressions of the typed policy as nodes of the circuit."""

from __future__ import annotations

from collections.abc import Callable

from epol.compiler.ir import Circuit
from epol.compiler.lower.tables import Tables
from epol.lang.builtins import COST_INPUTS, Treatment
from epol.lang.glob import matches, parse_glob
from epol.lang.model import (
    Add,
    And,
    Compare,
    Const,
    Count,
    Divide,
    Expr,
    Extreme,
    Found,
    Has,
    If,
    In,
    Input,
    Like,
    Multiply,
    Not,
    Or,
    Sends,
    TargetCost,
    TargetField,
    TargetInfo,
    TargetName,
    TargetSignal,
    Value,
)
from epol.lang.types import EnumType, NumericType, SetType, StringType

Weak = Callable[[str, Treatment], int]
"""The condition under which a label is treated less than some treatment."""


class Expressions:
    """Lowers conditions and numbers, each once, into one circuit."""

    def __init__(self, tables: Tables, circuit: Circuit) -> None:
        self.tables = tables
        self.circuit = circuit
        self.treated_as: dict[str, tuple[int, ...]] = {}
        self.is_weaker: Callable[[str, Treatment], int] | None = None
        # By identity, with the expression itself so that it lives as long.
        self._conditions: dict[int, tuple[Expr, int]] = {}
        self._numbers: dict[int, tuple[Expr, int]] = {}

    @property
    def targets(self) -> tuple[TargetInfo, ...]:
        """The lanes."""
        return self.tables.policy.targets

    # --- conditions ------------------------------------------------------------------

    def condition(self, expr: Expr) -> int:
        """The literal of a bool expression."""
        if id(expr) not in self._conditions:
            self._conditions[id(expr)] = expr, self._condition(expr)
        return self._conditions[id(expr)][1]

    def _condition(self, expr: Expr) -> int:
        circuit = self.circuit
        match expr:
            case And(items=items):
                return circuit.both(self.condition(item) for item in items)
            case Or(items=items):
                return circuit.either(self.condition(item) for item in items)
            case Not(item=item):
                return self.condition(item) ^ 1
            case Compare(op=op, left=left, right=right):
                return self._compare(op, left, right)
            case In(item=item, members=members):
                return self._is_in(item, members)
            case Has(container=container, member=member):
                return self._has(container, member)
            case Like(item=item, glob=glob):
                return self._like(item, glob)
            case Found(labels=labels, roles=roles):
                return self._found(labels, roles)
            case Sends():
                return self._sends(expr)
            case If(condition=condition, then=then, otherwise=otherwise):
                parts = (self.condition(part) for part in (condition, then, otherwise))
                return circuit.choose_condition(*parts)
            case TargetField() | Const():
                return circuit.fixed(self._each(expr))
            case _:
                return circuit.equal(self.number(expr), circuit.value(1))

    def _each(self, expr: TargetField | Const) -> list[bool | None]:
        """What a bool constant is on each target."""
        values = [self._constant(expr, target) for target in self.targets]
        assert all(value is None or isinstance(value, bool) for value in values)
        return [None if value is None else bool(value) for value in values]

    def _constant(self, expr: TargetField | TargetName | Const, lane: TargetInfo) -> Value | None:
        match expr:
            case Const(value=value):
                return value
            case TargetName():
                return lane.name
            case TargetField(field=name, target=target):
                return self._target(target, lane).fields.get(name)

    def _target(self, name: str | None, lane: TargetInfo) -> TargetInfo:
        return lane if name is None else self.tables.policy.target(name)

    def _compare(self, op: str, left: Expr, right: Expr) -> int:
        circuit = self.circuit
        match op:
            case "==":
                return self._agree(left, right)
            case "!=":
                return self._agree(left, right) ^ 1
            case "<":
                return circuit.less(self.number(left), self.number(right))
            case ">=":
                return circuit.less(self.number(left), self.number(right)) ^ 1
            case ">":
                return circuit.less(self.number(right), self.number(left))
            case _:
                return circuit.less(self.number(right), self.number(left)) ^ 1

    def _agree(self, left: Expr, right: Expr) -> int:
        """`==` of any type; unknown if a side is."""
        match left.type:
            case SetType(members):
                return self.circuit.both(
                    self.circuit.same(self._has(left, member), self._has(right, member))
                    for member in members
                )
            case NumericType() | EnumType() | StringType():
                return self.circuit.equal(self.number(left), self.number(right))
            case _:
                return self.circuit.same(self.condition(left), self.condition(right))

    def _is_in(self, item: Expr, members: tuple[Expr, ...]) -> int:
        if not members:
            return self.circuit.both((self.is_unknown(item), self.circuit.unknown))
        constants = [member for member in members if isinstance(member, Const)]
        by_place = isinstance(item.type, EnumType | StringType)
        if by_place and len(constants) == len(members):
            places = (self.tables.code(member.type, member.value) for member in constants)
            return self.circuit.member(self.number(item), places)
        return self.circuit.either(self._agree(item, member) for member in members)

    def _has(self, container: Expr, member: str) -> int:
        match container:
            case Input(name=name):
                reading = self.tables.has_member(name, member)
                number = self.circuit.feature(reading, sure=self.tables.is_sure(name))
                return self.circuit.equal(number, self.circuit.value(1))
            case If(condition=condition, then=then, otherwise=otherwise):
                inner = self._has(then, member), self._has(otherwise, member)
                return self.circuit.choose_condition(self.condition(condition), *inner)
            case TargetField() | Const():
                sets = (self._constant(container, target) for target in self.targets)
                return self.circuit.fixed(
                    member in value if isinstance(value, frozenset) else None for value in sets
                )
            case _:
                raise AssertionError("not a set")

    def _like(self, item: Expr, glob: str) -> int:
        match item:
            case Input(name=name):
                reading = self.tables.like_glob(name, glob)
                number = self.circuit.feature(reading, sure=self.tables.is_sure(name))
                return self.circuit.equal(number, self.circuit.value(1))
            case If(condition=condition, then=then, otherwise=otherwise):
                inner = self._like(then, glob), self._like(otherwise, glob)
                return self.circuit.choose_condition(self.condition(condition), *inner)
            case TargetField() | TargetName() | Const():
                texts = (self._constant(item, target) for target in self.targets)
                parsed = parse_glob(glob)
                return self.circuit.fixed(
                    matches(parsed, text) if isinstance(text, str) else None for text in texts
                )
            case _:
                raise AssertionError("not a string")

    def _found(self, labels: frozenset[str], roles: frozenset[str] | None) -> int:
        circuit = self.circuit
        return circuit.either(
            (self._is_found(labels, roles), circuit.both((self._unread(labels), circuit.unknown)))
        )

    def _is_found(self, labels: frozenset[str], roles: frozenset[str] | None) -> int:
        number = self.circuit.feature(self.tables.found(labels, roles), sure=True)
        return self.circuit.equal(number, self.circuit.value(1))

    def _unread(self, labels: frozenset[str]) -> int:
        number = self.circuit.feature(self.tables.unread(labels), sure=True)
        return self.circuit.equal(number, self.circuit.value(1))

    def _sends(self, expr: Sends) -> int:
        """Some label is found and treated less; unknown where one is, for it can't be treated.

        Labels that the same rules treat are asked about together.
        """
        assert self.is_weaker is not None, "treatments come first"
        alike: dict[tuple[int, ...], list[str]] = {}
        for label in sorted(expr.labels):
            alike.setdefault(self.treated_as.get(label, ()), []).append(label)
        sent = [
            self.circuit.both(
                (
                    self._is_found(frozenset(labels), expr.roles),
                    self.is_weaker(labels[0], expr.below),
                )
            )
            for labels in alike.values()
        ]
        unread = self.circuit.both((self._unread(expr.labels), self.circuit.unknown))
        return self.circuit.either([*sent, unread])

    # --- numbers ---------------------------------------------------------------------

    def number(self, expr: Expr) -> int:
        """The number of an expression that is no condition and no set."""
        if id(expr) not in self._numbers:
            self._numbers[id(expr)] = expr, self._number(expr)
        return self._numbers[id(expr)][1]

    def _number(self, expr: Expr) -> int:
        circuit, tables = self.circuit, self.tables
        match expr:
            case Const(value=value):
                return circuit.value(tables.code(expr.type, value))
            case TargetField() | TargetName():
                values = (self._constant(expr, target) for target in self.targets)
                codes = (None if v is None else tables.code(expr.type, v) for v in values)
                return circuit.per_target(tuple(codes))
            case Input(name=name):
                return circuit.feature(tables.of_input(name), sure=tables.is_sure(name))
            case TargetSignal(signal=signal):
                names = [f"{target.name}.{signal}" for target in self.targets]
                readings = [tables.of_input(name) for name in names]
                return circuit.gather(readings, [tables.is_sure(name) for name in names])
            case TargetCost(target=target):
                return self._cost([self._target(target, lane) for lane in self.targets])
            case Count(labels=labels, roles=roles):
                return circuit.feature(tables.counted(labels, roles), sure=False)
            case Add(terms=terms):
                return circuit.sum(0, [(sign, self.number(term)) for sign, term in terms])
            case Multiply(item=item, factor=factor, divisor=divisor):
                fraction = self.number(factor), circuit.value(divisor)
                return circuit.scale(self.number(item), *fraction)
            case Divide(item=item, multiplier=multiplier, divisor=by):
                fraction = circuit.value(multiplier), self.number(by)
                return circuit.scale(self.number(item), *fraction)
            case Extreme(function=function, items=items):
                return circuit.extreme(function, [self.number(item) for item in items])
            case If(condition=condition, then=then, otherwise=otherwise):
                branches = self.number(then), self.number(otherwise)
                return circuit.choose(self.condition(condition), *branches)
            case _:
                raise AssertionError("not a number")

    def _cost(self, targets: list[TargetInfo]) -> int:
        """(tokens · price in + max output tokens · price out) / unit, rounded down."""
        circuit, tables = self.circuit, self.tables
        one = circuit.value(1)
        parts: list[tuple[int, int]] = []
        for name, prices in zip(
            COST_INPUTS, ([t.price_in for t in targets], [t.price_out for t in targets]),
            strict=True,
        ):  # fmt: skip
            tokens = circuit.feature(tables.of_input(name), sure=tables.is_sure(name))
            parts.append((1, circuit.scale(tokens, circuit.per_target(tuple(prices)), one)))
        units = circuit.per_target(tuple(target.price_unit for target in targets))
        return circuit.scale(circuit.sum(0, parts), one, units)

    # --- unknowns --------------------------------------------------------------------

    def is_unknown(self, expr: Expr) -> int:
        """Where an expression of any type is unknown."""
        circuit = self.circuit
        match expr.type:
            case NumericType() | EnumType() | StringType():
                return circuit.known(self.number(expr)) ^ 1
            case SetType(members):
                return self._is_set_unknown(expr, members)
            case _:
                return circuit.is_unknown(self.condition(expr))

    def _is_set_unknown(self, expr: Expr, members: tuple[str, ...]) -> int:
        """All members of a set are unknown together."""
        return self.circuit.is_unknown(self._has(expr, members[0]))
