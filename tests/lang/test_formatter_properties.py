"""The formatter says the same, says it once and for all, and loses no comment."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.lang.formatter import format_source
from epol.lang.source import Source
from tests.lang import texts
from tests.lang.reading import declarations, read

RULES = pytest.mark.parametrize("rule", sorted(texts.BY_RULE))


def formatted(text: str) -> str:
    """The canonical text of a file that parses."""
    result = format_source(Source("t.epol", text))
    assert result is not None, [d.message for d in read(text).diagnostics]
    return result


@RULES
@given(data=st.data())
@settings(max_examples=100)
def test_every_kind_of_declaration_says_the_same_when_formatted(
    rule: str, data: st.DataObject
) -> None:
    text = data.draw(texts.spaced(texts.BY_RULE[rule]))
    once = formatted(text)
    assert declarations(once) == declarations(text)
    assert formatted(once) == once


@given(texts.spaced(texts.FILES))
@settings(max_examples=100)
def test_a_file_says_the_same_when_formatted(text: str) -> None:
    once = formatted(text)
    assert declarations(once) == declarations(text)
    assert formatted(once) == once


@given(texts.commented(texts.FILES))
@settings(max_examples=400)
def test_every_comment_is_kept_wherever_it_stands(given_: tuple[str, list[str]]) -> None:
    text, comments = given_
    once = formatted(text)
    assert Counter(c.text for c in read(once).comments) == Counter(comments)
    assert declarations(once) == declarations(text)
    assert formatted(once) == once
