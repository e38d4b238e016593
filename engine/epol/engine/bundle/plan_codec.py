"""The text plan as bytes, and back.

Canonical JSON: one plan has one form, and bytes of any other form are refused.  What is
read is checked against the same limits that the compiler keeps, so that a plan that was
made by hand is no way to ask the scanner for what no policy can ask for.

Bytes of a bundle are read after their digest was verified; serialized databases, which are
native data, are never looked at before that.
"""

from __future__ import annotations

from collections.abc import Iterator

from epol.engine.bundle.canonical import decode, encode
from epol.engine.bundle.textplan import Regex, TextPlan
from epol.engine.errors import BundleError

SECTION = "text"

MAX_EXPRESSIONS = 100_000
"""Of a plan."""

CLASSES = frozenset(("digit", "letter", "space", "word"))
FUNCTIONS = frozenset(("count", "density", "match"))
"""What `left` and `right` name, and what a text signal counts."""


def encode_plan(plan: TextPlan) -> bytes:
    """A plan as bytes, the same for equal plans."""
    return encode(plan)


def decode_plan(data: bytes | memoryview) -> TextPlan:
    """The plan that some bytes are of.  Raises `BundleError`; no other bytes are of it."""
    plan = decode(memoryview(data), TextPlan, SECTION)
    wrong = next(_wrong(plan), None)
    if wrong is not None:
        message = f"the section `{SECTION}` cannot be used: {wrong}"
        raise BundleError(f"{message}; build the bundle with the compiler of this version")
    return plan


def _wrong(plan: TextPlan) -> Iterator[str]:
    """What the types do not refuse, in words that repeat nothing of the plan but places in it."""
    count = sum(len(detector.regexes) for detector in plan.detectors)
    if count + sum(len(signal.regexes) for signal in plan.signals) > MAX_EXPRESSIONS:
        yield f"it has more than {MAX_EXPRESSIONS:,} expressions"
    for number, detector in enumerate(plan.detectors, 1):
        if not CLASSES.issuperset(detector.left + detector.right):
            yield f"detector {number} has a class of characters that is none"
        if any("" in map(str.strip, near.phrases) for near in detector.near):
            yield f"detector {number} has a phrase of white space"
        if _has_lone_zeros(detector.regexes):
            yield f"detector {number} has {_LONE_ZEROS}"
    for number, signal in enumerate(plan.signals, 1):
        if signal.function not in FUNCTIONS:
            yield f"text signal {number} has a function that is none"
        if _has_lone_zeros(signal.regexes):
            yield f"text signal {number} has {_LONE_ZEROS}"


_LONE_ZEROS = "an expression for zeros without a trigger"


def _has_lone_zeros(regexes: tuple[Regex, ...]) -> bool:
    return any(regex.needs is None and regex.zeros is not None for regex in regexes)
