"""Joint outcomes: each is realised by its witness, and no string has another."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.outcomes import outcomes
from epol.lang.glob import Glob, matches, parse_glob

GLOBS = st.lists(st.text("ab*?", max_size=4).map(parse_glob), max_size=4)


def matched(globs: list[Glob], text: str) -> frozenset[int]:
    """The globs that match a text."""
    return frozenset(i for i, glob in enumerate(globs) if matches(glob, text))


@given(GLOBS)
def test_every_outcome_is_that_of_its_witness(globs: list[Glob]) -> None:
    found = outcomes(globs)
    assert all(matched(globs, each.witness) == each.matched for each in found)
    assert len({each.matched for each in found}) == len(found)


@given(GLOBS)
def test_every_short_string_has_one_of_the_outcomes(globs: list[Glob]) -> None:
    found = {each.matched for each in outcomes(globs)}
    texts = ("".join(text) for size in range(6) for text in product("abc", repeat=size))
    assert {matched(globs, text) for text in texts} <= found


@given(GLOBS, st.text(max_size=8))
def test_every_string_has_one_of_the_outcomes(globs: list[Glob], text: str) -> None:
    assert matched(globs, text) in {each.matched for each in outcomes(globs)}


def test_what_excludes_or_implies_another_is_known() -> None:
    globs = [parse_glob(text) for text in ("eu*", "eu-west", "*west", "us")]
    found = {each.matched: each.witness for each in outcomes(globs)}
    assert found == {
        frozenset(): "other",
        frozenset({0}): "eu",
        frozenset({2}): "west",
        frozenset({3}): "us",
        frozenset({0, 2}): "euwest",
        frozenset({0, 1, 2}): "eu-west",
    }


def test_a_preferred_string_is_the_witness_of_its_outcome() -> None:
    globs = [parse_glob("eu*")]
    shown = {each.witness for each in outcomes(globs, ["", "eu-north"])}
    assert shown == {"", "eu-north"}


def test_many_constants_are_no_work() -> None:
    globs = [parse_glob(f"tenant-{n}") for n in range(500)]
    assert len(outcomes(globs)) == 501


def test_globs_with_too_many_outcomes_are_refused() -> None:
    globs = [parse_glob(f"*{char}{char.upper()}*") for char in "abcdefghijklmnop"]
    with pytest.raises(TooManyOutcomesError, match="16 strings and globs"):
        outcomes(globs)
