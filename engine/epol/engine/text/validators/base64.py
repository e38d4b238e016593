"""Base64 and base64url, as RFC 4648 writes them."""

from __future__ import annotations

import binascii
import re

from epol.engine.text.validators._text import MAX_LONG

_ALPHABETS = re.compile(r"(?:[A-Za-z0-9+/]+|[A-Za-z0-9_-]+)={0,2}")
_TO_STANDARD = str.maketrans("-_", "+/")


def base64(value: str) -> bool:
    """Whether the text decodes: one alphabet, a whole number of bytes, no stray bits.

    Source: RFC 4648, sections 3.2, 3.5, 4 and 5.  Padding may be left out, as in a JWT, but
    not in part; white space may break lines, as in PEM and MIME.  Many words are valid
    base64: a detector asks for a length or for entropy as well.
    """
    if len(value) > MAX_LONG:
        return False
    text = "".join(value.split())
    if not _ALPHABETS.fullmatch(text):
        return False
    body = text.rstrip("=").translate(_TO_STANDARD)
    padded = body + "=" * (-len(body) % 4)
    if text.endswith("=") and len(text) != len(padded):
        return False
    try:
        decoded = binascii.a2b_base64(padded, strict_mode=True)
    except binascii.Error:
        return False
    return binascii.b2a_base64(decoded, newline=False).decode() == padded
