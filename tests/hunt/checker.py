"""Looks for secrets in what came out, in every form in which somebody could read them."""

from __future__ import annotations

import base64
import binascii
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Iterable, Iterator

from tests.hunt.bodies import Json, fields_of, items_of
from tests.hunt.plants import Plant, squeezed

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{12,}={0,2}")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")


# What treatments write is now and then like a fragment of a secret, and names of labels together
# with what stands beside them.
_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
_TOKEN = re.compile(r"\[hunt\.[a-z]+(?::[a-z]{16})?\]")
# Stars stand for characters that are gone: the ends of two secrets, which a mask may keep, are
# not one fragment of a secret.  The letter is in none.
_STARS, _GONE = re.compile(r"\*+"), "\u00f8"


def leaks(plants: Iterable[Plant], *outputs: bytes | str) -> list[str]:
    """The labels of the secrets of which so much as a fragment came out."""
    seen = "\0".join(squeezed(form) for output in outputs for form in _forms(output))
    return [plant.label for plant in plants if any(part in seen for part in plant.fragments())]


def _forms(output: bytes | str) -> Iterator[str]:
    text = output.decode("utf-8", "replace") if isinstance(output, bytes) else output
    text = _STARS.sub(_GONE, _TOKEN.sub("\0", _DIGEST.sub("\0", text)))
    yield from _readings(text)
    try:
        value = json.loads(text)
    except ValueError:
        return
    strings = list(_strings(value))
    yield "".join(strings)
    for each in strings:
        yield from _readings(each)
        if each.startswith(("{", "[")):
            yield from _forms(each)


def _readings(text: str) -> Iterator[str]:
    yield text
    plain = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    yield plain
    yield urllib.parse.unquote(plain)
    yield re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), plain)
    for run in _BASE64.findall(plain):
        try:
            raw = base64.b64decode(run + "=" * (-len(run) % 4), altchars=b"-_")
        except (binascii.Error, ValueError):
            continue
        yield raw.decode("latin-1")


def _strings(value: Json) -> Iterator[str]:
    if isinstance(value, dict):
        for key, member in fields_of(value).items():
            yield key
            yield from _strings(member)
    elif isinstance(value, list):
        for member in items_of(value):
            yield from _strings(member)
    elif isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield str(value)
