"""Expressions, one method a grammar rule."""

from __future__ import annotations

from epol.lang import ast
from epol.lang.build.base import DUPLICATE_ITEM, BaseBuilder, Child
from epol.lang.source import Span


class ExpressionBuilder(BaseBuilder):
    """Builds expressions."""

    def _or_expr(self, span: Span, children: list[Child]) -> ast.Or:
        return ast.Or(span, self._all(children))

    def _and_expr(self, span: Span, children: list[Child]) -> ast.And:
        return ast.And(span, self._all(children))

    def _negation(self, span: Span, children: list[Child]) -> ast.Not:
        return ast.Not(span, self._build(children[0]))

    def _compare(self, span: Span, children: list[Child]) -> ast.Compare:
        left, op, right = children
        return ast.Compare(span, str(op), self._build(left), self._build(right))

    def _in_members(self, span: Span, children: list[Child]) -> ast.InMembers:
        return ast.InMembers(span, *self._all(children))

    def _in_set(self, span: Span, children: list[Child]) -> ast.InSet:
        return ast.InSet(span, *self._all(children))

    def _in_range(self, span: Span, children: list[Child]) -> ast.InRange:
        return ast.InRange(span, *self._all(children))

    def _has(self, span: Span, children: list[Child]) -> ast.Has:
        return ast.Has(span, *self._all(children))

    def _like(self, span: Span, children: list[Child]) -> ast.Like:
        return ast.Like(span, *self._all(children))

    def _chain(self, children: list[Child]) -> tuple[ast.Expr, tuple[tuple[str, ast.Expr], ...]]:
        first, *rest = children
        pairs = zip(rest[::2], rest[1::2], strict=True)
        return self._build(first), tuple((str(op), self._build(item)) for op, item in pairs)

    def _sum(self, span: Span, children: list[Child]) -> ast.Sum:
        return ast.Sum(span, *self._chain(children))

    def _product(self, span: Span, children: list[Child]) -> ast.Product:
        return ast.Product(span, *self._chain(children))

    def _true(self, span: Span, _: list[Child]) -> ast.Bool:
        return ast.Bool(span, value=True)

    def _false(self, span: Span, _: list[Child]) -> ast.Bool:
        return ast.Bool(span, value=False)

    def _reference(self, span: Span, children: list[Child]) -> ast.Reference:
        return ast.Reference(span, self._build(children[0]).text)

    def _extreme(self, span: Span, children: list[Child]) -> ast.Extreme:
        function, *items = children
        return ast.Extreme(span, str(function), self._all(items))

    def _conditional(self, span: Span, children: list[Child]) -> ast.If:
        return ast.If(span, *self._all(children))

    def _found(self, span: Span, children: list[Child]) -> ast.Found:
        return ast.Found(span, self._build(children[0]), self._optional(children[1]))

    def _count(self, span: Span, children: list[Child]) -> ast.Count:
        return ast.Count(span, self._build(children[0]), self._optional(children[1]))

    def _sends(self, span: Span, children: list[Child]) -> ast.Sends:
        label, *options = children
        below = [self._build(o.children[0]) for o in options if o.data == "below"]
        roles = [self._build(o) for o in options if o.data == "from_roles"]
        if len(below) > 1 or len(roles) > 1:
            message = "`below` and `from` may each stand once after `sends`"
            self.diagnostics.append(DUPLICATE_ITEM.at(span, message))
        return ast.Sends(
            span, self._build(label), below[0] if below else None, roles[0] if roles else None
        )
