"""Targets: their fields, prices and endpoints."""

from __future__ import annotations

from typing import cast

from epol.compiler.check.constants import read_constant, read_type
from epol.compiler.check.expressions import Expressions
from epol.compiler.check.once import check_once
from epol.compiler.check.references import UNKNOWN_FIELD
from epol.lang import ast
from epol.lang.builtins import TARGET_FIELDS
from epol.lang.diagnostics import Severity, correction, define, did_you_mean
from epol.lang.literals import Kind
from epol.lang.model import TargetInfo, Value
from epol.lang.types import PLAIN_TYPES, NumericType

TARGET_WITHOUT_PLACE = define(
    "target-without-place",
    "a target does not say where it is",
    "A target without `at` has an unknown place, and what is unknown fires every restriction "
    "that asks for it. Say `at local`, `at premises` or `at cloud`.",
    severity=Severity.WARNING,
    bad='target cloudy { zone "us-east" }',
    good='target cloudy { at cloud zone "us-east" }',
)


def check_fields(expressions: Expressions) -> None:
    """Fill `scope.field_types`: standard fields and declared ones with their defaults."""
    scope = expressions.scope
    for name, type_ in TARGET_FIELDS.items():
        scope.field_types[name] = (type_, None)
    for name, node in scope.fields.items():
        declared = read_type(expressions, node.type)
        if declared is None:
            continue
        default = None
        if node.default is not None:
            default = read_constant(expressions, node.default, declared)
        scope.field_types[name] = (declared, default)


def check_targets(expressions: Expressions) -> None:
    """Fill `scope.targets`, in declaration order."""
    scope = expressions.scope
    infos: dict[str, TargetInfo] = {}
    for _, node in scope.nodes(ast.Target):
        assert isinstance(node, ast.Target)
        if scope.valued.get(node.name.text, (None, None))[1] is node:
            infos[node.name.text] = _target(expressions, node)
    scope.targets.update(infos)


def _target(expressions: Expressions, node: ast.Target) -> TargetInfo:
    scope = expressions.scope
    defaults = {n: default for n, (_, default) in scope.field_types.items() if default is not None}
    fields: dict[str, Value] = dict(defaults)
    prices: tuple[int | None, int | None, int | None] = (None, None, None)
    endpoints: dict[str, tuple[str, bool]] = {}
    check_once(scope, ((_keyword(item), item) for item in node.fields))
    for item in node.fields:
        match item:
            case ast.Price():
                prices = _price(expressions, item)
            case ast.Endpoint():
                endpoints[item.keyword] = (item.value.value, item.from_environment)
            case ast.FieldValue():
                value = _field(expressions, item)
                if value is not None:
                    fields[item.name.text] = value
    if "at" not in map(_keyword, node.fields):
        message = f"`{node.name.text}` does not say where it is"
        cure = "add `at local`, `at premises` or `at cloud`"
        scope.report(TARGET_WITHOUT_PLACE, node.name.span, message, help=cure)
    return TargetInfo(node.name.text, fields, *prices, node.name.span, endpoints)


def _keyword(item: ast.TargetField) -> str:
    """What a field of a target is called."""
    match item:
        case ast.FieldValue(name=name):
            return name.text
        case ast.Price():
            return "price"
        case ast.Endpoint(keyword=keyword):
            return keyword


def _field(expressions: Expressions, item: ast.FieldValue) -> Value | None:
    scope = expressions.scope
    known = scope.field_types.get(item.name.text)
    if known is None:
        if not scope.is_broken(item.name.text):
            near = did_you_mean(item.name.text, scope.field_types)
            cure = near or f"declare it: `field {item.name.text} : TYPE`, or `import std.edge`"
            message = f"targets have no field `{item.name.text}`"
            fix = correction(item.name.span, item.name.text, scope.field_types)
            scope.report(UNKNOWN_FIELD, item.name.span, message, help=cure, fix=fix)
        return None
    return read_constant(expressions, item.value, known[0])


def _price(expressions: Expressions, item: ast.Price) -> tuple[int | None, int | None, int | None]:
    money = PLAIN_TYPES["money"]
    unit = NumericType(Kind.INT, 1, 2**63 - 1)
    values = [
        read_constant(expressions, node, type_)
        for node, type_ in ((item.per_input, money), (item.per_output, money), (item.unit, unit))
    ]
    if None in values:
        return None, None, None
    per_input, per_output, per = cast(list[int], values)
    return per_input, per_output, per
