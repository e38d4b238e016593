"""Payment card numbers."""

from __future__ import annotations

import re

from epol.engine.text.validators._figures import is_luhn
from epol.engine.text.validators._text import digits, placeholder

_ISSUED = re.compile(
    r"""1\d{14}                                   # UATP
    | 220[0-4]\d{12,15}                           # Mir
    | 2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}    # Mastercard, series 2
    | 3[47]\d{13}                                 # American Express
    | 3(?:0[0-5]|095|[689]\d)\d{11,16}            # Diners Club
    | 35\d{14,17} | 2131\d{11}                    # JCB
    | 4\d{12}(?:\d{3}){0,2}                       # Visa
    | 5[1-5]\d{14}                                # Mastercard
    | (?:5[06-8]|6\d)\d{10,17}                    # Maestro, Discover, UnionPay, RuPay, Elo
    | 8[12]\d{14,17}                              # UnionPay, RuPay
    | (?:8600|9792|9860|94\d\d)\d{12}             # Uzcard, Troy, Humo, BC
    """,
    re.VERBOSE | re.ASCII,
)


def card(value: str) -> bool:
    """12 to 19 digits with a right Luhn digit, that begin as some network's numbers do.

    Sources: ISO/IEC 7812-1; the networks' tables of issuer identification numbers.  One
    number in ten has a right Luhn digit, among them times in milliseconds and order numbers:
    so the first digits and the length must fit, and one repeated digit is no card.
    """
    text = digits(value)
    return bool(_ISSUED.fullmatch(text)) and not placeholder(text) and is_luhn(text)
