"""What may be said once in a declaration: the second time is shown with the first."""

from __future__ import annotations

from collections.abc import Iterable

from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.build import DUPLICATE_ITEM
from epol.lang.diagnostics import Label

JOINED = ("when", "unless")


def check_once(
    scope: Scope,
    items: Iterable[tuple[str | None, ast.Node]],
    already: str = "`{}` is given already",
) -> None:
    """Report items whose keyword stood before; those without one may repeat."""
    first: dict[str, ast.Node] = {}
    for keyword, item in items:
        if keyword is None:
            continue
        if keyword in first:
            label = Label(first[keyword].span, "first here")
            cure = "join conditions with `and` or `or`" if keyword in JOINED else None
            message = already.format(keyword)
            scope.report(DUPLICATE_ITEM, item.span, message, help=cure, labels=[label])
        first.setdefault(keyword, item)
