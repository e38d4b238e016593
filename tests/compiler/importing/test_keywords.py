"""Whether every match has a keyword in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.importing.keywords import always_inside
from epol.compiler.patterns.parse import parse


@pytest.mark.parametrize(
    ("regex", "keywords", "always"),
    [
        ("ghp_[a-z]+", ["ghp_"], True),
        ("GHP_[a-z]+", ["ghp_"], True),
        ("gh[ps]_x", ["ghp_", "ghs_"], True),
        ("gh[psx]_x", ["ghp_", "ghs_"], False),
        ("(?:api|key)=x", ["api", "key"], True),
        ("(?:api|key)?=x", ["api", "key"], False),
        ("a{3}", ["aaa"], True),
        ("a{2,9}", ["aaa"], False),
        ("a+b", ["ab"], True),
        ("(?:xy){1,3}", ["yx"], False),
        ("(?:xy){2,}", ["yx"], True),
        (r"\d{4}", ["1"], False),
        (r"\bkey\b", ["key"], True),
        ("(?i)key", ["KEY"], True),
        (".*key.*", ["key"], True),
        ("(?s).", ["k"], False),
        (r"\p{L}key", ["key"], True),
        ("x", [""], True),
        ("k{1000}", ["kkkk"], True),
    ],
)
def test_it_is_decided_on_the_tree(regex: str, keywords: list[str], always: bool) -> None:
    assert always_inside(parse(regex), keywords) is always


_REGEXES = ["a[bc]{1,3}a?", "(?:ab|ba){1,2}", "a?b?c?a", "[^b]c*b", "(?:a|bc)+"]


@given(st.data())
def test_it_is_never_wrong(data: st.DataObject) -> None:
    regex = data.draw(st.sampled_from(_REGEXES))
    keywords = data.draw(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1, max_size=3))
    text = data.draw(st.from_regex(re.compile(regex, re.ASCII), fullmatch=True))
    if always_inside(parse(regex), keywords):
        assert any(keyword in text.lower() for keyword in keywords)
