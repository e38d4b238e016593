"""A policy's manifest: what those must know who ask it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version

from epol.engine.bundle import manifest as m
from epol.lang.builtins import EDITIONS
from epol.lang.model import InputInfo, LabelInfo, Policy, TargetInfo, Value
from epol.lang.types import BoolType, EnumType, NumericType, SetType, StringType, Type


def manifest_of(policy: Policy, sources: tuple[m.SourceDigest, ...]) -> m.Manifest:
    """The manifest of a policy that was compiled from files."""
    return m.Manifest(
        name=policy.name,
        version=policy.version,
        digest=policy.digest,
        compiler=version("epol"),
        language=EDITIONS[-1],
        sources=sources,
        attributes=tuple(_attribute(info) for _, info in sorted(policy.inputs.items())),
        labels=tuple(_label(info) for _, info in sorted(policy.labels.items())),
        targets=tuple(_target(info) for info in policy.targets),
        models=tuple(
            m.ModelDetector(info.name, info.label, info.model, info.cost)
            for info in sorted(policy.detectors, key=lambda each: each.name)
            if info.model is not None
        ),
        rules=tuple(
            m.RuleEntry(info.name, tuple(sorted(info.flows)), info.because)
            for info in sorted(policy.rules, key=lambda each: each.name)
        ),
    )


def _attribute(info: InputInfo) -> m.Attribute:
    kind, members, low, high = _type(info.type)
    return m.Attribute(
        info.name,
        info.keyword,
        kind,
        members,
        low,
        high,
        _constant(info.fallback),
        info.stale_after,
        _constant(info.stale_value),
        info.model,
        info.cost,
        info.text_function,
    )


def _type(type_: Type) -> tuple[str, tuple[str, ...], int | None, int | None]:
    match type_:
        case BoolType() | StringType():
            return str(type_), (), None, None
        case EnumType(members):
            return "enum", members, None, None
        case SetType(members):
            return "set", members, None, None
        case NumericType(kind, low, high):
            return str(kind), (), low, high


def _constant(value: Value | None) -> m.Constant | None:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value


def _label(info: LabelInfo) -> m.LabelEntry:
    method = info.generalize
    generalize = None if method is None else m.Generalization(method.name, method.amount)
    return m.LabelEntry(info.name, tuple(sorted(info.below)), info.description, generalize)


def _target(info: TargetInfo) -> m.TargetEntry:
    return m.TargetEntry(
        info.name,
        _fields(info.fields),
        {kind: m.Endpoint(*said) for kind, said in info.endpoints.items()},
        info.price_in,
        info.price_out,
        info.price_unit,
    )


def _fields(fields: Mapping[str, Value]) -> dict[str, m.Constant]:
    found = {name: _constant(value) for name, value in fields.items()}
    return {name: value for name, value in found.items() if value is not None}
