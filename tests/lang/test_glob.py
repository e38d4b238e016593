"""Globs, against a matcher that is obviously right."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang.glob import ANY_ONE, ANY_RUN, Glob, GlobError, matches, parse_glob


def oracle(glob: Glob, text: str) -> bool:
    """The definition: each part takes a run, one character, or itself."""
    if not glob:
        return not text
    first, rest = glob[0], glob[1:]
    if first is ANY_RUN:
        return any(oracle(rest, text[i:]) for i in range(len(text) + 1))
    return bool(text) and first in (ANY_ONE, text[0]) and oracle(rest, text[1:])


@given(st.text("ab*?", max_size=7), st.text("abc", max_size=8))
def test_matching_agrees_with_its_definition(glob: str, text: str) -> None:
    parts = parse_glob(glob)
    assert matches(parts, text) == oracle(parts, text)


@given(st.text("ab*?\\", max_size=8), st.text("ab*?\\", max_size=8))
def test_escapes_agree_with_the_definition_too(glob: str, text: str) -> None:
    try:
        parts = parse_glob(glob)
    except GlobError:
        backslashes = len(glob) - len(glob.rstrip("\\"))
        assert backslashes % 2 == 1
    else:
        assert matches(parts, text) == oracle(parts, text)


@given(st.text())
def test_an_escaped_text_matches_itself_and_nothing_longer(text: str) -> None:
    escaped = "".join("\\" + char for char in text)
    assert matches(parse_glob(escaped), text)
    assert not matches(parse_glob(escaped), text + "x")


@given(st.text())
def test_a_star_matches_everything(text: str) -> None:
    assert matches(parse_glob("*"), text)


@pytest.mark.parametrize(
    ("glob", "text", "expected"),
    [
        ("", "", True),
        ("", "a", False),
        ("eu*", "eu-west", True),
        ("eu*", "EU-west", False),
        ("*west", "eu-west", True),
        ("*west", "eu-west-1", False),
        ("e?", "eu", True),
        ("e?", "e", False),
        ("?", "\N{GRINNING FACE}", True),
        ("a\\*b", "a*b", True),
        ("a\\*b", "axb", False),
        ("a[bc]", "ab", False),
        ("a[bc]", "a[bc]", True),
        ("a.c", "abc", False),
        ("*a*b*", "xxaxxbxx", True),
        ("*\n*", "a\nb", True),
    ],
)
def test_a_glob_is_the_whole_string(glob: str, text: str, expected: bool) -> None:
    assert matches(parse_glob(glob), text) is expected


def test_a_glob_that_ends_in_an_escape_is_refused() -> None:
    with pytest.raises(GlobError, match="single backslash"):
        parse_glob("eu\\")


def test_many_stars_take_no_exponential_time() -> None:
    begun = time.process_time()
    assert not matches(parse_glob("*a" * 30 + "b"), "a" * 3_000)
    assert time.process_time() - begun < 5
