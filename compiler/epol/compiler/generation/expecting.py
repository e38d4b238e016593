"""What a test expects, as lines after `expect`: what some rules do to a request today."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import cast

from epol.compiler.witness import status_line
from epol.lang.builtins import CAPS, EFFORTS, Treatment
from epol.lang.decision import Decision, TargetDecision
from epol.lang.literals import Quantity, format_quantity
from epol.lang.model import Cap, Policy, Prefer, RuleInfo, Tag, Treat
from epol.lang.printing import string
from epol.lang.types import NumericType


def pinned(policy: Policy, decision: Decision, rules: Iterable[RuleInfo]) -> list[str]:
    """Where the request goes, which of some rules fire, and what those that do bring about."""
    about = list({rule.name: rule for rule in rules}.values())
    fired = {name for target in decision.targets.values() for name in target.fired}
    firing = [rule for rule in about if rule.name in fired]
    lines = [status_line(decision)]
    if _has(firing, Prefer) and len(decision.order) > 1:
        lines.append(order_line(decision))
    lines += fired_lines(
        [rule.name for rule in firing], [rule.name for rule in about if rule not in firing]
    )
    for rule in firing:
        lines += _effects(policy, decision, rule)
    return list(dict.fromkeys(lines))


def _has(rules: Sequence[RuleInfo], kind: type) -> bool:
    return any(isinstance(effect, kind) for rule in rules for effect in rule.effects)


def order_line(decision: Decision) -> str:
    """The permitted targets, best first."""
    return f"order {', '.join(decision.order)}"


def fired_lines(fired: Sequence[str], others: Sequence[str]) -> Iterator[str]:
    """Which rules fired, and which did not."""
    if fired:
        yield f"fired {', '.join(fired)}"
    if others:
        yield f"not fired {', '.join(others)}"


def _effects(policy: Policy, decision: Decision, rule: RuleInfo) -> Iterator[str]:
    """What a rule that fired brings about, as far as a test can say it."""
    for effect in rule.effects:
        match effect:
            case Treat(labels=labels):
                fired_on = [t for t in decision.order if rule.name in decision.targets[t].fired]
                yield from treatment_lines(policy, decision, labels, fired_on)
            case Tag(text=text):
                yield from tag_lines(decision, [text])
            case Cap(name=name):
                yield from cap_lines(decision, [name])
            case _:
                pass
    reasons = {r.because for r in decision.reasons if r.rule == rule.name and r.because}
    yield from (f"because {string(each)}" for each in sorted(reasons))


def treatment_lines(
    policy: Policy, decision: Decision, labels: Iterable[str], targets: Iterable[str]
) -> Iterator[str]:
    """How labels that are there are treated on the way to some targets."""
    present = sorted(set(labels) & decision.labels.keys())
    for name in targets:
        for label in present:
            treatment = _alike(policy, decision, decision.targets[name], label)
            if treatment is not None:
                yield f"{treatment} {label} on {name}"


def _alike(
    policy: Policy, decision: Decision, target: TargetDecision, label: str
) -> Treatment | None:
    """The treatment of all that is there below a label; None where they differ."""
    below = policy.labels[label].below & decision.labels.keys()
    found = {
        target.treatments[each].treatment if each in target.treatments else Treatment.KEEP
        for each in below
    }
    return found.pop() if len(found) == 1 else None


def tag_lines(decision: Decision, tags: Iterable[str]) -> Iterator[str]:
    """The tags of the chosen target, or of any where none is chosen."""
    here = {tag for target in _heard(decision) for tag in target.tags}
    yield from (f"tag {string(tag)}" for tag in tags if tag in here)


def cap_lines(decision: Decision, names: Iterable[str]) -> Iterator[str]:
    """The caps of the chosen target, or of the first that has one where none is chosen."""
    for name in names:
        values = [target.caps[name] for target in _heard(decision) if name in target.caps]
        if values:
            yield f"cap {name} {_cap(name, values[0])}"


def _heard(decision: Decision) -> list[TargetDecision]:
    """The targets whose tags and caps a test sees."""
    return [t for t in decision.targets.values() if decision.target in (t.name, None)]


def _cap(name: str, value: int) -> str:
    if name == "reasoning_effort":
        return EFFORTS[value]
    return format_quantity(Quantity(cast(NumericType, CAPS[name]).kind, value))
