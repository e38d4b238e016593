"""The findings about rules, by trying all requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations

from epol.lang import ast
from epol.lang.model import RuleInfo, Tag, TargetInfo, Treat
from tests.planted.judged import Finding, Judged
from tests.planted.lanes import Point, Variant, View, outcome


def never_fires(it: Judged) -> Iterator[Finding]:
    fired = {
        name
        for flow, target, point in it.lanes.flow_points()
        for name, truth in it.lanes.view(point, flow, target).truths.items()
        if truth is not False
    }
    yield from (("rule-never-fires", (rule.name,)) for rule in it.own if rule.name not in fired)


def always_fires(it: Judged) -> Iterator[Finding]:
    not_always = {
        name
        for flow, target, point in it.lanes.flow_points()
        for name, truth in it.lanes.view(point, flow, target).truths.items()
        if truth is not True
    }
    for rule in it.own:
        conditional = any(isinstance(item, ast.When) for item in it.nodes[rule.name].items)
        if conditional and rule.name not in not_always:
            yield "rule-always-fires", (rule.name,)


# --- rules that change nothing ------------------------------------------------------


def changes_nothing(it: Judged) -> Iterator[Finding]:
    idle = {subject for _, subject in never_fires(it)}
    for rule in it.own:
        does = (rule.name,) not in idle and not all(isinstance(e, Tag) for e in rule.effects)
        if does and nothing_changes(it, rule, it.names - {rule.name}):
            yield "rule-changes-nothing", (rule.name,)


def nothing_changes(it: Judged, rule: RuleInfo, others: frozenset[str]) -> bool:
    """Whether some other rules alone decide every request of its flows as with the rule."""
    before, after = it.keeping(others), it.keeping(others | {rule.name})
    return all(_same(it, flow, before, after) for flow in rule.flows)


def _same(it: Judged, flow: str, before: Variant, after: Variant) -> bool:
    lanes = it.lanes
    alike = all(
        _shown(lanes.view(point, flow, target, before))
        == _shown(lanes.view(point, flow, target, after))
        for target in it.policy.targets
        for point in lanes.points_of(target)
    )
    if alike or flow != "request":
        return alike
    # Scores may differ where the order is the same.
    return all(
        outcome(lanes.views(point, before)) == outcome(lanes.views(point, after))
        for point in lanes.points()
    )


def _shown(view: View) -> object:
    """What of one target alone makes decisions the same."""
    return (view.effect, view.score) if view.permitted else None


# --- treatments ---------------------------------------------------------------------


def opens_target(it: Judged) -> Iterator[Finding]:
    for rule in it.own:
        if any(isinstance(effect, Treat) for effect in rule.effects):
            for flow, target, point in it.lanes.flow_points():
                views = (it.lanes.view(point, flow, target, v) for v in (_ALL, (None, rule.name)))
                if opened(*views):
                    yield "treatment-opens-target", (rule.name,)
                    break


_ALL: Variant = (None, None)


def opened(treated: View, untreated: View) -> bool:
    """Whether a target is permitted with a rule's treatments only."""
    return treated.permitted and not untreated.permitted


def disagree(it: Judged) -> Iterator[Finding]:
    pairs = {
        frozenset((one.name, other.name)): clashes(it, one, other)
        for one, other in combinations(it.own, 2)
    }
    found: set[frozenset[str]] = set()
    for flow, target, point in it.lanes.flow_points():
        view = it.lanes.view(point, flow, target)
        found.update(pair for pair, labels in pairs.items() if clash(view, pair, labels))
    yield from (("treatments-disagree", tuple(sorted(pair))) for pair in found)


def clash(view: View, pair: frozenset[str], labels: frozenset[str]) -> bool:
    """Whether two rules ask different treatments of a label that is found or unknown."""
    asking = all(view.truths.get(name, False) is not False for name in pair)
    return asking and not labels.isdisjoint(view.present)


def clashes(it: Judged, one: RuleInfo, other: RuleInfo) -> frozenset[str]:
    """Labels that two rules treat differently, without an `except` for it."""
    return frozenset(
        label
        for first, written in it.treats(one)
        for second, rewritten in it.treats(other)
        if first.treatment != second.treatment
        and not _excepts(it, written, rewritten)
        and not _excepts(it, rewritten, written)
        for label in first.labels & second.labels
    )


def _excepts(it: Judged, node: ast.Treat, other: ast.Treat) -> bool:
    """Whether a treatment has an `except` that meets what another names."""
    labels = it.policy.labels
    named: set[str] = set()
    for name in other.labels:
        named |= set(labels) if name.text == "any" else labels[name.text].below
    spared = {
        label
        for name in node.exceptions
        for label in labels
        if name.text == "any" or f"{label}.".startswith(f"{name.text}.")
    }
    return not named.isdisjoint(spared)


# --- restrictions that finding more lifts -------------------------------------------


def lifted(it: Judged) -> Iterator[Finding]:
    found: set[str] = set()
    for flow in it.lanes.flows:
        for target in it.policy.targets:
            for group in _groups(it, target).values():
                found |= _lifted_in(it, flow, target, group)
    yield from (("restriction-lifted-by-detection", (r.name,)) for r in it.own if r.name in found)


Counted = tuple[tuple[int, ...], Point]


def _groups(it: Judged, target: TargetInfo) -> Mapping[tuple[object, ...], list[Counted]]:
    """Requests that differ only in counts of labels that are known, with these counts."""
    groups: dict[tuple[object, ...], list[Counted]] = {}
    domains = list(it.lanes.space.labels.values())
    for point in it.lanes.points_of(target):
        inputs = point[: len(point) - len(domains)]
        counts = [domain[at] for domain, at in zip(domains, point[len(inputs) :], strict=True)]
        unknown = tuple(each is None for each in counts)
        vector = tuple(n for each in counts if each is not None for n in each.values())
        groups.setdefault((inputs, unknown), []).append((vector, point))
    return groups


def _lifted_in(it: Judged, flow: str, target: TargetInfo, group: list[Counted]) -> set[str]:
    views = [(vector, it.lanes.view(point, flow, target)) for vector, point in group]
    open_ = [vector for vector, view in views if view.permitted]
    return {
        name
        for vector, view in views
        if not view.permitted
        and any(all(a <= b for a, b in zip(vector, more, strict=True)) for more in open_)
        for name in view.refusing
    }
