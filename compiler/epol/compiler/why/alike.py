"""Labels of which one stands for others that a policy does not tell from it."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.smt.strings import nodes
from epol.lang.model import Count, Expr, Found, Policy, Sends, Treat
from epol.lang.request import Request


def spared(policy: Policy, request: Request, modelled: frozenset[str]) -> frozenset[str]:
    """Labels that are not found and need not be looked at, for another of their kind is.

    A policy speaks of labels by sets alone.  Of labels in the same sets, spans of one may stand
    for spans of all.  Those that the policy names, and then the most general, are looked at.
    """
    kinds: dict[str, list[int]] = {label: [] for label in policy.labels}
    for place, labels in enumerate(dict.fromkeys(_sets(policy))):
        for label in labels:
            kinds[label].append(place)
    named = {node.label for _, node in nodes([policy]) if isinstance(node, Found | Count | Sends)}
    absent = (label for label in policy.labels if request.labels.get(label, {}) == {})
    seen: dict[tuple[object, ...], str] = {}
    found: set[str] = set()
    for label in sorted(absent, key=lambda each: (each not in named, each.count("."), each)):
        kind = label in modelled, *kinds[label]
        if seen.setdefault(kind, label) != label:
            found.add(label)
    return frozenset(found)


def _sets(policy: Policy) -> Iterator[frozenset[str]]:
    """Every set of labels that the policy speaks of."""
    yield from (labels for _, node in nodes([policy]) for labels in _of_node(node))
    for rule in policy.rules:
        yield from (effect.labels for effect in rule.effects if isinstance(effect, Treat))


def _of_node(node: Expr) -> Iterator[frozenset[str]]:
    if isinstance(node, Found | Count | Sends):
        yield node.labels
