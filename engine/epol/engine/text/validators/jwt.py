"""JSON Web Tokens."""

from __future__ import annotations

import binascii
import json
import re
from typing import cast

from epol.engine.text.validators._text import MAX_LONG

_PARTS = re.compile(r"([A-Za-z0-9_-]{1,4096})\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*")
_TO_STANDARD = str.maketrans("-_", "+/")


def jwt(value: str) -> bool:
    """Three parts in base64url, of which the first is a JSON object with a string `alg`.

    Source: RFC 7515, 3.1 and 4.1.1; RFC 7519.  The signature may be empty (`alg` is then
    `none`); the claims are not read, as they may be compressed or a token of their own.
    """
    match = _PARTS.fullmatch(value) if len(value) <= MAX_LONG else None
    if match is None:
        return False
    header = match[1].translate(_TO_STANDARD)
    try:
        parsed: object = json.loads(binascii.a2b_base64(header + "=" * (-len(header) % 4)))
    except (ValueError, RecursionError):
        return False
    if not isinstance(parsed, dict):
        return False
    return isinstance(cast(dict[str, object], parsed).get("alg"), str)
