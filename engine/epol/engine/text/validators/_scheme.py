"""One row of the table of schemes: an identifier that python-stdnum checks."""

from __future__ import annotations

from typing import NamedTuple


class Scheme(NamedTuple):
    """An identifier whose rule is in python-stdnum."""

    module: str
    """Which module of `stdnum` has the rule."""

    source: str
    """Who issues the identifier, or which standard defines it."""

    shape: str = r".+"
    """What the text, in capitals and without separators, must match before the rule is asked.

    Where one is given, the rule alone accepts what the issuer never issues: mostly because
    it fills up with zeros what is too short, or knows no length at all.
    """

    punctuated: bool = False
    """Whether separators carry meaning, so that the text is checked as it is written."""

    repeats: bool = False
    """Whether a number of one repeated digit is issued: it has a check letter of its own."""
