"""Which constants and globs a policy compares each string input with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache

from epol.compiler.same import Same
from epol.lang.glob import Glob, parse_glob
from epol.lang.model import (
    Compare,
    Const,
    Expr,
    If,
    In,
    Input,
    Like,
    Only,
    Policy,
    Prefer,
    RuleInfo,
    TargetField,
    TargetInfo,
    TargetName,
    Value,
)
from epol.lang.semantics import parts
from epol.lang.types import StringType

StringConstant = Const | TargetField | TargetName
"""What has one string, or none, on each target."""


def literal(text: str) -> Glob:
    """The glob that matches one string alone."""
    return tuple(text)


def constant_string(policy: Policy, expr: StringConstant, target: TargetInfo | None) -> str | None:
    """The string of a constant on a target; None is unknown.

    `target` may be None where the constant does not speak of the one being decided.
    """
    found = expr.value if isinstance(expr, Const) else _of_target(policy, expr, target)
    assert found is None or isinstance(found, str)
    return found


def _of_target(
    policy: Policy, expr: TargetField | TargetName, target: TargetInfo | None
) -> Value | None:
    if isinstance(expr, TargetField) and expr.target is not None:
        target = policy.target(expr.target)
    assert target is not None
    return target.name if isinstance(expr, TargetName) else target.fields.get(expr.field)


def compared_strings(policies: Iterable[Policy]) -> dict[str, tuple[Glob, ...]]:
    """For each string input, all that the policies compare it with, in order."""
    found: dict[str, dict[Glob, None]] = {}
    for policy, node in nodes(policies):
        for name, glob in compared(policy, node):
            found.setdefault(name, {})[glob] = None
    return {name: tuple(globs) for name, globs in found.items()}


def nodes(policies: Iterable[Policy]) -> Iterator[tuple[Policy, Expr]]:
    """Every expression in the rules and claims of policies with all its parts, each once."""
    for policy in policies:
        for node in _nodes(Same(policy)):
            yield policy, node


@lru_cache(maxsize=4)
def _nodes(same: Same[Policy]) -> tuple[Expr, ...]:
    """Those of one policy: many ask for them, one after the other."""
    return tuple(with_parts(_expressions(same.item)))


def with_parts(expressions: Iterable[Expr]) -> Iterable[Expr]:
    """Expressions with all their parts, each once."""
    seen: dict[int, Expr] = {}
    left = list(expressions)
    while left:
        node = left.pop()
        if id(node) not in seen:
            seen[id(node)] = node
            left.extend(parts(node))
    return seen.values()


def _expressions(policy: Policy) -> Iterator[Expr]:
    for rule in policy.rules:
        yield from of_rule(rule)
    for claim in policy.claims:
        yield from (expr for expr in (claim.expression, claim.condition) if expr is not None)


def of_rule(rule: RuleInfo) -> Iterator[Expr]:
    """The expressions of a rule."""
    yield rule.condition
    for effect in rule.effects:
        if isinstance(effect, Only):
            yield effect.condition
        elif isinstance(effect, Prefer):
            yield effect.amount


def compared(policy: Policy, node: Expr) -> Iterator[tuple[str, Glob]]:
    """The inputs that one comparison reads, and what with."""
    match node:
        case Like(item=item, glob=glob):
            yield from ((name, parse_glob(glob)) for name in string_inputs(item))
        case Compare(left=left, right=right) if isinstance(left.type, StringType):
            yield from _pairs(policy, left, (right,))
            yield from _pairs(policy, right, (left,))
        case In(item=item, members=members) if isinstance(item.type, StringType):
            yield from _pairs(policy, item, members)
        case _:
            pass


def _pairs(policy: Policy, item: Expr, others: Iterable[Expr]) -> Iterator[tuple[str, Glob]]:
    names = list(string_inputs(item))
    for other in others:
        if names and isinstance(other, Const | TargetField | TargetName):
            targets = (None,) if isinstance(other, Const) else policy.targets
            strings = (constant_string(policy, other, target) for target in targets)
            known = dict.fromkeys(string for string in strings if string is not None)
            yield from ((name, literal(string)) for name in names for string in known)


def string_inputs(expr: Expr) -> Iterator[str]:
    """The inputs whose value a string expression may take."""
    match expr:
        case Input(name=name):
            yield name
        case If(then=then, otherwise=otherwise):
            yield from string_inputs(then)
            yield from string_inputs(otherwise)
        case _:
            pass
