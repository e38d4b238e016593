"""Labels that nothing tells apart, of which one stands for all.

Policies speak of labels by sets alone: what a condition asks about, what a rule treats.
Where some labels are in the same sets, a request decides as the one that has all their
spans under one of them.  So it is enough to look at requests that have only that one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from epol.compiler.smt.strings import nodes
from epol.lang.model import Count, Found, Policy, Sends, Treat


def standing(policies: Sequence[Policy]) -> Mapping[str, str]:
    """For each label the one that stands for it, of those that a detector can find if it can.

    Of two policies both must declare the same labels.
    """
    kinds: dict[str, list[object]] = {label: [] for label in policies[0].labels}
    for place, labels in enumerate(_sets(policies)):
        for label in labels:
            if label in kinds:
                kinds[label].append(place)
    by_model = {each.label for policy in policies for each in policy.detectors if each.model}
    found = {each.label for policy in policies for each in policy.detectors}
    first: dict[tuple[object, ...], str] = {}
    stands: dict[str, str] = {}
    for label in sorted(kinds, key=lambda name: name not in found):
        methods = (policy.labels[label].generalize for policy in policies)
        key = (label in by_model, *methods, None, *kinds[label])
        stands[label] = first.setdefault(key, label)
    return stands


def _sets(policies: Sequence[Policy]) -> Iterator[Iterable[str]]:
    """Every set of labels that a policy speaks of."""
    for _, node in nodes(policies):
        if isinstance(node, Found | Count | Sends):
            yield node.labels
    for policy in policies:
        for rule in policy.rules:
            yield from (effect.labels for effect in rule.effects if isinstance(effect, Treat))
