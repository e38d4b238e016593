"""Addresses of the Internet Protocol, of either version."""

from __future__ import annotations

from epol.engine.text.validators.ipv4 import ipv4
from epol.engine.text.validators.ipv6 import ipv6


def ip(value: str) -> bool:
    """An IPv4 or an IPv6 address.  Sources: RFC 791, RFC 4291."""
    return ipv4(value) or ipv6(value)
