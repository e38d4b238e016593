"""Small changes to an effect, each alone; they make it weaker, or turn it around."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import cast

from epol.compiler.mutation.expressions import changes, unit_of
from epol.lang import ast
from epol.lang.builtins import CAPS, EFFORTS, Treatment
from epol.lang.literals import Quantity, format_quantity
from epol.lang.model import Cap, Effect, LabelInfo, Only, Prefer, Tools, Treat
from epol.lang.source import Span
from epol.lang.types import NumericType


@dataclass(frozen=True)
class EffectChange:
    """A changed effect (None: it is gone): where, and what in words."""

    effect: Effect | None
    span: Span
    what: str


def effect_changes(
    effect: Effect, node: ast.RuleItem, labels: Mapping[str, LabelInfo]
) -> Iterator[EffectChange]:
    """Every small change to an effect that `node` was written as."""
    yield EffectChange(None, node.span, f"without `{' '.join(node.span.text.split())}`")
    match effect:
        case Only(condition=condition):
            for change in changes(condition):
                yield EffectChange(Only(change.expr), change.span, change.what)
        case Prefer(sign=sign, amount=amount):
            yield EffectChange(Prefer(-sign, amount), node.span, "with its sign turned")
            for change in changes(amount):
                yield EffectChange(Prefer(sign, change.expr), change.span, change.what)
        case Treat():
            assert isinstance(node, ast.Treat)
            yield from _of_treatment(effect, node, labels)
        case Cap():
            yield from _raised(effect, node)
        case Tools(allowed=allowed):
            yield EffectChange(
                Tools(allowed | {another(allowed)}), node.span, "with one more tool offered"
            )
        case _:
            pass


def another(names: frozenset[str]) -> str:
    """A name that is not among some."""
    return next(name for i in range(len(names) + 1) if (name := f"other{i or ''}") not in names)


def _of_treatment(
    effect: Treat, node: ast.Treat, labels: Mapping[str, LabelInfo]
) -> Iterator[EffectChange]:
    """One step weaker, with fewer labels, and with a weaker detail."""
    weaker = Treatment(effect.treatment - 1)
    if weaker > Treatment.KEEP:
        plain = Treat(weaker, effect.labels)
        yield EffectChange(plain, node.span, f"with `{effect.treatment}` as `{weaker}`")
    if effect.treatment == Treatment.MASK:
        kept = effect.keep_last or 0
        more = replace(effect, keep_last=kept + 1)
        yield EffectChange(more, node.span, f"with `keep last {kept}` as `keep last {kept + 1}`")
    if len(node.labels) > 1:
        for name in node.labels:
            others = (other.text for other in node.labels if other is not name)
            left = frozenset[str]().union(*(_below(labels, each) for each in others))
            less = replace(effect, labels=effect.labels & left)
            yield EffectChange(less, name.span, f"without `{name.text}`")


def _below(labels: Mapping[str, LabelInfo], name: str) -> frozenset[str]:
    return frozenset(labels) if name == "any" else labels[name].below


def _raised(effect: Cap, node: ast.RuleItem) -> Iterator[EffectChange]:
    """One unit more."""
    if effect.name == "reasoning_effort":
        if effect.value + 1 < len(EFFORTS):
            words = f"with `{EFFORTS[effect.value]}` as `{EFFORTS[effect.value + 1]}`"
            yield EffectChange(Cap(effect.name, effect.value + 1), node.span, words)
        return
    kind = cast(NumericType, CAPS[effect.name]).kind
    values = effect.value, effect.value + unit_of(kind, effect.value)
    one, other = (format_quantity(Quantity(kind, value)) for value in values)
    yield EffectChange(Cap(effect.name, values[1]), node.span, f"with `{one}` as `{other}`")
