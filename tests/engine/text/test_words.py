"""What stands beside a match: digits, letters, words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.textplan import Near
from epol.engine.text.context import Context, lowered
from epol.engine.text.words import (
    CLASSES,
    count_words,
    is_inside_word,
    words_touched,
)


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("digit", "07٣", "a² "),
        ("letter", "aZéжΩ", "0_漢가あ "),
        ("word", "a_0٣é", "-漢가 "),
        ("space", " \n\u00a0", "a_"),
    ],
)
def test_classes(name: str, inside: str, outside: str) -> None:
    assert all(map(CLASSES[name], inside))
    assert not any(map(CLASSES[name], outside))


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("id no", "ID \n no", True),
        ("id", "didn't", False),
        ("身份证", "我的身份证号", True),
        ("#", "a#b", True),
        ("c++", "in C++ now", True),
        ("c", "c++", True),
    ],
)
def test_phrases(phrase: str, text: str, found: bool) -> None:
    context = Context(Near((phrase,), 1000, 1))
    assert bool(context.hit(lowered(text), len(text), len(text))) == found
    assert bool(context.hit(lowered(text), 0, 0)) == found


@given(
    st.text(max_size=30), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5)
)
def test_words_touched_by_spans(text: str, ends: list[tuple[int, int]]) -> None:
    spans = [(low, high) for low, high in ends if low < high <= len(text)]
    words = [match.span() for match in re.finditer(r"\w+", text)]
    wanted = sum(any(a < e and s < b for s, e in spans) for a, b in words)
    assert words_touched(text, spans) == wanted
    assert count_words(text) == len(words)


def test_cutting_a_word_in_two() -> None:
    assert is_inside_word("aspirins", 7)
    assert not is_inside_word("aspirin.", 7)
    assert not is_inside_word("aspirin", 7)
    assert not is_inside_word("aspirin", 0)
