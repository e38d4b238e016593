"""Labels of which one stands for others that no policy tells from it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from epol.compiler.smt.strings import nodes
from epol.lang.model import Count, Expr, Found, Policy, Sends, Treat


def spared(policies: Sequence[Policy], labels: Iterable[str]) -> frozenset[str]:
    """Of labels that are not found, those that may stay so, for another of their kind is looked at.

    A policy speaks of labels by sets alone.  Of labels in the same sets, spans of one may stand
    for spans of all.  Looked at is, if there is one, a label that a detector finds, that has none
    below, that the policy names.  Whoever asks about one label in other ways must look at that too.
    """
    kinds: dict[str, list[int]] = {}
    for place, members in enumerate(dict.fromkeys(_sets(policies))):
        for label in members:
            kinds.setdefault(label, []).append(place)
    named = {node.label for _, node in nodes(policies) if isinstance(node, Found | Count | Sends)}
    detectors = [detector for policy in policies for detector in policy.detectors]
    detected = {detector.label for detector in detectors}
    modelled = {detector.label for detector in detectors if detector.model is not None}

    def plainness(label: str) -> tuple[object, ...]:
        has_more = any(len(p.labels[label].below) > 1 for p in policies if label in p.labels)
        return label not in detected, has_more, label not in named, label.count("."), label

    seen: dict[tuple[object, ...], str] = {}
    found: set[str] = set()
    for label in sorted(labels, key=plainness):
        kind = label in modelled, *kinds.get(label, ())
        if seen.setdefault(kind, label) != label:
            found.add(label)
    return frozenset(found)


def _sets(policies: Sequence[Policy]) -> Iterator[frozenset[str]]:
    """Every set of labels that the policies speak of."""
    yield from (labels for _, node in nodes(policies) for labels in _of_node(node))
    for policy in policies:
        for rule in policy.rules:
            yield from (effect.labels for effect in rule.effects if isinstance(effect, Treat))


def _of_node(node: Expr) -> Iterator[frozenset[str]]:
    if isinstance(node, Found | Count | Sends):
        yield node.labels
