"""Readings of instruments on the scales of the language, within the bounds of its types.

A reading out of bounds would count as not given (language.md §3), so what is more than a type
holds is the most that it holds: a budget of two million dollars has at least one million left.
Fractions are floored, as those of a request are.
"""

from __future__ import annotations

from math import floor

from epol.engine.reading.inputs import Scaled
from epol.engine.reading.numbers import MILLION, scaled

MOST_SECONDS = 30 * 86_400
MOST_BYTES = 2**50
MOST_MONEY = 10**6 * MILLION
MOST_COUNT = 2**31 - 1


def duration(seconds: float) -> Scaled:
    """Seconds as a duration."""
    return Scaled(floor(min(max(seconds, 0.0), MOST_SECONDS) * MILLION))


def ratio(share: float) -> Scaled:
    """A share of one as a ratio."""
    return Scaled(floor(min(max(share, 0.0), 1.0) * MILLION))


def size(count: int) -> Scaled:
    """A count of bytes as a size."""
    return Scaled(min(max(count, 0), MOST_BYTES))


def money(millionths: int) -> Scaled:
    """Millionths of a dollar as money."""
    return Scaled(min(max(millionths, 0), MOST_MONEY))


def millionths(amount: int | str) -> int:
    """An amount of money in millionths of a dollar: these, or a literal such as "$4.50".

    Raises ValueError for what is no amount, or one below zero.
    """
    value = amount if type(amount) is int else scaled(amount, "money")
    if value is None or value < 0:
        raise ValueError('an amount of money is millionths of a dollar, or text like "$4.50"')
    return value
