"""Secrets to be planted: values that a detector of the hunt's policy finds, and nobody guesses."""

from __future__ import annotations

import string
from random import Random
from typing import NamedTuple

from stdnum import luhn

FRAGMENT = 6
"""So many characters of a secret are a leak."""

_LETTERS = "bcdfghjkqvwxz"
"""Letters of which no six follow each other in words, so that what a body says beside its secrets,
and what a decision says, is none of a secret: `caps`, `tools` once was like one of `pstooldz`."""
_ALIKE = _LETTERS + string.digits


class Plant(NamedTuple):
    """A secret: its label, and how it is written."""

    label: str
    value: str

    def fragments(self) -> set[str]:
        """What must not come out, case folded, without what stands between digits."""
        plain = squeezed(self.value)
        if self.label == "hunt.key":
            plain = plain.removeprefix("key")
        if self.label == "hunt.mail":
            plain = plain.removesuffix("example")
        return {plain[at : at + FRAGMENT] for at in range(len(plain) - FRAGMENT + 1)}


def squeezed(text: str) -> str:
    """A text case folded, letters and digits only."""
    return "".join(char for char in text.casefold() if char.isalnum())


def plant(random: Random) -> Plant:
    """A secret, at random."""
    make = random.choice([_key, _mail, _card])
    return make(random)


def _some(random: Random, letters: str, count: int) -> str:
    return "".join(random.choice(letters) for _ in range(count))


def _key(random: Random) -> Plant:
    return Plant("hunt.key", f"KEY-{_some(random, _ALIKE + _LETTERS.upper(), 16)}")


def _mail(random: Random) -> Plant:
    name = _some(random, _ALIKE, 10)
    return Plant("hunt.mail", f"{name}@{_some(random, _LETTERS, 8)}.example")


def _card(random: Random) -> Plant:
    body = random.choice("3456") + _some(random, string.digits, 14)
    number = body + luhn.calc_check_digit(body)
    between = random.choice(["", " ", "-"])
    return Plant("hunt.card", between.join(number[at : at + 4] for at in range(0, 16, 4)))
