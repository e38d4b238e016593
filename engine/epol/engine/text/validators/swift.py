"""Business identifier codes, also called BIC or SWIFT codes."""

from __future__ import annotations

from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import compact


def swift(value: str) -> bool:
    """Four letters, a country, two characters, and perhaps three more for the branch.

    Source: ISO 9362; the countries are those of ISO 3166-1 and XK.  Capitals only:
    python-stdnum makes them of any text, and then takes `customer` for a bank in Oman.
    """
    return value == value.upper() and valid("bic", compact(value))
