"""Hardware addresses of network interfaces."""

from __future__ import annotations

import re

from epol.engine.text.validators._stdnum import valid
from epol.engine.text.validators._text import MAX_LENGTH, compact

_DOTTED = re.compile(r"([0-9a-f]{4})\.([0-9a-f]{4})\.([0-9a-f]{4})", re.IGNORECASE)
_NOBODY = frozenset({"000000000000", "FFFFFFFFFFFF"})


def mac(value: str) -> bool:
    """Six octets in hexadecimal with colons or dashes, or three pairs with points.

    Source: IEEE Std 802, EUI-48.  Null and broadcast address are refused: they are nobody's.
    That the manufacturer is in python-stdnum's list is not asked: the list ages, and reading
    it takes milliseconds.
    """
    if len(value) > MAX_LENGTH:
        return False
    if match := _DOTTED.fullmatch(value):
        plain = "".join(match.groups())
        value = ":".join(plain[at : at + 2] for at in range(0, 12, 2))
    if compact(value.replace(":", "")) in _NOBODY:
        return False
    return valid("mac", value, validate_manufacturer=False)
