"""Evasion is measured, not assumed: values in disguise, for every class of detector.

The values are made here; no detector was written from them.  Each is found under every
disguise and every composition of two, whole, and is gone from the treated text.
"""

from __future__ import annotations

import base64
import json
import random
import re
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from epol.engine.bundle.findings import ORIGINAL
from epol.engine.bundle.textplan import DetectorPlan, Near, TextPlan
from epol.engine.bundle.treatment import Detail, Treatment
from epol.engine.text.scanner import Scanner
from epol.engine.text.treating import treat_text
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.tokens import Tokens
from tests.engine.text.plans import EMAIL, pattern
from tests.engine.views.evasions import ALL

NAMED = (
    "zero-width", "full-width", "dashes", "soft-hyphen", "json", "html-decimal", "percent",
    "base64", "hex", "cyrillic", "bidi",
)  # fmt: skip
DISGUISES = [(name,) for name in ALL] + [(one, two) for one in NAMED for two in NAMED]

R = random.Random(20261121)


def digits(count: int) -> str:
    return "".join(R.choice(string.digits) for _ in range(count))


def card() -> str:
    body = R.choice(["4", "51", "53", "6011"])
    body += digits(15 - len(body))
    number = body + luhn.calc_check_digit(body)
    return " ".join(number[at : at + 4] for at in range(0, 16, 4))


def iban() -> str:
    body = digits(16)
    return f"BA{mod_97_10.calc_check_digits(body + 'BA')}{body}"


def ssn() -> str:
    return f"{R.randint(100, 600)}-{R.randint(10, 99)}-{R.randint(1000, 9999)}"


def badge() -> str:
    return f"EMP-{digits(6)}"


def key() -> str:
    return "key_" + "".join(R.choice(string.ascii_letters + string.digits) for _ in range(24))


def phone() -> str:
    return f"+49 30 {digits(3)} {digits(4)}"


def ip() -> str:
    return ".".join(str(R.randint(100, 250)) for _ in range(4))


def drug() -> str:
    return R.choice(["Metoprolol", "lisinopril"])


def name() -> str:
    return "".join(R.choice(string.ascii_lowercase) for _ in range(7))


def plan(name: str, regex: str, flags: str = "", **more: Any) -> DetectorPlan:  # noqa: ANN401
    return DetectorPlan(name, name, (pattern(regex, flags, bounded=name == "drug"),), **more)


NEAR = (Near(("badge",), 20, 30),)
# A class of detector, what stands before the value, and how a value is made.
CLASSES: list[tuple[DetectorPlan, str, Callable[[], str]]] = [
    (plan("card", r"\b[0-9](?:[ -]?[0-9]){11,18}\b", checks=("card",)), "paid with ", card),
    (plan("ssn", r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", checks=("ssn",)), "", ssn),
    (EMAIL, "mail ", lambda: f"{name()}@{name()}.example.org"),
    (plan("iban", r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}\b", checks=("iban",)), "to ", iban),
    (plan("badge", r"\bEMP-[0-9]{6}\b", score=40, near=NEAR), "my badge is ", badge),
    (plan("key", r"\bkey_[A-Za-z0-9]{24}\b", entropy=3.0, stopwords=("example",)), "with ", key),
    (plan("phone", r"\+[0-9]{1,3}(?: ?[0-9]{2,4}){2,5}", right=("digit",)), "call ", phone),
    (plan("ip", r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", checks=("ipv4",)), "at ", ip),
    (plan("mrn", r"\bMRN\s{0,3}(?P<value>[0-9]{6,10})\b"), "MRN ", lambda: digits(8)),
    (plan("drug", "metoprolol|lisinopril", "i"), "takes ", drug),
]
SCANNER = Scanner(TextPlan(tuple(plan for plan, _, _ in CLASSES)))
KEYS = Keys(bytes(32), Tokens(bytes(32)))
REDACT = {plan.label: Detail(Treatment.REDACT) for plan, _, _ in CLASSES}


def disguised(value: str, names: tuple[str, ...]) -> str:
    for each in names:
        value = ALL[each](value)
    return value


@pytest.mark.parametrize("detector", [plan.name for plan, _, _ in CLASSES])
def test_values_in_disguise_are_found_whole_and_treated(detector: str) -> None:
    ((found, before, make),) = [entry for entry in CLASSES if entry[0].name == detector]
    missed: list[tuple[tuple[str, ...], str, str]] = []
    for names in DISGUISES:
        value = make()
        shown = disguised(value, names)
        start = len("Please note: ") + len(before)
        text = f"Please note: {before}{shown} and that is all."
        scan = SCANNER.scan(text)
        spans = [(f.start, f.end) for f in scan.findings if f.label == found.label]
        if not any(low <= start and high >= start + len(shown) for low, high in spans):
            missed.append((names, value, "not found" if not spans else f"{spans} of {start}"))
            continue
        treated = treat_text(SCANNER, text, REDACT, KEYS, scan.findings)
        # Digits in hex may happen to be a card's number too; then the region has that name.
        if not re.fullmatch(rf"Please note: {before}\[[a-z.]+\] and that is all\.", str(treated)):
            missed.append((names, value, str(treated)))
    assert missed == []


def test_views_find_nothing_more_in_clean_texts() -> None:
    sample = Path(__file__).parents[3] / "bench" / "data" / "clean.jsonl"
    texts = [json.loads(line)["text"] for line in sample.read_text("utf-8").splitlines()]
    assert len(texts) >= 40
    found = [finding for text in texts for finding in SCANNER.scan(text).findings]
    assert [finding for finding in found if finding.view != ORIGINAL] == []


def test_what_holds_no_text_is_opaque_and_keys_are_not() -> None:
    noise = random.Random(1).randbytes(1100)
    image = base64.b64encode(noise).decode()
    signature = base64.urlsafe_b64encode(noise[:512]).decode()
    assert SCANNER.scan(f"see data:image/png;base64,{image}").opaque == 1
    assert SCANNER.scan(f"see {noise.hex()}").opaque == 1
    assert SCANNER.scan(base64.encodebytes(noise).decode()).opaque == 1
    assert SCANNER.scan(f"see {signature} and {noise[:64].hex()}").opaque == 0
    assert SCANNER.scan(base64.b64encode(b"nothing to see here " * 200).decode()).opaque == 0
