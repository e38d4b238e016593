"""Ways to write a value so that a plain pattern misses it, each an invertible transform.

None adds anything before the first or after the last character, so the span of the value is
that of all that was written.
"""

import base64
import html
import itertools
from collections.abc import Callable

Evasion = Callable[[str], str]


def between(*inserted: str) -> Evasion:
    """Characters between the others, in turn."""

    def apply(text: str) -> str:
        turn = itertools.cycle(inserted)
        return "".join(char + next(turn) for char in text[:-1]) + text[-1:]

    return apply


def after_ascii(*marks: str) -> Evasion:
    """Marks on ASCII characters."""

    def apply(text: str) -> str:
        turn = itertools.cycle(marks)
        marked = (c + next(turn) if c.isascii() else c for c in text[:-1])
        return "".join(marked) + text[-1:]

    return apply


def each(make: Callable[[str], str], when: Callable[[str], bool] = str.isascii) -> Evasion:
    """Some characters, one by one."""
    return lambda text: "".join(make(char) if when(char) else char for char in text)


def mapped(ascii_chars: str, others: str) -> Evasion:
    """Characters for characters."""
    table = str.maketrans(ascii_chars, others)
    return lambda text: text.translate(table)


def digits(zero: int) -> Evasion:
    """The digits of a script."""
    return each(lambda char: chr(zero + int(char)), lambda c: c.isascii() and c.isdigit())


def styled(capital: int, small: int, zero: int) -> Evasion:
    """Mathematical letters and digits."""

    def make(char: str) -> str:
        base = capital - 65 if char.isupper() else small - 97 if char.islower() else zero - 48
        return chr(base + ord(char))

    return each(make, lambda char: char.isascii() and char.isalnum())


def utf16_escapes(prefix: str) -> Evasion:
    """The code units of UTF-16 in four hex digits each."""

    def apply(text: str) -> str:
        data = text.encode("utf-16-be")
        return "".join(f"{prefix}{data[i : i + 2].hex()}" for i in range(0, len(data), 2))

    return apply


def encoded(alphabet: Callable[[bytes], bytes], charset: str, padding: bool = True) -> Evasion:
    """Base64 or hex of some bytes."""

    def apply(text: str) -> str:
        digits = alphabet(text.encode(charset)).decode()
        return digits if padding else digits.rstrip("=")

    return apply


def mime(text: str) -> str:
    """Base64 in lines of 20 digits."""
    digits = base64.b64encode(text.encode()).decode()
    return "\r\n".join(digits[at : at + 20] for at in range(0, len(digits), 20))


def percent(text: str) -> str:
    """Every byte of UTF-8."""
    return "".join(f"%{byte:02X}" for byte in text.encode())


def names(text: str) -> str:
    """Named characters of HTML, and those that must be escaped."""
    return html.escape(text).replace("@", "&commat;").replace(".", "&period;")


_HEX = (bytes.hex, "utf-8")

CHARACTERS: dict[str, Evasion] = {
    "zero-width": between("\u200b", "\u200d", "\u2060", "\ufeff"),
    "soft-hyphen": between("\u00ad"),
    "bidi": between("\u202e", "\u2066", "\u200f"),
    "controls": between("\x00", "\x7f", "\x1b"),
    "variation": between("\ufe0f", "\U000e0101"),
    "tags": between("\U000e0041"),
    "fillers": between("\u034f", "\u3164", "\uffa0"),
    "marks": after_ascii("\u0301", "\u0489", "\u20dd"),
    "zalgo": after_ascii("\u0301\u0316\u0360\u0489" * 3),
    "full-width": each(lambda c: chr(ord(c) + 0xFEE0), lambda c: "!" <= c <= "~"),
    "dashes": mapped("-", "\u2011"),
    "minus": mapped("-", "\u2212"),
    "spaces": mapped(" ", "\u2007"),
    "cyrillic": mapped("ABCEHIJKMOPSTXYaceijopsxy", "АВСЕНІЈКМОРЅТХҮасеіјорѕху"),
    "greek": mapped("ABEHIKMNOPTXYZov", "ΑΒΕΗΙΚΜΝΟΡΤΧΥΖον"),
    "arabic-indic": digits(0x660),
    "devanagari": digits(0x966),
    "bold": styled(0x1D400, 0x1D41A, 0x1D7CE),
    "sans": styled(0x1D5D4, 0x1D5EE, 0x1D7EC),
}
ESCAPES: dict[str, Evasion] = {
    "json": utf16_escapes("\\u"),
    "json-braces": each(lambda c: f"\\u{{{ord(c):x}}}", lambda _: True),
    "json-x": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
    "json-U": each(lambda c: f"\\U{ord(c):08x}", lambda _: True),
    "percent": percent,
    "percent-u": utf16_escapes("%u"),
    "html-decimal": each(lambda c: f"&#{ord(c)};", lambda _: True),
    "html-hex": each(lambda c: f"&#x{ord(c):X};", lambda _: True),
    "html-open": each(lambda c: f"&#{ord(c)}", lambda _: True),
    "html-names": names,
}
RUNS: dict[str, Evasion] = {
    "base64": encoded(base64.b64encode, "utf-8"),
    "base64-url": encoded(base64.urlsafe_b64encode, "utf-8", padding=False),
    "base64-mime": mime,
    "base64-le": encoded(base64.b64encode, "utf-16-le"),
    "base64-be": encoded(base64.b64encode, "utf-16-be"),
    "hex": lambda text: text.encode().hex(),
    "hex-spaces": lambda text: text.encode().hex(" "),
    "hex-colons": lambda text: text.encode().hex(":").upper(),
    "hex-commas": lambda text: ", ".join(f"0x{byte:02x}" for byte in text.encode()),
}
ALL = {**CHARACTERS, **ESCAPES, **RUNS}
