"""Exact matches: leftmost, longest, seen in their surroundings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.exact import Exact, PatternRefusedError


def test_leftmost_and_longest() -> None:
    exact = Exact("a|ab|abc")
    assert exact.search(b"xxabcd", 0, 6) == (2, 5, 2, 5)
    assert exact.longest_at(b"xxabcd", 2, 4) == (2, 4, 2, 4)
    assert exact.longest_at(b"xxabcd", 1, 6) is None


def test_the_value_is_the_span() -> None:
    exact = Exact("n(?P<value>[0-9]+)|(?:m)")
    assert exact.search(b"an12", 0, 4) == (1, 4, 2, 4)
    assert exact.search(b"am", 0, 2) == (1, 2, 1, 2)


def test_boundaries_see_beyond_the_window() -> None:
    exact = Exact(r"\bab\b")
    assert exact.search(b"xab ab", 1, 3) is None
    assert exact.search(b"abx", 0, 2) is None
    assert exact.search(b" ab ", 1, 3) == (1, 3, 1, 3)


BODIES = ("[0-9]{1,3}(?: [0-9]){0,2}", r"\+?[0-9]{2}|[)-]a\b", "[^a]{1,2}1", "a(?P<other>b)?", "b*")


@given(st.text("a1b -.)+\u00e9\u6f22", max_size=12), st.sampled_from(BODIES), st.data())
def test_a_value_behind_a_character_is_where_its_group_is(
    text: str, body: str, data: st.DataObject
) -> None:
    edge, encoded = r"(?:\A|[^\.0-9A-Z_a-z])", text.encode()
    exact = Exact(f"{edge}(?P<value>{body})")
    asked = Exact(f"(?:{edge})(?P<value>{body})")
    start, end = sorted(data.draw(st.tuples(*[st.integers(0, len(encoded))] * 2)))
    assert exact.search(encoded, start, end) == asked.search(encoded, start, end)
    assert exact.longest_at(encoded, start, end) == asked.longest_at(encoded, start, end)


def test_what_re2_refuses() -> None:
    with pytest.raises(PatternRefusedError, match="invalid"):
        Exact("(?=a)")
