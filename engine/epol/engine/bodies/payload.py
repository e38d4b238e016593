"""Strings that are bytes and no text: pictures, sound, files, what a provider has sealed."""

from __future__ import annotations

import binascii
import codecs
import re

LEAST_SEALED = 64
"""Characters of what a provider has sealed."""

LEAST_BYTES = 256
"""Characters of base64 that are a file and not, say, a key."""

_LOOKED_AT = 4096
# Possessive, for the time that is taken to be in proportion to the text.
_BASE64 = re.compile(r"[A-Za-z0-9+/_\r\n-]++={0,2}+[\r\n]*+")
_DATA_URL = re.compile(r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+=[\w.+-]+)*);base64,")
_PLAIN = str.maketrans("-_", "+/", "\r\n")


def is_bytes(text: str, least: int = LEAST_BYTES) -> bool:
    """Whether a string is bytes in base64, of so many characters at least, that are no text.

    What begins as UTF-8 counts as text, which the scanner reads through base64.
    """
    if len(text) < least or _BASE64.fullmatch(text) is None:
        return False
    head = text[:_LOOKED_AT].translate(_PLAIN).rstrip("=")
    return not _is_text(head[: len(head) // 4 * 4])


def is_data_url(text: str) -> bool:
    """Whether a string is a URL that holds bytes which are no text."""
    if not text.startswith("data:"):
        return False
    found = _DATA_URL.match(text)
    return found is not None and is_bytes(text[found.end() :], 0)


def _is_text(base64: str) -> bool:
    try:
        head = binascii.a2b_base64(base64)
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except ValueError:
        return False
    return True
