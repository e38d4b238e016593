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
        at = after
    assert encoded.characters(len(encoded.data)) == len(text)


def test_a_lone_surrogate_is_one_character() -> None:
    encoded = Encoded("a\ud800b é")
    assert encoded.data.startswith(b"a?b")
    assert encoded.characters(len(encoded.data)) == 5
