"""Numbers and truth values as the texts that detectors see."""

from __future__ import annotations

import re
from decimal import Decimal

from epol.engine.bodies.node import Float

LEAST_DIGITS = 5
"""A number with fewer digits that stands alone identifies nobody, and is most often a setting."""

_MOST_DIGITS = 40
_DIGIT = re.compile(r"\d")


def number(value: object) -> str | None:
    """A number without exponent, or a truth value, as JSON has it; None of anything else."""
    if type(value) is bool:
        return "true" if value else "false"
    if type(value) is int:
        return str(value)
    return _without_exponent(value.text) if type(value) is Float else None


def _without_exponent(text: str) -> str:
    """A number digit by digit, if it has not too many, so that detectors know its form."""
    if "e" not in text and "E" not in text:
        return text
    exact = Decimal(text)
    if abs(exact.adjusted()) > _MOST_DIGITS:
        return text
    digits = f"{exact:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def is_long(text: str) -> bool:
    """Whether a number has so many digits that it may identify somebody by itself."""
    return len(text) >= LEAST_DIGITS and len(_DIGIT.findall(text)) >= LEAST_DIGITS
