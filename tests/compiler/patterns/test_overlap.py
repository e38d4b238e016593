"""Texts that two patterns share, compared with Python's `re` and with trying all short texts."""

import re
from itertools import product
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.patterns.overlap import (
    MOST_STATES,
    Automaton,
    TooLargeError,
    shared,
    shortest,
    value_in,
)
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.tree import Node, Repeat, Sequence

LETTERS = "abc"
SHORT = ["".join(text) for size in range(5) for text in product(LETTERS, repeat=size)]


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    some = st.lists(inner, min_size=1, max_size=3)
    times = st.sampled_from(["?", "*", "+", "{2}", "{1,2}", "{0,3}", "{2,}"])
    return st.one_of(
        some.map("".join),
        some.map(lambda options: f"(?:{'|'.join(options)})"),
        st.tuples(inner, times).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    )


PATTERNS = st.recursive(st.sampled_from([*LETTERS, "[ab]", "[^a]", "[bc]"]), _larger, max_leaves=6)
"""Patterns without assertions, which are read as Python reads them."""


def texts(whole: str, part: str, tries: int = 8) -> list[str]:
    """What is proposed for two patterns."""
    return list(shared(parse(whole, ""), parse(part, ""), tries, Random(1)))


@given(PATTERNS, PATTERNS)
def test_every_text_is_matched_by_both(whole: str, part: str) -> None:
    for text in texts(whole, part):
        assert re.fullmatch(whole, text, re.DOTALL)
        assert re.search(part, text, re.DOTALL)


@given(PATTERNS, PATTERNS)
def test_the_first_text_is_a_shortest_one(whole: str, part: str) -> None:
    both = (t for t in SHORT if re.fullmatch(whole, t) and re.search(part, t))
    least = next(both, None)
    found = texts(whole, part, 1)
    if least is not None:
        assert [len(text) for text in found] == [len(least)]
    else:
        assert all(len(text) > len(SHORT[-1]) or {*text} - {*LETTERS} for text in found)


@given(PATTERNS)
def test_a_shortest_text_of_one_pattern(pattern: str) -> None:
    found = shortest(parse(pattern, ""))
    assert found is not None
    assert re.fullmatch(pattern, found, re.DOTALL)
    least = next((text for text in SHORT if re.fullmatch(pattern, text)), None)
    assert least is None or len(found) == len(least)


def test_what_may_repeat_without_end_is_repeated_as_often_as_needed() -> None:
    assert texts("a*", "a{7}", 1) == ["aaaaaaa"]
    assert texts("(?:ab)+c", "babababc", 1) == ["ababababc"]


def test_what_is_not_shared_gives_nothing() -> None:
    assert texts("a{1,3}", "b") == []
    assert texts("a{1,3}", "a{4}") == []


def test_the_part_is_tried_at_the_end_and_at_the_beginning() -> None:
    found = texts("[0-9]{2}", "1a?", 40)
    assert any(text[1] == "1" != text[0] for text in found)
    assert any(text[0] == "1" != text[1] for text in found)


def test_the_other_texts_vary() -> None:
    found = texts("[a-z]{4}", "[c-f]x", 40)
    assert len(found) == 40
    assert len({*found}) > 20


def times(item: Node, most: int) -> Node:
    """Something from never to so many times."""
    return Repeat(0, 0, item, 0, most)


A = parse("a", "")


@pytest.mark.parametrize("node", [times(A, MOST_STATES), times(times(A, 50), 50)])
def test_a_pattern_that_is_too_large_gives_nothing(node: Node) -> None:
    with pytest.raises(TooLargeError):
        Automaton(node)
    assert list(shared(node, A, 3, Random(1))) == []
    assert list(shared(A, node, 3, Random(1))) == []
    assert shortest(node) is None


@pytest.mark.parametrize(
    "pattern", ["(?:a{0,30}){0,30}", "(?:(?:a?){20}){20}", "(?:(?:a*)*)*", "(?:a|b|ab|ba){200}"]
)
def test_hostile_patterns_come_to_an_end(pattern: str) -> None:
    """Of most, every state reaches every later one freely, so that pairs are very many."""
    Automaton(parse(pattern, ""))
    for text in texts(pattern, pattern):
        assert re.fullmatch("[ab]*", text)
    assert texts(f"{pattern}c", f"{pattern}d") == []


def test_the_value_and_what_stands_around_it() -> None:
    parts = value_in(parse(r"id(?:: (?P<value>[ab]{2}))!", ""))
    assert parts is not None
    assert [shortest(part) for part in parts] == ["id: ", "aa", "!"]


def test_a_whole_pattern_that_is_the_value() -> None:
    parts = value_in(parse(r"(?P<value>ab)", ""))
    assert parts is not None
    assert [shortest(part) for part in parts] == ["", "ab", ""]


@pytest.mark.parametrize("pattern", ["ab", "(a)", "(?:(?P<value>a)|b)", "(?:(?P<value>a)){2}"])
def test_no_value_that_is_always_there(pattern: str) -> None:
    assert value_in(parse(pattern, "")) is None


def test_assertions_are_left_out() -> None:
    assert texts(r"\bab$", r"^b", 1) == ["ab"]


def test_characters_that_nobody_can_read_are_used_where_there_are_no_others() -> None:
    assert shortest(parse("é", "")) == "é"
    assert shortest(Sequence(0, 0, ())) == ""
