"""Claims: what a policy promises of every request (language.md §6)."""

from __future__ import annotations

from epol.compiler.check.arithmetic import TYPE_MISMATCH
from epol.compiler.check.expressions import TARGET_NOT_ALLOWED_HERE, Expressions, mentions_target
from epol.compiler.check.references import UNKNOWN_ATTRIBUTE
from epol.compiler.check.words import word
from epol.compiler.resolve.loader import LoadedFile
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.builtins import FLOWS
from epol.lang.model import ClaimInfo, Expr
from epol.lang.types import BoolType, NumericType


def check_claims(expressions: Expressions) -> tuple[ClaimInfo, ...]:
    """All claims of the build, typed; one with an error is left out."""
    claims = [
        _claim(expressions, file, node)
        for file, node in expressions.scope.nodes(ast.Prove)
        if isinstance(node, ast.Prove)
    ]
    return tuple(claim for claim in claims if claim is not None)


def _claim(expressions: Expressions, file: LoadedFile, node: ast.Prove) -> ClaimInfo | None:
    scope, claim = expressions.scope, node.claim
    before = len(scope.diagnostics)
    flow = "request" if node.flow is None else word(scope, node.flow, FLOWS, "a flow")
    expression = _optional(expressions, claim.expression)
    condition = _optional(expressions, claim.condition)
    if condition is not None:
        part = mentions_target(condition)
        if part is not None:
            message = "the `when` of a claim speaks of the request, before any target"
            cure = "name a target, as in `ward.up`"
            scope.report(TARGET_NOT_ALLOWED_HERE, part.span, message, help=cure)
    subject = None if claim.subject is None else _subject(scope, claim.subject)
    if len(scope.diagnostics) > before or flow is None:
        return None
    other = None if claim.other is None else claim.other.value
    name = file.qualified(node.name.text)
    return ClaimInfo(name, flow, claim.kind, expression, condition, subject, other, node.name.span)


def _optional(expressions: Expressions, node: ast.Expr | None) -> Expr | None:
    return None if node is None else expressions.condition(node)


def _subject(scope: Scope, name: ast.Name) -> str | None:
    """The attribute a claim raises or lowers: numeric or bool."""
    info = scope.inputs.get(name.text)
    if info is None:
        message = f"`{name.text}` is not an attribute or signal"
        scope.unknown(UNKNOWN_ATTRIBUTE, name, message, scope.inputs)
        return None
    if not isinstance(info.type, NumericType | BoolType):
        message = f"only numbers and bools can be raised or lowered, and this is {info.type}"
        scope.report(TYPE_MISMATCH, name.span, message)
        return None
    return info.name
