"""Triggers: what every match of a pattern has in it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.patterns.heads import head_width
from epol.compiler.patterns.needs import TRIGGERS, automaton, trigger_of
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.width import byte_width
from epol.engine.bundle.hyper import PatternDatabase
from epol.engine.bundle.textplan import MOST_NEEDED
from epol.engine.bundle.triggers import TRIGGERS as KNOWN_TRIGGERS

TEXTS = [text for text, _ in TRIGGERS]
NUMBERS = next(text for text in TEXTS if "\n" in text)
SIX, THREE = r"[0-9](?:[^0-9]{0,2}[0-9]){5}", r"[0-9](?:[^0-9]{0,2}[0-9]){2}"


@pytest.mark.parametrize(
    ("trigger", "pattern", "is_in"),
    [
        ("@", r"\w+@\w+", True),
        ("@", r"\w+@?\w+", False),
        ("@", "[@a]b", False),
        ("@", "a@|@b|(?:c@)+", True),
        ("@", "(?:c@)*", False),
        (SIX, r"\d{3}-\d{2}-\d{4}", True),
        (SIX, r"\d{3} - \d{3}", False),
        (SIX, r"\d{3}, \d{3}", True),
        (SIX, r"\d(?:\d|x)\d{4}", False),
        (SIX, r"\d(?:\d|x)\d{5}", True),
        (SIX, r"(?:\d{2}[ -]?){3,}", True),
        (SIX, r"(?:\d{2}[ -]?){2,}", False),
        (SIX, r"\d{6}|ab", False),
        (SIX, r"[0-9A-F]{40}", False),
        (THREE, r"\b(?:19|20)\d{2}\b", True),
        (THREE, r"\d\n\d\n\d", True),
        (":[0-9A-Fa-f]{0,4}:", r"(?:[0-9a-f]{1,4}:){2}", True),
        (":[0-9A-Fa-f]{0,4}:", r"(?:[0-9a-f]{1,5}:){2}", False),
        ("[A-Z][^0-9A-Za-z]?[0-9]|[0-9][^0-9A-Za-z]?[A-Z]", r"[A-Z]{1,2}[- ]?\d", True),
        ("[A-Z][^0-9A-Za-z]?[0-9]|[0-9][^0-9A-Za-z]?[A-Z]", r"(?i:[A-Z])\d", False),
        ("[A-Z][^0-9A-Za-z]?[0-9]|[0-9][^0-9A-Za-z]?[A-Z]", r"[A-Z]é\d", True),
    ],
)
def test_whether_a_trigger_is_in_every_match(trigger: str, pattern: str, is_in: bool) -> None:
    assert automaton(trigger).is_in(parse(pattern, "")) == is_in


PARTS = st.recursive(
    st.sampled_from(
        ["[0-9]", "[A-Z]", "[a-z]", "@", ":", " ", "[0-9a-f]", "[^0-9]", "x", "[A-Z0-9]"]
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, st.sampled_from(["?", "*", "+", "{2}", "{1,3}", "{3,}"])).map(
            lambda pair: f"(?:{pair[0]}){pair[1]}"
        ),
    ),
    max_leaves=8,
)  # fmt: skip


@given(PARTS, st.data())
def test_what_is_said_to_be_in_every_match_is(pattern: str, data: st.DataObject) -> None:
    node = parse(pattern, "")
    match = data.draw(st.from_regex(re.compile(pattern), fullmatch=True))
    for text in TEXTS:
        if automaton(text).is_in(node):
            assert re.search(_for_re(text), match)


def _for_re(text: str) -> str:
    """A trigger for Python's `re`, which writes characters by number in another way."""
    return re.sub(r"\\x\{([0-9a-f]+)\}", lambda found: rf"\U{int(found[1], 16):08x}", text).replace(
        "\n", "|"
    )


@pytest.mark.parametrize("text", TEXTS)
def test_triggers_are_short_and_hyperscan_takes_them(text: str) -> None:
    for line in text.splitlines():
        assert (byte_width(parse(line, "")) or MOST_NEEDED + 1) <= MOST_NEEDED
    assert PatternDatabase(automaton(text).gate.splitlines()).scan(b"no") == []


@pytest.mark.parametrize(
    ("pattern", "trigger"),
    [
        (r"\w+@\w+", "@"),
        ("[a-z]{4,9}", None),
        ("MRN[0-9]{4}", None),  # its first letters are enough
        ("MR?[0-9]{2}", r"[A-Z][^0-9A-Za-z]?[0-9]|[0-9][^0-9A-Za-z]?[A-Z]"),
        ("MR?[0-9]{4}", NUMBERS),
        (r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", NUMBERS),
        ("[0-9]{1,2}/[0-9]{1,2}/[0-9]{2}|00[1-9][0-9 ]{8}", NUMBERS),
        ("MRN[0-9]{6}", SIX),
    ],
)
def test_a_pattern_goes_to_the_rarest_that_it_needs(pattern: str, trigger: str | None) -> None:
    wanted = None if trigger is None else automaton(trigger).gate
    assert trigger_of(parse(pattern, "")) == wanted


@pytest.mark.parametrize(
    ("pattern", "width"),
    [
        ("abc", 3), ("(?i)abc", 3), ("(?i:k)ey", 3), (r"\bab[0-9]", 2), ("ab|c", 1),
        ("(?:ab)?c", 0),
        ("(?:ab){2,}c", 4), ("(?:ab){2}c", 5), ("(?:a[0-9]){2}", 1), ("[0-9]a", 0), ("", 0),
        (r"\p{L}", 0),
    ],
)  # fmt: skip
def test_how_many_literal_characters_matches_begin_with(pattern: str, width: int) -> None:
    flags = "i" if pattern.startswith("(?i)") else ""
    assert head_width(parse(pattern.removeprefix("(?i)"), flags)) == width


def test_a_trigger_without_bound_is_none() -> None:
    with pytest.raises(ValueError, match="each with a bound"):
        automaton("a+")


def test_the_engine_knows_all_triggers() -> None:
    lines = [line for text, _ in TRIGGERS for line in automaton(text).gate.splitlines()]
    assert sorted(KNOWN_TRIGGERS) == sorted(lines)
