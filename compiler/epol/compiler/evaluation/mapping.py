"""Which labels of a policy stand for a type of the data.

By default a type is the labels whose name it is: the last part of a dotted name, or the last
parts, joined (`US_SSN` is `pii.us.ssn`).  Failing that, other names for it are tried, from the
nearest (`EMAIL_ADDRESS`: `email`) to those without a country (`UK_NHS`: `nhs`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import cast

import yaml

from epol.lang.diagnostics import did_you_mean
from epol.lang.model import Policy

MAX_MAP = 1024 * 1024
"""Bytes of a map file."""

_ALIASES = {
    "city": ("locality",),
    "credit_card": ("card",),
    "date_time": ("date",),
    "driver_license": ("driving_licence", "driver_licence"),
    "driving_licence": ("driver_license",),
    "gpe": ("locality",),
    "license_plate": ("plate",),
    "location": ("locality", "address"),
    "person": ("name", "person_name"),
    "ssn": ("national_id",),
    "street_address": ("address",),
    "vehicle_registration": ("plate", "vehicle"),
    "zip_code": ("zip", "postcode"),
}
_ENDINGS = ("_address", "_number", "_code", "_id", "_no")
_COUNTRY = 2


class MapError(ValueError):
    """A map file that cannot be used; str() says why."""


class TypeMap:
    """Types and their labels: those of a file, the others by name.

    A type's labels are all that count as right; none if nothing stands for it.
    """

    def __init__(self, policy: Policy, named: Mapping[str, tuple[str, ...]] | None = None) -> None:
        self._policy = policy
        self._named = dict(named or {})
        self._found: dict[str, tuple[str, ...]] = {}
        self._below: dict[str, frozenset[str]] = {}

    def labels(self, type_: str) -> tuple[str, ...]:
        """The labels that a type is said to be, in order."""
        if type_ not in self._found:
            named = self._named.get(type_)
            self._found[type_] = by_name(type_, self._policy) if named is None else named
        return self._found[type_]

    def right(self, type_: str) -> frozenset[str]:
        """These labels with all below them."""
        if type_ not in self._below:
            infos = (self._policy.labels[label] for label in self.labels(type_))
            self._below[type_] = frozenset[str]().union(*(info.below for info in infos))
        return self._below[type_]


def by_name(type_: str, policy: Policy) -> tuple[str, ...]:
    """The labels that have a type's name, those below others of them left out."""
    for name in _names(type_.lower().replace("-", "_").replace(" ", "_").replace(".", "_")):
        found = {label for label in policy.labels if name in _ends(label)}
        if found:
            inner = {b for label in found for b in policy.labels[label].below - {label}}
            return tuple(sorted(found - inner)) or tuple(sorted(found))
    return ()


def _ends(label: str) -> set[str]:
    parts = label.split(".")
    return {"_".join(parts[start:]) for start in range(len(parts))}


def _names(name: str) -> Iterator[str]:
    """Names for a type, the nearest first."""
    yield from _similar(name)
    country, _, rest = name.partition("_")
    if len(country) == _COUNTRY and rest:
        yield from _similar(rest)


def _similar(name: str) -> Iterator[str]:
    yield name
    yield from _ALIASES.get(name, ())
    for ending in _ENDINGS:
        if name.endswith(ending):
            yield name.removesuffix(ending)


def read_map(data: bytes, policy: Policy) -> dict[str, tuple[str, ...]]:
    """A map file, JSON or YAML: type to label, list of labels or null.  Raises `MapError`."""
    if len(data) > MAX_MAP:
        raise MapError(f"it has more than {MAX_MAP:,} bytes")
    value = _parsed(data)
    if not isinstance(value, dict):
        raise MapError("it is not an object of types")
    return {
        _type(type_): tuple(_labels(type_, named, policy))
        for type_, named in cast(dict[object, object], value).items()
    }


def _parsed(data: bytes) -> object:
    try:
        text = data.decode("utf-8-sig")
        is_json = text.lstrip().startswith("{")
        return cast(object, json.loads(text) if is_json else yaml.safe_load(text))
    except UnicodeDecodeError:
        raise MapError("it is not UTF-8") from None
    except (ValueError, yaml.YAMLError, RecursionError):
        raise MapError("it is neither JSON nor YAML") from None


def _type(value: object) -> str:
    if not isinstance(value, str):
        raise MapError("a type in it is not a string")
    return value


def _labels(type_: object, named: object, policy: Policy) -> Iterator[str]:
    labels = cast(list[object], named) if isinstance(named, list) else [named]
    for label in [] if named is None else labels:
        if not isinstance(label, str):
            raise MapError(
                f"what `{type_}` stands for is neither a label, nor a list of them, nor null"
            )
        if label not in policy.labels:
            near = did_you_mean(label, policy.labels)
            raise MapError(
                f"`{label}` is not a label of the policy" + (f"; {near}" if near else "")
            )
        yield label
