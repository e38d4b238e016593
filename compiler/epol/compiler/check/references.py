"""Typing names: which declaration a name in an expression means."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import cast

from epol.compiler.check import arithmetic
from epol.compiler.check.arithmetic import NOT_CONSTANT, TYPE_MISMATCH
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.builtins import (
    COST_INPUTS,
    TARGET_COST,
    TARGET_NAME,
    TARGET_PARTS_UNREAD,
    TARGET_SIGNALS,
)
from epol.lang.diagnostics import correction, define, did_you_mean
from epol.lang.literals import INT64_MAX, Kind
from epol.lang.model import (
    Const,
    Expr,
    Input,
    TargetCost,
    TargetField,
    TargetName,
    TargetSignal,
    Value,
)
from epol.lang.source import Span
from epol.lang.types import (
    STRING,
    NumericType,
    StringType,
    constant_type,
)

UNKNOWN_ATTRIBUTE = define(
    "unknown-attribute",
    "a name in an expression is not declared",
    "An expression reads attributes, signals, lets, params and parts of targets. Declare the "
    "name, or import the module that does (`std.edge` has the usual ones).",
    bad="rule r { when task.complexty > 0.5 deny }",
    good="rule r { when task.complexity > 0.5 deny }",
)
UNKNOWN_FIELD = define(
    "unknown-field",
    "a target has no such field or signal",
    "The standard fields that can be read are `at zone model context`; every target has `name`, "
    "`cost` and the signals `up queue rtt latency errors rate_left`. Any other field must be "
    "declared with `field NAME : TYPE`; `price`, `url` and `key` can be set, not read.",
    bad="rule r { when not target.bba deny }",
    good="rule r { when not target.baa deny }",
)


EFFECT_WORDS = frozenset(
    "deny only block hold redact mask generalize tokenize hash drop prefer avoid score cap tools "
    "tag because unless when".split()
)
"""Words that begin the next thing in a rule, where a condition was left out before them."""


class ReferenceTyping(ABC):
    """Types references in one scope."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    @abstractmethod
    def let(self, name: str) -> Expr | None:
        """The expression of a let."""

    def _reference(self, node: ast.Reference) -> Expr | None:
        first, _, rest = node.name.partition(".")
        if first == "target" and rest:
            return self._target_part(node, None, rest)
        entry = self.scope.lookup(node.name)
        if entry is None:
            if rest and isinstance(self.scope.valued.get(first, (None, None))[1], ast.Target):
                return self._target_part(node, first, rest)
            self._unknown_name(node)
            return None
        name = entry[1].name.text
        match entry[1]:
            case ast.InputDecl():
                info = self.scope.inputs.get(name)
                if info is None and not self.scope.inputs_ready:
                    message = f"a constant must stand here, and `{name}` depends on the request"
                    self.scope.report(NOT_CONSTANT, node.span, message)
                return None if info is None else Input(node.span, info.type, name)
            case ast.Let():
                return self.let(name)
            case ast.Param():
                known = self.scope.params.get(name)
                return None if known is None else constant(node.span, *known)
            case ast.Target():
                message = f"`{name}` is a target, not a value"
                cure = f"compare it: `target.name == {name}`, or read a part: `{name}.up`"
                self.scope.report(TYPE_MISMATCH, node.span, message, help=cure)
                return None

    def _unknown_name(self, node: ast.Reference) -> None:
        known = [*self.scope.valued, *(f"target.{part}" for part in self._target_parts())]
        message = f"`{node.name}` is not declared"
        if node.name in EFFECT_WORDS:
            cure = f"a condition is missing before `{node.name}`"
            self.scope.report(UNKNOWN_ATTRIBUTE, node.span, message, help=cure)
        else:
            self.scope.unknown(UNKNOWN_ATTRIBUTE, node, message, known)

    def _target_parts(self) -> list[str]:
        return [*self.scope.field_types, *TARGET_SIGNALS, TARGET_NAME, TARGET_COST]

    def _target_part(self, node: ast.Reference, target: str | None, part: str) -> Expr | None:
        """`target.PART`, or the part of one named target."""
        if part in TARGET_SIGNALS:
            type_ = TARGET_SIGNALS[part][0]
            if target is None:
                return TargetSignal(node.span, type_, part)
            return Input(node.span, type_, f"{target}.{part}")
        if part == TARGET_NAME:
            return (
                TargetName(node.span, STRING)
                if target is None
                else constant(node.span, STRING, target)
            )
        if part == TARGET_COST:
            return self._cost(node, target)
        known = self.scope.field_types.get(part)
        if known is None:
            message = f"targets have no `{part}`"
            cure = did_you_mean(part, self._target_parts())
            if part in TARGET_PARTS_UNREAD:
                message = f"`{part}` of a target cannot be read in an expression"
                cure = "what a request costs is `target.cost`" if part == "price" else None
            if not self.scope.is_broken(part):
                fix = correction(node.span, part, self._target_parts())
                self.scope.report(UNKNOWN_FIELD, node.span, message, help=cure, fix=fix)
            return None
        return self._field(node, target, part)

    def _field(self, node: ast.Reference, target: str | None, part: str) -> Expr:
        type_ = self.scope.field_types[part][0]
        infos = [self.scope.targets.get(target)] if target else list(self.scope.targets.values())
        values = [info.fields[part] for info in infos if info and part in info.fields]
        if isinstance(type_, NumericType) and values:
            numbers = cast(list[int], values)
            type_ = NumericType(type_.kind, min(numbers), max(numbers))
        if target is not None and values:
            return Const(node.span, type_, values[0])
        return TargetField(node.span, type_, part, target)

    def _cost(self, node: ast.Reference, target: str | None) -> Expr | None:
        inputs = [self.scope.inputs.get(name) for name in COST_INPUTS]
        if None in inputs:
            message = f"`{node.name}` needs {' and '.join(COST_INPUTS)}"
            self.scope.report(UNKNOWN_ATTRIBUTE, node.span, message, help="add `import std.edge`")
            return None
        bounds = [cast(NumericType, info.type) for info in inputs if info]
        infos = [self.scope.targets.get(target)] if target else list(self.scope.targets.values())
        low, high = INT64_MAX, 0
        for info in infos:
            if info and info.price_unit:
                prices = (info.price_in or 0, info.price_out or 0)
                ends = [
                    sum(p * end for p, end in zip(prices, values, strict=True))
                    for values in ([b.low for b in bounds], [b.high for b in bounds])
                ]
                arithmetic.fit(self.scope, node.span, Kind.MONEY, *ends)
                low = min(low, ends[0] // info.price_unit)
                high = max(high, ends[1] // info.price_unit)
        type_ = arithmetic.fit_quietly(Kind.MONEY, min(low, high), high)
        return TargetCost(node.span, type_, target)


def constant(span: Span, type_: object, value: Value) -> Const:
    """A constant; a number's type becomes the interval of its one value."""
    if isinstance(type_, NumericType):
        return Const(span, constant_type(type_.kind, cast(int, value)), value)
    return Const(span, cast(StringType, type_), value)
