"""The label tree: every dotted prefix is a label, `under` adds parents, a name means all below."""

from __future__ import annotations

from epol.compiler.check.words import generalization
from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.builtins import MAX_LABELS
from epol.lang.diagnostics import Label, define
from epol.lang.model import LabelInfo, Method
from epol.lang.semantics import coarsest

ANY = "any"

UNKNOWN_LABEL = define(
    "unknown-label",
    "a label is not declared",
    "Labels are declared with `label NAME`; every dotted prefix of a declared label is a label "
    "too, and `any` means all of them.",
    bad="label phi.mrn\nrule r { redact phi.mnr }",
    good="label phi.mrn\nrule r { redact phi.mrn }",
)
LABEL_CYCLE = define(
    "label-cycle",
    "labels are under each other in a circle",
    "`under` adds parents to a label, and a dotted name lies under its prefixes. No label can lie "
    "below itself.",
    bad="label a under b\nlabel b under a",
    good="label a under b\nlabel b",
)
TOO_MANY_LABELS = define(
    "too-many-labels",
    "a build declares more than 2,048 labels",
    "A policy and its modules may declare 2,048 labels together.",
    bad="\n".join(f"label a.l{i}" for i in range(MAX_LABELS + 1)),
    good="\n".join(f"label a.l{i}" for i in range(20)),
)


def check_labels(scope: Scope) -> None:
    """Fill `scope.labels`."""
    declared = [n for _, n in scope.nodes(ast.LabelDecl) if isinstance(n, ast.LabelDecl)]
    if len(declared) > MAX_LABELS:
        message = f"this is label {MAX_LABELS + 1:,}; a build may declare {MAX_LABELS:,}"
        scope.report(TOO_MANY_LABELS, declared[MAX_LABELS].name.span, message)
        declared = declared[:MAX_LABELS]
    names = {prefix for node in declared for prefix in prefixes(node.name.text)}
    first = {name: _first(name, declared) for name in sorted(names)}
    parents: dict[str, set[str]] = {name: _dotted_parent(name) for name in names}
    for node in declared:
        for parent in node.under:
            if parent.text not in names:
                scope.unknown(UNKNOWN_LABEL, parent, f"`{parent.text}` is not a label", names)
            else:
                parents[node.name.text].add(parent.text)
    _check_cycles(scope, parents, declared)
    below: dict[str, set[str]] = {name: set() for name in names}
    for name in names:
        for ancestor in _ancestors(name, parents):
            below[ancestor].add(name)
    for name, node in first.items():
        own = [n for n in declared if n.name.text == name]
        description = next((n.description.value for n in own if n.description), None)
        method = _method(scope, own)
        scope.labels[name] = LabelInfo(
            name, frozenset(below[name]), description, method, node.name.span
        )


def prefixes(name: str) -> list[str]:
    """A dotted name and all its prefixes, shortest first."""
    parts = name.split(".")
    return [".".join(parts[: i + 1]) for i in range(len(parts))]


def _first(name: str, declared: list[ast.LabelDecl]) -> ast.LabelDecl:
    exact = (node for node in declared if node.name.text == name)
    within = (node for node in declared if name in prefixes(node.name.text))
    return next(exact, None) or next(within)


def _dotted_parent(name: str) -> set[str]:
    parent, dot, _ = name.rpartition(".")
    return {parent} if dot else set()


def _ancestors(name: str, parents: dict[str, set[str]]) -> set[str]:
    """A label and everything that it lies under."""
    seen: set[str] = set()
    todo = [name]
    while todo:
        label = todo.pop()
        if label not in seen:
            seen.add(label)
            todo.extend(parents[label])
    return seen


def _check_cycles(
    scope: Scope, parents: dict[str, set[str]], declared: list[ast.LabelDecl]
) -> None:
    reported: set[str] = set()
    for node in declared:
        name = node.name.text
        for parent in node.under:
            if parent.text not in parents or name in reported:
                continue
            circle = _ancestors(parent.text, parents)
            if name in circle:
                links = [
                    Label(up.span, f"`{other.name.text}` is put under `{up.text}` here")
                    for other in declared
                    for up in other.under
                    if other is not node and other.name.text in circle and up.text in circle
                ]
                message = f"`{name}` would lie below itself"
                scope.report(LABEL_CYCLE, parent.span, message, labels=links)
                reported |= circle


def _method(scope: Scope, nodes: list[ast.LabelDecl]) -> Method | None:
    """The coarsest generalization that a label's declarations ask for."""
    asked = [generalization(scope, method) for node in nodes for method in node.generalize]
    known = [method for method in asked if method is not None]
    return coarsest(known) if known else None


def expand(scope: Scope, name: ast.Name) -> frozenset[str]:
    """All labels a name means; an unknown one is reported and means none."""
    if name.text == ANY:
        return frozenset(scope.labels)
    info = scope.labels.get(name.text)
    if info is None:
        message = f"`{name.text}` is not a label"
        scope.unknown(UNKNOWN_LABEL, name, message, [*scope.labels, ANY])
        return frozenset()
    return info.below


def dotted_below(scope: Scope, name: ast.Name) -> frozenset[str]:
    """What `except` takes out: a label and what its dotted name is a prefix of."""
    expand(scope, name)
    if name.text == ANY:
        return frozenset(scope.labels)
    inside = (label for label in scope.labels if name.text in prefixes(label))
    return frozenset(inside)
