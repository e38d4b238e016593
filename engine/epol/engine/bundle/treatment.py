"""What is to be done with each label on the way to one target."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce


class Treatment(IntEnum):
    """What happens to a label's spans, weakest first (language.md §5)."""

    KEEP = 0
    MASK = 1
    GENERALIZE = 2
    TOKENIZE = 3
    HASH = 4
    REDACT = 5
    DROP = 6

    def __str__(self) -> str:
        return self.name.lower()


SCALES: Mapping[str, tuple[str, ...]] = {
    "date": ("month", "year", "decade"),
    "zip": ("zip3",),
    "network": ("network",),
    "number": ("round",),
}
"""The generalizations of each kind of value, from fine to coarse."""

_PLACES = {name: (kind, at) for kind, names in SCALES.items() for at, name in enumerate(names)}


@dataclass(frozen=True, slots=True)
class Method:
    """How a value is generalized; `amount`, in millionths, belongs to `round` alone.

    Raises ValueError for a name that is no generalization, and for an amount that is
    missing, not above zero, or not asked for.
    """

    name: str
    amount: int | None = None

    def __post_init__(self) -> None:
        if self.name not in _PLACES:
            raise ValueError("there is no generalization of this name")
        if self.name != "round" and self.amount is not None:
            raise ValueError(f"{self.name} takes no amount")
        if self.name == "round" and (self.amount is None or self.amount <= 0):
            raise ValueError("round needs an amount above zero")


def coarsest(methods: Iterable[Method | None]) -> Method | None:
    """The coarsest of one or more generalizations.

    None means that nothing of the value may stay: one of them says so already, or two of
    them are of different kinds, so that neither covers the other.
    """
    return reduce(_coarser, methods)


def _coarser(one: Method | None, other: Method | None) -> Method | None:
    if one is None or other is None:
        return None
    (kind, at), (other_kind, other_at) = _PLACES[one.name], _PLACES[other.name]
    if kind != other_kind:
        return None
    return other if (other_at, other.amount or 0) > (at, one.amount or 0) else one


@dataclass(frozen=True, slots=True)
class Detail:
    """A treatment with what was said about it.

    `mask` leaves `keep_last` characters at most; `redact` writes `replacement` (None: the
    label's name); `generalize` follows `method` (None: it redacts).  Raises ValueError
    for a negative `keep_last`.
    """

    treatment: Treatment
    keep_last: int = 0
    replacement: str | None = None
    method: Method | None = None

    def __post_init__(self) -> None:
        if self.keep_last < 0:
            raise ValueError("keep_last is a number of characters, not below zero")


def strictest(details: Iterable[Detail]) -> Detail:
    """One or more details as one: the strongest treatment, as strictly as any asks for it.

    That is the fewest characters kept, the least text in code-point order and the coarsest
    generalization (language.md §5); weaker treatments have no say.
    """
    asked = list(details)
    strongest = max(detail.treatment for detail in asked)
    equals = [detail for detail in asked if detail.treatment == strongest]
    if len(equals) == 1:
        return equals[0]
    texts = [detail.replacement for detail in equals if detail.replacement is not None]
    return Detail(
        strongest,
        keep_last=min(detail.keep_last for detail in equals),
        replacement=min(texts, default=None),
        method=coarsest(detail.method for detail in equals),
    )


Plan = Mapping[str, Detail]
"""The details of each treated label for one target; a label that is absent is kept."""
