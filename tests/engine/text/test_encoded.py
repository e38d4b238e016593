"""Bytes and code points."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from epol.engine.text.encoded import Encoded


@given(st.text(max_size=200), st.integers(1, 40))
def test_every_character_is_where_its_bytes_are(text: str, repeat: int) -> None:
    text = (text + "é漢🇩") * repeat * 3
    encoded = Encoded(text)
    at = 0
    for number, character in enumerate(text[:500]):
        assert encoded.characters(at) == number
        after = encoded.next_character(at)
        assert encoded.data[at:after] == character.encode("utf-8", "replace")
        assert encoded.behind(at) == encoded.before(after) == character
        at = after
    assert encoded.characters(len(encoded.data)) == len(text)


@given(st.text(max_size=200), st.lists(st.floats(0, 1), max_size=20))
def test_places_may_be_asked_for_in_any_order(text: str, shares: list[float]) -> None:
    text = (text + "é漢🇩") * 40
    encoded = Encoded(text)
    for share in shares:
        number = int(share * len(text))
        assert encoded.characters(len(text[:number].encode("utf-8", "replace"))) == number


def test_a_lone_surrogate_is_one_character() -> None:
    encoded = Encoded("a\ud800b é")
    assert encoded.data.startswith(b"a?b")
    assert encoded.characters(len(encoded.data)) == 5
