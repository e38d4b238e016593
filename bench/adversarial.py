"""Texts that are made to cost a scanner much, of any size and always the same ones.

Each function takes `n` and gives a text of about `n` characters.  They aim at three kinds
of cost: patterns that begin a match at every character and never end it (runs), candidates
that pass the patterns and fail their checks (near misses), and text whose normal form is
work to make or larger than it looks (encodings, marks).
"""

from __future__ import annotations

import base64
import json
import random
import string
from collections.abc import Callable, Iterable, Iterator
from itertools import count, cycle, islice

SIZES = (64 * 1024, 256 * 1024, 1024 * 1024, 4 * 1024 * 1024)

Generator = Callable[[int], str]

_SENTENCE = "Please send the report to the office in Bergen before noon, and call me. "
# Distinct near misses in a row before they come round again.
_VARIETY = 1000
# Base64 within base64 stops at so many characters; fewer could not be cut to size.
_INNERMOST = 256


def digits(n: int) -> str:
    """One number: no candidate of a fixed length has a boundary."""
    return _choices(string.digits, n)


def at_signs(n: int) -> str:
    """Nothing but `@`: each could be the middle of an e-mail address."""
    return "@" * n


def word_characters(n: int) -> str:
    """One word of letters, digits and underscores."""
    return _choices(string.ascii_letters + string.digits + "_", n)


def spaces(n: int) -> str:
    """Nothing but spaces: gaps between words that never come."""
    return " " * n


def cards_failing_luhn(n: int) -> str:
    """Card numbers of sixteen digits, in groups, with a wrong last digit."""
    return _joined(_bad_cards(), n)


def emails_without_tld(n: int) -> str:
    """Addresses whose host has no dot, or one with nothing behind it."""
    names = (f"ann.marie+{i}@mail-{i}" for i in count())
    return _joined((name + ("." if i % 2 else "") for i, name in enumerate(names)), n)


def ssns_off_by_one_digit(n: int) -> str:
    """Social security numbers with a digit too few or too many, in each of the groups."""
    shapes = cycle(((2, 2, 4), (4, 2, 4), (3, 1, 4), (3, 3, 4), (3, 2, 3), (3, 2, 5)))
    dice = random.Random(4)
    return _joined(("-".join(_number(dice, k) for k in shape) for shape in shapes), n)


def ibans_with_wrong_check(n: int) -> str:
    """German account numbers, in groups of four, whose check digits are one off."""
    dice = random.Random(5)
    return _joined((_bad_iban(_number(dice, 18)) for _ in count()), n)


def hex_run(n: int) -> str:
    """Hexadecimal digits that never end, as of a key."""
    return _choices("0123456789abcdef", n)


def base64_run(n: int) -> str:
    """Base64 of random bytes, which decodes to nothing that is text."""
    return base64.b64encode(random.Random(7).randbytes(n * 3 // 4)).decode()


def nested_base64(n: int) -> str:
    """Prose in base64, again and again until it is `n` long: 20 times for 64 KB."""
    length, depth = n // 4 * 3, 1
    while length > _INNERMOST:
        length, depth = length // 4 * 3, depth + 1
    text = _repeated(_SENTENCE, length).encode()
    for _ in range(depth):
        text = base64.b64encode(text)
    return text.decode()


def percent_encoded(n: int) -> str:
    """Every character as a percent escape, every other kind of them escaped twice."""
    escaped = "".join(f"%25{byte:02X}" if byte % 2 else f"%{byte:02x}" for byte in _encoded())
    return _repeated(escaped, n)


def html_entities(n: int) -> str:
    """Every character as an HTML entity: decimal, hexadecimal, or one without its end."""
    forms = cycle(("&#{0};", "&#x{0:x};", "&#{0}", "&amp;#{0};"))
    pairs = zip(forms, _encoded(), strict=False)
    return _repeated("".join(form.format(code) for form, code in pairs), n)


def percent_signs(n: int) -> str:
    """Percent escapes that are only begun."""
    return "%" * n


def ampersands(n: int) -> str:
    """Entities that are only begun."""
    return "&" * n


def backslash_us(n: int) -> str:
    r"""JSON escapes that are only begun: `\u\u\u`."""
    return _repeated("\\u", n)


def zero_width(n: int) -> str:
    """A card number and words, with a zero-width space behind every character."""
    text = _SENTENCE + "4111 1111 1111 1111 "
    return _repeated("".join(f"{character}\u200b" for character in text), n)


def zalgo(n: int) -> str:
    """Words whose every letter carries eight combining marks, in no canonical order."""
    dice = random.Random(8)
    marks = [chr(code) for code in range(0x300, 0x370)]
    return _repeated("".join(c + "".join(dice.sample(marks, 8)) for c in _SENTENCE), n)


def long_line(n: int) -> str:
    """One line of prose and punctuation without a space in it."""
    return _repeated(_SENTENCE.replace(" ", "/"), n)


def json_with_escapes(n: int) -> str:
    """A whole list of JSON objects that hold JSON as text, three levels deep."""
    value: object = {"say": '“naïve” "quotes" \\ and\ttabs', "card": "4111-1111-1111-1112"}
    for _ in range(3):
        value = {"arguments": json.dumps(value)}
    item = json.dumps(value)
    return "[" + ",".join([item] * (n // (len(item) + 1))) + "]"


GENERATORS: tuple[Generator, ...] = (
    digits,
    at_signs,
    word_characters,
    spaces,
    cards_failing_luhn,
    emails_without_tld,
    ssns_off_by_one_digit,
    ibans_with_wrong_check,
    hex_run,
    base64_run,
    nested_base64,
    percent_encoded,
    html_entities,
    percent_signs,
    ampersands,
    backslash_us,
    zero_width,
    zalgo,
    long_line,
    json_with_escapes,
)


def _repeated(text: str, n: int) -> str:
    """A text over and over, cut at `n` characters."""
    return (text * (n // len(text) + 1))[:n]


def _joined(items: Iterable[str], n: int) -> str:
    """The first of some values, a space behind each, over and over."""
    return _repeated(" ".join([*islice(items, _VARIETY), ""]), n)


def _choices(alphabet: str, n: int) -> str:
    """A run of random characters; long runs repeat a prime number of them."""
    return _repeated("".join(random.Random(1).choices(alphabet, k=65_537)), n)


def _number(dice: random.Random, length: int) -> str:
    return "".join(dice.choices(string.digits, k=length))


def _encoded() -> bytes:
    """What the texts of escapes and entities stand for."""
    return (_SENTENCE + "ann@example.org ").encode()


def _bad_cards() -> Iterator[str]:
    """The last digit is one more than the one by Luhn's formula (ISO/IEC 7812-1, annex B)."""
    dice = random.Random(3)
    for separator in cycle("- "):
        body = "4" + _number(dice, 14)
        doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in body[::2])
        right = -(doubled + sum(map(int, body[1::2]))) % 10
        number = f"{body}{(right + 1) % 10}"
        yield separator.join(number[i : i + 4] for i in range(0, 16, 4))


def _bad_iban(account: str) -> str:
    """The check digits are one more than by ISO 13616: 98 less a remainder by 97; DE is 1314."""
    right = 98 - int(f"{account}131400") % 97
    number = f"DE{(right - 1) % 97 + 2:02d}{account}"
    return " ".join(number[i : i + 4] for i in range(0, len(number), 4))
