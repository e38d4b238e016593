"""What a bundle says of itself: which policy it is, and what a request to it may say.

Numbers are integers on the scale of their type, as everywhere behind the parser: `number`,
`ratio` and `money` in millionths, `duration` and costs in microseconds, `size` in bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Constant = bool | int | str | tuple[str, ...]
"""A value: a member of an enum is a string, a set its members in order."""


@dataclass(frozen=True)
class SourceDigest:
    """A file that the policy was compiled from: its name in the bundle and its SHA-256."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Attribute:
    """An attribute or signal.

    `type` is `bool`, `string`, `enum`, `set`, `int`, `number`, `duration`, `money` or `size`;
    `members` are those of enums and sets, `low` and `high` the bounds of numbers, both included.
    `fallback` stands for a value that is not given; without one it is unknown then.  `text` is
    the function of a text signal.
    """

    name: str
    keyword: str
    type: str
    members: tuple[str, ...] = ()
    low: int | None = None
    high: int | None = None
    fallback: Constant | None = None
    stale_after: int | None = None
    stale_value: Constant | None = None
    model: str | None = None
    cost: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Generalization:
    """How a label is generalized; `amount` is that of `round`, in millionths."""

    name: str
    amount: int | None = None


@dataclass(frozen=True)
class LabelEntry:
    """A label; `below` are all labels that it stands for, itself included."""

    name: str
    below: tuple[str, ...]
    description: str | None = None
    generalize: Generalization | None = None


@dataclass(frozen=True)
class Endpoint:
    """An address or key of a target; with `from_environment` the name of the variable with it."""

    value: str
    from_environment: bool


@dataclass(frozen=True)
class TargetEntry:
    """A target: its fields, and its prices in millionths of a dollar for `price_unit` tokens."""

    name: str
    fields: Mapping[str, Constant]
    endpoints: Mapping[str, Endpoint]
    price_in: int | None = None
    price_out: int | None = None
    price_unit: int | None = None


@dataclass(frozen=True)
class ModelDetector:
    """A detector that is a model: where it was not run, its label is unknown."""

    name: str
    label: str
    model: str
    cost: int | None = None


@dataclass(frozen=True)
class RuleEntry:
    """A rule's name, the flows it is for, and its reason."""

    name: str
    flows: tuple[str, ...]
    because: str | None = None


@dataclass(frozen=True)
class Manifest:
    """A policy as those see it who ask it.

    `digest` is that of decisions: over the text of all files, and so the same for all bundles
    of one policy.  `compiler` is the version that built the bundle, `language` the edition.
    Targets are in the policy's order, everything else is by name.
    """

    name: str
    version: str | None
    digest: str
    compiler: str
    language: int
    sources: tuple[SourceDigest, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    labels: tuple[LabelEntry, ...] = ()
    targets: tuple[TargetEntry, ...] = ()
    models: tuple[ModelDetector, ...] = ()
    rules: tuple[RuleEntry, ...] = ()
