"""Gates for a text whose digits are all 0: nothing is lost in it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.patterns import PatternError, compile_pattern
from epol.compiler.patterns.known import form_of
from epol.compiler.patterns.needs import TRIGGERS, automaton, is_of_digits
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.write import for_hyperscan
from epol.compiler.patterns.zeros import image
from epol.engine.bundle.hyper import PatternDatabase
from tests.compiler.patterns.engines import spans
from tests.compiler.patterns.making import patterns

ZEROS = str.maketrans("123456789", "0" * 9)


@given(patterns, st.text("0159aA-_ \né€٣", max_size=7))
def test_where_a_pattern_matches_its_image_does(pattern: str, text: str) -> None:
    try:
        compiled = compile_pattern(pattern)
    except PatternError:
        return
    found = list(spans(compiled.exact, text)) if compiled.min_width else []
    if found:
        gate = for_hyperscan(image(compiled.relaxed))
        hits = PatternDatabase([gate]).scan(text.translate(ZEROS).encode())
        assert hits
        assert hits[0][1] <= min(end for _, end in found)


@pytest.mark.parametrize(
    ("pattern", "gate"),
    [
        (r"\b4[0-9]{3}-[0-5]\d", r"\b00{3}-00"),
        ("[1-9a-f]{2}|[^5]x", r"[0a-f]{2}|[^1-9]x"),
        ("AKIA[2-7A-Z]{16}", "AKIA[0A-Z]{16}"),
        (r"\A(?:x|[^0-9])+7?\z", r"\A(?:x|[^0-9])+0?\z"),
        (r"\p{Nd}\p{Lu}", r"[\p{Nd}][\p{Lu}]"),
        (r"[\p{Lu}5]", r"[05\p{Lu}]"),
    ],
)
def test_sets_with_some_digit_have_zero(pattern: str, gate: str) -> None:
    assert for_hyperscan(image(parse(pattern, ""))) == gate


def test_only_patterns_that_need_digits_have_one() -> None:
    of_digits = [text for text, _ in TRIGGERS if is_of_digits(automaton(text).gate)]
    assert len(of_digits) == 5
    for pattern, zeros in [
        (r"\d{3}-\d{4}", "0{3}-0{4}"),
        ("[a-z]+@[a-z]+", None),
        ("secret", None),
        ("[A-Z]-?[0-9]x", "[A-Z]-?0x"),
    ]:
        form = form_of(pattern, "")
        assert form is not None
        assert form.zeros == zeros
