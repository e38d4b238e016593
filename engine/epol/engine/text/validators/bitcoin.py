"""Bitcoin addresses."""

from __future__ import annotations

from epol.engine.text.validators._stdnum import valid

_CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_BECH32M = 0x2BC830A3
_VERSION_0 = "q"
_PREFIX = (3, 3, 0, 2, 3)
"""`bc` as BIP 173 feeds it to the sum: high bits, zero, low bits."""

_MAX_LENGTH = 90


def bitcoin(value: str) -> bool:
    """A legacy address (Base58Check), a SegWit one (bech32) or a Taproot one (bech32m).

    Sources: BIP 13, BIP 173, BIP 350.  python-stdnum knows the first two; it applies the sum
    of bech32 to every witness version, and would refuse all addresses since Taproot.
    """
    text = value.strip()
    if len(text) > _MAX_LENGTH:
        return False
    if text[:3].lower() == "bc1" and text[3:4].lower() != _VERSION_0:
        return _is_bech32m(text)
    return valid("bitcoin", text)


def _is_bech32m(text: str) -> bool:
    """Whether the text is a `bc1` address of witness version 1 to 16."""
    if not text.isascii() or text not in {text.lower(), text.upper()}:
        return False
    text = text.lower()
    if len(text) < 14 or set(text[3:]) - set(_CHARACTERS):
        return False
    values = [_CHARACTERS.index(char) for char in text[3:]]
    return 1 <= values[0] <= 16 and _sum([*_PREFIX, *values]) == _BECH32M


def _sum(values: list[int]) -> int:
    """The BCH checksum of BIP 173 over 5-bit values."""
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate(_GENERATOR):
            total ^= generator if top >> bit & 1 else 0
    return total
