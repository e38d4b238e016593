"""Values in base64 with lines above and below them, found by their characters."""

from __future__ import annotations

import base64

import pytest

from epol.engine.bundle.textplan import DetectorPlan, TextPlan
from epol.engine.text.scanner import Scanner
from tests.engine.text.plans import pattern

SCANNER = Scanner(
    TextPlan(
        (
            DetectorPlan("mail", "mail", (pattern(r"\b[a-z]{5,20}@[a-z]{3,20}\.example\b"),)),
            DetectorPlan("key", "key", (pattern(r"\bKEY-[a-z0-9]{16}\b"),)),
        )
    )
)
MAIL = base64.b64encode(b"somebody@somewhere.example").decode()
KEY = base64.b64encode(b"KEY-0123456789abcdef").decode()
WRAPPED = f"{MAIL[:20]}\n{MAIL[20:]}"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (f"{MAIL}\nbehind", [MAIL]),
        (f"{KEY}\n behind behind", [KEY]),
        (f"before before\n{MAIL}\r\nbehind", [MAIL]),
        (f"behindbehindbehind\n{MAIL}\nbehind", [MAIL]),
        (f"{MAIL}\n{KEY}", [MAIL, KEY]),
        (f"{KEY}\n{KEY}\n{MAIL}", [KEY, KEY, MAIL]),
        (WRAPPED, [WRAPPED]),
        (f"{WRAPPED}\nbehind", [WRAPPED]),
        (f"behindbehindbehindbehind\n{WRAPPED}\nbehind", [WRAPPED]),
    ],
)
def test_lines_below_each_other_hide_nothing(text: str, values: list[str]) -> None:
    found = SCANNER.scan(text).findings
    assert [text[each.start : each.end] for each in found] == values


def test_many_lines_take_no_longer_than_they_must() -> None:
    """Blocks that are text in part are read again, but only so often."""
    block = f"{WRAPPED}\nbehindbehindbehindbehind\n"
    text = block * 2000
    assert len(SCANNER.scan(text).findings) >= 8
