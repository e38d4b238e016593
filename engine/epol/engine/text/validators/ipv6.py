"""Addresses of the Internet Protocol, version 6."""

from __future__ import annotations

import ipaddress

from epol.engine.text.validators._text import MAX_LENGTH


def ipv6(value: str) -> bool:
    """Eight groups of hexadecimal digits, of which `::` may stand for zeros.

    Source: RFC 4291, 2.2; RFC 4007 for the zone after `%`.  The unspecified address, `::`
    alone, is refused: it is nobody's, and texts about programs are full of it.
    """
    try:
        address = ipaddress.IPv6Address(value if len(value) <= MAX_LENGTH else "")
    except ValueError:
        return False
    return not address.is_unspecified
