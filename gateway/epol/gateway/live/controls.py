"""The sliders and switches of "what if", made from what the policy declares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from epol.engine import RequestError
from epol.engine.bundle.manifest import Attribute, Manifest
from epol.engine.reading.inputs import Scaled

MOST = 64
"""Controls that the page has; those that a rule reads come first."""
MOST_STOPS = 61
_MOST_TURNS = 12
_UNITS = {"int": 1, "number": 10_000, "duration": 1_000, "money": 10_000, "size": 2**20}
"""The step that makes a difference to people, on each type's scale: 1 %, 1 ms, 1 cent, 1 MiB."""
_REACHES = {"int": 10_000, "number": 10**6, "duration": 10**6, "money": 10**7, "size": 2**34}
"""How far a slider goes where the policy compares with nothing: $10, a second, 16 GiB."""
_FEW, _EVEN = 10, 120
"""Units that a slider has at least, and up to which they stand evenly."""
_NICE = (10, 15, 20, 30, 40, 50, 60, 80)
_BEYOND = 10
"""How many times the largest constant that the policy compares with a slider reaches."""


class Control(msgspec.Struct):
    """Something that may be said to be otherwise.

    `stops` are the values of a slider, ascending, on the scale of the type; `members` the words of
    an enum or a set.  `fallback` is what counts where nothing is given; null is unknown.
    """

    name: str
    keyword: str
    type: str
    is_read: bool
    members: Sequence[str]
    stops: Sequence[int]
    fallback: object
    model: str | None


def controls(manifest: Manifest, thresholds: Mapping[str, Sequence[int]]) -> list[Control]:
    """A control for each attribute and signal that is not computed from the text.

    `thresholds` has those that rules read, each with what it is compared with.
    """
    made = [
        _control(each, thresholds.get(each.name)) for each in manifest.attributes if not each.text
    ]
    return sorted(made, key=lambda each: (not each.is_read, each.keyword != "signal"))[:MOST]


def _control(attribute: Attribute, turns: Sequence[int] | None) -> Control:
    return Control(
        attribute.name,
        attribute.keyword,
        attribute.type,
        turns is not None,
        attribute.members,
        stops(attribute, turns or ()),
        attribute.fallback,
        attribute.model,
    )


def stops(attribute: Attribute, turns: Sequence[int]) -> list[int]:
    """The values of a slider: round numbers up to beyond the largest turn, and either side of each.

    Empty for what is no number.
    """
    unit, low, high = _UNITS.get(attribute.type), attribute.low, attribute.high
    if unit is None or low is None or high is None:
        return []
    sides = {turn + side for turn in turns[:_MOST_TURNS] for side in (-unit, 0, unit)}
    sides = {each for each in sides if low <= each <= high}
    furthest = _BEYOND * max(sides, default=0) or _REACHES[attribute.type]
    reach = min(high, max(furthest, low + _FEW * unit))
    between = [each for each in _round(low, reach, unit) if low < each < reach]
    kept = {low, reach, *(each for each in sides if each <= reach)}
    step = -(-len(between) // (MOST_STOPS - len(kept))) or 1
    return sorted({*kept, *between[::step]})


def _round(low: int, reach: int, unit: int) -> list[int]:
    """Round numbers up to a reach: evenly where that is not far, else by their ratio."""
    if low < 0 or reach - low <= _EVEN * unit:
        step = max(unit, (reach - low) // 20 // unit * unit)
        return list(range(low, reach, step))
    sizes = (unit * 10**power for power in range(20))
    return [size * n // 10 for size in sizes for n in _NICE if size * n // 10 < reach]


def given(attribute: Attribute, value: object) -> object:
    """A value of a control as a request gives it.  Raises `RequestError` for what is none.

    None is not given.
    """
    if value is None or attribute.type in ("bool", "string", "enum", "set"):
        return value
    if type(value) is not int:
        raise RequestError(f"attributes: {attribute.name}: a whole number on its scale is wanted")
    return value if attribute.type == "int" else Scaled(value)
