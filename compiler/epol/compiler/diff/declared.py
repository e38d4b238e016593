"""What two policies declare otherwise, and whether the comparison of decisions covers it.

Decisions are compared on the same facts.  How a fact is got from the world or from a text, what
runs at a target, and values that one of the policies refuses are no part of that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from epol.compiler.diff.common import common_type
from epol.compiler.witness import constant
from epol.lang.literals import Kind, Quantity, format_quantity
from epol.lang.model import DetectorInfo, InputInfo, Policy, TargetInfo, Value
from epol.lang.types import NumericType, Type

ONLY_OLD, ONLY_NEW = "only in OLD", "only in NEW"


@dataclass(frozen=True)
class Declared:
    """One thing that is declared otherwise: a target, attribute, signal, label or detector.

    `covered` says that the kinds of difference take it into account in full.
    """

    what: str
    name: str
    change: str
    covered: bool


def declared(old: Policy, new: Policy) -> tuple[Declared, ...]:
    """Everything that the policies declare otherwise, apart from rules, claims and tests."""
    return (*_targets(old, new), *_inputs(old, new), *_labels(old, new), *_detectors(old, new))


def _one_sided(what: str, before: Iterable[str], after: Iterable[str]) -> Iterator[Declared]:
    """What one side alone has: whatever it may be there, it is nothing on the other side."""
    mine, its = set(before), set(after)
    for name in sorted(mine ^ its):
        yield Declared(what, name, ONLY_OLD if name in mine else ONLY_NEW, covered=True)


def _changed(was: str | None, now: str | None) -> str:
    return f"{was or 'nothing'} in OLD, {now or 'nothing'} in NEW"


# --- targets -------------------------------------------------------------------------

_RUNS = ("at", "zone", "model")
"""Fields that say where a request runs, and on what."""


def _targets(old: Policy, new: Policy) -> Iterator[Declared]:
    before, after = ({t.name: t for t in policy.targets} for policy in (old, new))
    yield from _one_sided("target", before, after)
    for name in (name for name in before if name in after):
        yield from _target(before[name], after[name])


def _target(old: TargetInfo, new: TargetInfo) -> Iterator[Declared]:
    for field in sorted({*old.fields, *new.fields}):
        was, now = old.fields.get(field), new.fields.get(field)
        if was != now:
            # Rules may read the others: what follows of that is compared.
            values = (None if v is None else _field(v) for v in (was, now))
            change = f"{field}: {_changed(*values)}"
            yield Declared("target", old.name, change, covered=field not in _RUNS)
    if _price(old) != _price(new):
        change = f"price: {_changed(_price(old), _price(new))}"
        yield Declared("target", old.name, change, covered=True)
    for part in sorted({*old.endpoints, *new.endpoints}):
        if old.endpoints.get(part) != new.endpoints.get(part):
            yield Declared("target", old.name, f"{part} differs", covered=False)


def _field(value: Value) -> str:
    if isinstance(value, frozenset):
        return f"{{ {', '.join(sorted(value))} }}"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _price(target: TargetInfo) -> str | None:
    if target.price_unit is None:
        return None
    assert target.price_in is not None
    assert target.price_out is not None
    prices = (target.price_in, target.price_out)
    paid, made = (format_quantity(Quantity(Kind.MONEY, price)) for price in prices)
    return f"in {paid} out {made} per {target.price_unit}"


# --- attributes and signals ----------------------------------------------------------


def _inputs(old: Policy, new: Policy) -> Iterator[Declared]:
    names = {t.name for t in old.targets} ^ {t.name for t in new.targets}
    before, after = (_without(policy, names) for policy in (old, new))
    for each in _one_sided("", before, after):
        yield replace(each, what=(before.get(each.name) or after[each.name]).keyword)
    for name in (name for name in before if name in after):
        yield from _input(before[name], after[name])


def _without(policy: Policy, targets: set[str]) -> dict[str, InputInfo]:
    """The inputs, without the signals of targets that one side alone has."""
    return {n: info for n, info in policy.inputs.items() if n.split(".")[0] not in targets}


def _input(old: InputInfo, new: InputInfo) -> Iterator[Declared]:
    if old.type != new.type:
        change = f"type: {_changed(_type(old.type), _type(new.type))}"
        if common_type(old.type, new.type) is None:
            change += "; taken for two facts"
        yield Declared(new.keyword, new.name, change, covered=False)
    if _default(old) != _default(new):
        change = f"default: {_changed(_default(old), _default(new))}"
        yield Declared(new.keyword, new.name, change, covered=True)
    for what, differs in (
        ("the model that computes it", old.model != new.model),
        ("what it reads of a text", old.text != new.text),
        ("when a reading is too old", _stale(old) != _stale(new)),
    ):
        if differs:
            yield Declared(new.keyword, new.name, f"{what} differs", covered=False)


def _default(info: InputInfo) -> str | None:
    return None if info.fallback is None else constant(info, info.fallback)


def _stale(info: InputInfo) -> tuple[object, object]:
    return info.stale_after, info.stale_value


def _type(type_: Type) -> str:
    return f"{type_} in {type_.range_text()}" if isinstance(type_, NumericType) else str(type_)


# --- labels and detectors ------------------------------------------------------------


def _labels(old: Policy, new: Policy) -> Iterator[Declared]:
    yield from _one_sided("label", old.labels, new.labels)


def _detectors(old: Policy, new: Policy) -> Iterator[Declared]:
    before, after = ({d.name: _finding(d) for d in policy.detectors} for policy in (old, new))
    for each in _one_sided("detector", before, after):
        yield replace(each, covered=False)
    for name in (name for name in before if name in after and before[name] != after[name]):
        yield Declared("detector", name, "what it finds may differ", covered=False)


def _finding(detector: DetectorInfo) -> DetectorInfo:
    """What decides what a detector finds."""
    return replace(detector, examples=(), cost=None)
