"""Hyperscan and RE2 are given one language, and the gate opens whenever the pattern matches."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from epol.compiler.patterns import PatternError, compile_pattern
from epol.compiler.patterns.charset import CharSet
from epol.compiler.patterns.named import PROPERTY_NAMES, unicode_property
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.properties import CATEGORIES, members
from epol.compiler.patterns.relax import relax
from epol.compiler.patterns.spell import spelt
from epol.compiler.patterns.tree import Chars, Node
from epol.compiler.patterns.width import byte_width, width
from epol.compiler.patterns.write import for_exact, for_hyperscan
from tests.compiler.patterns.engines import database, ends, exact, places, spans
from tests.compiler.patterns.making import (
    ascii_texts,
    core_patterns,
    flags,
    patterns,
    texts,
)

some_texts = st.lists(texts, min_size=4, max_size=8)
costly = settings(
    max_examples=80, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)


def usable(regex: str, letters: str) -> Node:
    """The tree of a pattern that is in the dialect and matches something."""
    try:
        node = parse(regex, letters)
    except PatternError:
        assume(False)
        raise
    assume(width(node)[0] > 0)
    return node


@costly
@given(patterns, flags, some_texts)
def test_hyperscan_ends_where_re2_does(regex: str, letters: str, given_: list[str]) -> None:
    node = usable(regex, letters)
    made = database(for_hyperscan(node))
    assume(made is not None)
    assert made is not None
    for text in given_:
        assert ends(made, text) == {end for _, end in spans(for_exact(node), text)}


@costly
@given(patterns, flags, some_texts)
def test_the_gate_opens_within_every_match(regex: str, letters: str, given_: list[str]) -> None:
    node = usable(regex, letters)
    gate = relax(node)
    assert width(gate)[0] > 0
    made = database(for_hyperscan(gate))
    for text in given_:
        inner = set(spans(for_exact(gate), text))
        for start, end in spans(for_exact(node), text):
            within = {last for first, last in inner if start <= first and last <= end}
            assert within
            assert made is None or within & ends(made, text)


@costly
@given(patterns, flags, some_texts)
def test_no_match_is_wider_or_narrower_than_said(
    regex: str, letters: str, given_: list[str]
) -> None:
    node = usable(regex, letters)
    (low, high), most = width(node), byte_width(node)
    for text in given_:
        at = places(text)
        for start, end in spans(for_exact(node), text):
            assert low <= at.index(end) - at.index(start)
            assert high is None or at.index(end) - at.index(start) <= high
            assert most is None or end - start <= most


@costly
@given(core_patterns, st.sampled_from(["", "i", "s", "m", "is"]), ascii_texts)
def test_the_core_of_the_dialect_means_what_python_means(
    regex: str, letters: str, text: str
) -> None:
    node = usable(regex, letters)
    by_letter = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE}
    mode = re.ASCII
    for letter in letters:
        mode |= by_letter[letter]
    python, ours = re.compile(regex, mode), exact(for_exact(node))
    assert bool(python.fullmatch(text)) is bool(ours.fullmatch(text.encode(), 0, len(text)))


TABLE = "".join(chr(point) for point in range(0x3000) if point not in range(0x1C80, 0x1D00))


def listed(pattern: str) -> set[str]:
    made = database(pattern)
    assert made is not None
    found = ends(made, TABLE)
    at, result = 0, set[str]()
    for char in TABLE:
        at += len(char.encode())
        if at in found:
            result.add(char)
    return result


@pytest.mark.parametrize("name", sorted(PROPERTY_NAMES))
def test_both_matchers_have_every_property(name: str) -> None:
    named = unicode_property(name)
    assert named is not None
    for chars in (named, named.complement()):
        if not chars.empty:
            exact(spelt(chars))
            assert database(spelt(chars)) is not None


@pytest.mark.parametrize(
    "regex",
    [r"[^\W_]", r"[^\Wa-f]", r"[^\W\d]", r"\W", r"[\Wab]", r"[^\P{L}ab]", r"[\p{Cn}a]", r"\P{Cn}"],
)
def test_a_mixed_set_has_the_members_that_python_counts(regex: str) -> None:
    node, inside = parse(regex, "u"), set_of(regex)
    expected = {char for char in TABLE if inside.has(ord(char))}
    odd = listed(for_hyperscan(node)) ^ expected
    # Hyperscan's Unicode is older, but Latin and its like are all in it.
    assert not [char for char in odd if ord(char) < 0x370]
    regexp = exact(for_exact(node))
    for char in TABLE[:0x370]:
        data = char.encode()
        assert bool(regexp.fullmatch(data, 0, len(data))) is (char in expected)


def set_of(regex: str) -> CharSet:
    node = parse(regex, "u")
    assert isinstance(node, Chars)
    return node.set


sets = st.sampled_from(
    [
        set_of(text)
        for text in [r"\w", r"\W", r"\d", r"\D", r"\s", "[a-f]", "[^a-f]", "[_é-ü]", r"\p{Lu}", "."]
    ]
)


@given(sets, sets, st.integers(0, 0x2FF))
def test_sets_are_joined_and_complemented_exactly(one: CharSet, two: CharSet, point: int) -> None:
    assert one.union(two).has(point) is (one.has(point) or two.has(point))
    assert one.complement().has(point) is not one.has(point)
    neither = one.union(two).complement()
    assert neither.union(one).has(point) is (one.has(point) or not two.has(point))


def test_every_character_has_one_category() -> None:
    assert members(CATEGORIES) == ((0, 0xD7FF), (0xE000, 0x10FFFF))


@pytest.mark.parametrize(
    ("regex", "letters", "text"),
    [
        (r"\p{Lu}x", "u", "\u1c90x"),  # Georgian capitals came in 2018
        (r"\p{Ll}x", "", "\u10d0x"),  # whose small letters had no case before
        (r"\wx", "u", "\U00030000x"),  # Han of 2020
        (r"[^\Wa]x", "u", "\U00030000x"),
        (r"\p{Nd}x", "", "\U0001fbf0x"),
        (r"[\p{Cn}\p{Latin}]x", "", "\U0001fffdx"),
        (r"\p{Han}x", "", "\U00030000x"),
        (r"[^\W\x{100}-\x{2fff}]x", "u", "\U00030000x"),
    ],
)
def test_the_gate_opens_for_characters_that_hyperscan_does_not_know(
    regex: str, letters: str, text: str
) -> None:
    compiled = compile_pattern(regex, letters)
    assert list(spans(compiled.exact, text)) == [(0, len(text.encode()))]
    made = database(compiled.gate)
    assert made is not None
    assert ends(made, text)
