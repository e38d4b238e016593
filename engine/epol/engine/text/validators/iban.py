"""International bank account numbers."""

from __future__ import annotations

from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import compact


def iban(value: str) -> bool:
    """A country of the registry, the structure it has there, and the sum modulo 97.

    Source: ISO 13616-1; SWIFT, IBAN registry.  python-stdnum's further checks of some
    countries are left out: one looks the bank up in a list that ages, and refuses even the
    registry's own Belgian example.
    """
    return valid("iban", compact(value), check_country=False)
