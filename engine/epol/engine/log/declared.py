"""What a policy declares, as a log has it: what its records speak of, and what reads texts.

A later policy that declares the same can decide the records again.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from epol.engine.bundle.canonical import encode
from epol.engine.bundle.manifest import Manifest, TargetEntry
from epol.engine.bundle.program import Program
from epol.engine.bundle.textplan import DetectorPlan, ModelDetectorPlan, TextPlan
from epol.engine.log.facts import globs_of


@dataclass(frozen=True)
class Input:
    """An attribute or signal: its type, and of a text signal the digest of what it reads.

    `fallback` is on the scale of the type.  `globs` are those that it is compared with.
    """

    type: str
    fallback: bool | int | str | tuple[str, ...] | None = None
    reads: str | None = None
    globs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """A target: its place, and prices in millionths of a dollar for `unit` tokens."""

    at: str | None = None
    price_in: int | None = None
    price_out: int | None = None
    unit: int | None = None


@dataclass(frozen=True)
class Declared:
    """A policy in its log.

    `labels` has for each the digest of its detectors, null where it has none; `models` are those
    that a model detects.  `strings` are the constants that strings are compared with.
    """

    policy: str
    version: str | None
    digest: str
    inputs: Mapping[str, Input]
    targets: Mapping[str, Target]
    labels: Mapping[str, str | None] = field(default_factory=dict[str, "str | None"])
    models: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()


def declared_by(manifest: Manifest, program: Program, plan: TextPlan) -> Declared:
    """What a bundle's policy declares."""
    signals = {signal.name: _digest(signal) for signal in plan.signals}
    kinds = {attribute.name: attribute.type for attribute in manifest.attributes}
    inputs = {
        info.name: Input(
            kinds.get(info.name, ""),
            info.fallback,
            signals.get(info.name),
            globs_of(program, place),
        )
        for place, info in enumerate(program.inputs)
    }
    labels = _detectors(plan)
    return Declared(
        manifest.name,
        manifest.version,
        manifest.digest,
        inputs,
        {target.name: _target(target) for target in manifest.targets},
        {name: labels.get(name) for name in program.labels},
        tuple(sorted({detector.label for detector in plan.models})),
        program.strings,
    )


def _detectors(plan: TextPlan) -> dict[str, str]:
    """For each label a digest of what finds it."""
    found: dict[str, list[DetectorPlan | ModelDetectorPlan]] = defaultdict(list)
    for detector in plan.detectors:
        found[detector.label].append(detector)
    for model in plan.models:
        found[model.label].append(model)
    return {label: _digest(detectors) for label, detectors in found.items()}


def _digest(value: object) -> str:
    """Which data it is: no secret, for a policy's text is none."""
    return hashlib.sha256(encode(value)).hexdigest()[:16]


def _target(entry: TargetEntry) -> Target:
    at = entry.fields.get("at")
    place = at if isinstance(at, str) else None
    return Target(place, entry.price_in, entry.price_out, entry.price_unit)
