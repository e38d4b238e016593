"""JSON inside a string of an answer."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.errors import StreamError
from epol.engine.streams.inner import with_texts

_LEAVES = st.none() | st.booleans() | st.integers() | st.text()
VALUES = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)


@given(VALUES, st.booleans(), st.sampled_from([None, 1]))
def test_what_nothing_changes_stays(value: object, ascii: bool, indent: int | None) -> None:
    written = json.dumps(value, ensure_ascii=ascii, indent=indent)
    asked: list[str] = []

    def same(text: str) -> str:
        asked.append(text)
        return text

    assert with_texts(written, same) == written
    if isinstance(value, str | int) and not isinstance(value, bool):
        assert str(value) in asked


@given(st.lists(st.text(), max_size=5).map(lambda texts: [texts, texts]))
def test_each_string_is_changed(value: list[list[str]]) -> None:
    marked = [[text + "#" for text in texts] for texts in value]
    assert json.loads(with_texts(json.dumps(value), lambda text: text + "#")) == marked


def test_keys_and_numbers_must_stay() -> None:
    for written in ('{"private": 1}', '[{"a": {"private": "x"}}]', "[12345]", "-1.5e3"):
        with pytest.raises(StreamError, match="a number or a key"):
            with_texts(written, lambda text: text if text == "a" else "changed")
    assert with_texts("no JSON", str.upper) == "NO JSON"
    assert with_texts('{"a": 1, "a": 2}', str.upper) == '{"A": 1, "A": 2}'
