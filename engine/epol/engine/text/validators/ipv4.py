"""Addresses of the Internet Protocol, version 4."""

from __future__ import annotations

import ipaddress

_LONGEST = len("255.255.255.255")


def ipv4(value: str) -> bool:
    """Four numbers from 0 to 255 between points, none with a leading zero.

    Source: RFC 791; RFC 6943, 3.1.1, on the forms that are not to be read.
    """
    try:
        ipaddress.IPv4Address(value if len(value) <= _LONGEST else "")
    except ValueError:
        return False
    return True
