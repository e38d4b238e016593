"""Labels that nothing tells apart, of which one stands for all.

Policies speak of labels by sets alone: what a condition asks about, what a rule treats.
Where some labels are in the same sets, a request decides as the one that has all their
spans under one of them.  So it is enough to look at requests that have only that one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from epol.compiler.same import Same
from epol.compiler.smt.strings import nodes
from epol.lang.model import Count, Found, Policy, Sends, Treat


def standing(policies: Sequence[Policy], labels: Iterable[str] | None = None) -> Mapping[str, str]:
    """For each of some labels (None: of all) the one of them that stands for it.

    That is, if there is one, a label that a detector finds, that has none below, that a policy
    names.  Whoever asks about one label in other ways must look at that too.
    """
    kinds: dict[str, list[int]] = {}
    for place, members in enumerate(dict.fromkeys(_sets(policies))):
        for label in members:
            kinds.setdefault(label, []).append(place)
    by_model = {each.label for policy in policies for each in policy.detectors if each.model}
    first: dict[tuple[object, ...], str] = {}
    stands: dict[str, str] = {}
    chosen = policies[0].labels if labels is None else labels
    for label in sorted(chosen, key=_plainness(policies)):
        declared = [policy.labels[label] for policy in policies if label in policy.labels]
        methods = (info.generalize for info in declared)
        # One label of a model may be unknown while another one is found.
        own = label if label in by_model else None
        key = (own, *methods, None, *kinds.get(label, ()))
        stands[label] = first.setdefault(key, label)
    return stands


def _plainness(policies: Sequence[Policy]) -> Callable[[str], tuple[object, ...]]:
    """What makes one label better to show than another."""
    asked = (node for _, node in nodes(policies) if isinstance(node, Found | Count | Sends))
    named = {node.label for node in asked}
    detected = {detector.label for policy in policies for detector in policy.detectors}

    def key(label: str) -> tuple[object, ...]:
        infos = (policy.labels[label] for policy in policies if label in policy.labels)
        has_more = any(len(info.below) > 1 for info in infos)
        return label not in detected, has_more, label not in named, label.count("."), label

    return key


def spared(policies: Sequence[Policy], labels: Iterable[str]) -> frozenset[str]:
    """Of labels that are not found, those that may stay so, for another one is looked at."""
    return _spared(tuple(Same(policy) for policy in policies), frozenset(labels))


@lru_cache(maxsize=16)
def _spared(policies: tuple[Same[Policy], ...], labels: frozenset[str]) -> frozenset[str]:
    """Every witness of a policy asks for it."""
    stands = standing([same.item for same in policies], labels)
    return frozenset(name for name, other in stands.items() if name != other)


def _sets(policies: Sequence[Policy]) -> Iterator[frozenset[str]]:
    """Every set of labels that a policy speaks of."""
    for _, node in nodes(policies):
        if isinstance(node, Found | Count | Sends):
            yield node.labels
    for policy in policies:
        for rule in policy.rules:
            yield from (effect.labels for effect in rule.effects if isinstance(effect, Treat))
