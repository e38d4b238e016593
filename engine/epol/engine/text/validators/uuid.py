"""Universally unique identifiers."""

from __future__ import annotations

import re

_SHAPE = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_PREFIX = "urn:uuid:"


def uuid(value: str) -> bool:
    """32 hexadecimal digits in five groups, bare, in braces, or after `urn:uuid:`.

    Source: RFC 9562, section 4.  Any version and variant will do, as older systems have
    their own; nil and max (one digit throughout) are refused, as they name nothing.
    """
    text = value[len(_PREFIX) :] if value[: len(_PREFIX)].lower() == _PREFIX else value
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    return bool(_SHAPE.fullmatch(text)) and len(set(text.lower()) - {"-"}) > 1
