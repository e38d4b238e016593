"""The text plan as bytes, and back.

Canonical JSON: one plan has one form, and bytes of any other form are refused.  What is
read is checked against the same limits that the compiler keeps, so that a plan that was
made by hand is no way to ask the scanner for what no policy can ask for.

Bytes of a bundle are read after their digest was verified; serialized databases, which are
native data, are never looked at before that.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain

from epol.engine.bundle.canonical import decode, encode
from epol.engine.bundle.textplan import DetectorPlan, Near, Regex, SignalPlan, TextPlan
from epol.engine.errors import BundleError

SECTION = "text"

MAX_EXPRESSIONS = 100_000
MAX_EXPRESSION = 1_000_000
MAX_NAME = 1000
MAX_REACH = 2**31
MAX_WITHIN = 1000
MAX_POINTS = 100
MAX_ENTROPY = 8
"""Expressions of a plan; characters of one, and of a name or phrase; bytes of a match;
characters to a phrase; percent; bits a character."""

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
    """What is beyond a limit, in words that repeat nothing of the plan but places in it."""
    count = sum(len(detector.regexes) for detector in plan.detectors)
    if count + sum(len(signal.regexes) for signal in plan.signals) > MAX_EXPRESSIONS:
        yield f"it has more than {MAX_EXPRESSIONS:,} expressions"
    for number, detector in enumerate(plan.detectors, 1):
        for why in chain(_wrong_detector(detector), map(_wrong_regex, detector.regexes)):
            if why:
                yield f"detector {number} has {why}"
    for number, signal in enumerate(plan.signals, 1):
        for why in (*_wrong_signal(signal), *map(_wrong_regex, signal.regexes)):
            if why:
                yield f"text signal {number} has {why}"


def _wrong_detector(plan: DetectorPlan) -> Iterator[str]:
    named = 0 < len(plan.name) <= MAX_NAME and 0 < len(plan.label) <= MAX_NAME
    words = (*plan.checks, *plan.stopwords)
    if not named or (words and not _are_texts(words, MAX_NAME)):
        yield "a name or word that is empty or too long"
    if not (0 <= plan.score <= MAX_POINTS and 0 <= plan.threshold <= MAX_POINTS):
        yield f"a score or threshold beyond {MAX_POINTS}"
    if not (CLASSES.issuperset(plan.left) and CLASSES.issuperset(plan.right)):
        yield "a class of characters that is none"
    entropy = plan.entropy
    if entropy is not None and not (math.isfinite(entropy) and 0 <= entropy <= MAX_ENTROPY):
        yield f"an entropy beyond {MAX_ENTROPY}"
    if plan.near:
        yield from map(_wrong_near, plan.near)


def _wrong_near(near: Near) -> str:
    if (
        not near.phrases
        or not _are_texts(near.phrases, MAX_NAME)
        or "" in map(str.strip, near.phrases)
    ):
        return "no phrase, or one that is empty or too long"
    if not (0 <= near.within <= MAX_WITHIN and 0 <= near.adds <= MAX_POINTS):
        return "a phrase too far away, or that adds too much"
    return ""


def _wrong_signal(plan: SignalPlan) -> Iterator[str]:
    if not _are_texts((plan.name, *(plan.roles or ())), MAX_NAME):
        yield "a name that is empty or too long"
    if plan.function not in FUNCTIONS:
        yield "a function that is none"


def _wrong_regex(regex: Regex) -> str:
    # Of thousands: the length of each text without a call.
    gate, exact, needs, zeros = regex.gate, regex.exact, regex.needs, regex.zeros
    if (
        not 0 < len(gate) <= MAX_EXPRESSION
        or not 0 < len(exact) <= MAX_EXPRESSION
        or (needs is not None and not 0 < len(needs) <= MAX_EXPRESSION)
        or (zeros is not None and not 0 < len(zeros) <= MAX_EXPRESSION)
    ):
        return "an expression that is empty or too long"
    if needs is None and zeros is not None:
        return "an expression for zeros without a trigger"
    if regex.reach is not None and not 0 < regex.reach <= MAX_REACH:
        return "an expression whose matches are empty or too long"
    return ""


def _are_texts(texts: tuple[str, ...], most: int) -> bool:
    """Whether none is empty or too long; a plan has thousands, so nothing is called for each."""
    return all(texts) and max(map(len, texts), default=0) <= most
