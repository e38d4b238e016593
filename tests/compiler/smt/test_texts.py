"""Numbers of strings: what each stands for, and that they stay when more is compared."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.smt.outcomes import outcomes
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.texts import USUAL, StringSymbol, numbered
from epol.lang.glob import Glob, matches, parse_glob

PARTS = st.text("ab*?", max_size=4).map(parse_glob)
GLOBS = st.lists(PARTS, max_size=4, unique=True)
TEXTS = st.text("abc", max_size=4)
FAR = 10**6
"""A number that stands for nothing of its own."""


def symbol(terms: Terms, globs: list[Glob]) -> StringSymbol:
    found = outcomes(globs)
    return StringSymbol(
        terms.integer("a.who"), tuple(globs), found, numbered(terms, "a.who", globs, found)
    )


def holds(terms: Terms, term: Bool, number: int) -> bool:
    """Whether a term about the string holds where its number is this one."""
    return bool(Samples([{terms.integer("a.who"): number}]).where(term))


@given(GLOBS, TEXTS)
def test_a_number_says_what_its_string_matches(globs: list[Glob], text: str) -> None:
    terms = Terms()
    made = symbol(terms, globs)
    number = made.number_of(text)
    for glob in globs:
        assert holds(terms, made.matches(terms, glob), number) == matches(glob, text)
    assert len(set(made.numbers)) == len(made.outcomes)


@given(GLOBS)
def test_a_number_without_a_meaning_is_the_usual_string(globs: list[Glob]) -> None:
    terms = Terms()
    made = symbol(terms, globs)
    assert made.shown(FAR) == made.shown(USUAL)
    for glob in globs:
        term = made.matches(terms, glob)
        assert holds(terms, term, FAR) == holds(terms, term, USUAL)
        assert holds(terms, term, FAR) == matches(glob, made.shown(FAR))


@given(GLOBS, TEXTS)
def test_a_string_has_one_outcome(globs: list[Glob], text: str) -> None:
    terms = Terms()
    made = symbol(terms, globs)
    own = made.number_of(text)
    for number in (*made.numbers, FAR):
        is_own = number == own or (own == USUAL and number == FAR)
        assert holds(terms, made.has(terms, own), number) == is_own


@given(GLOBS, PARTS)
def test_what_agrees_is_the_same_term(globs: list[Glob], more: Glob) -> None:
    terms = Terms()
    before = symbol(terms, globs)
    after = symbol(terms, [*globs, more] if more not in globs else globs)
    differing = after.differing(before)
    for glob in globs:
        same = before.matches(terms, glob) is after.matches(terms, glob)
        assert same or glob in differing


def test_one_more_constant_leaves_the_others_as_they_are() -> None:
    terms = Terms()
    globs = [parse_glob(text) for text in ("eu", "us", "team-1*", "*x", "team-12*")]
    before = symbol(terms, globs)
    after = symbol(terms, [*globs, parse_glob("asia")])
    assert after.differing(before) == frozenset()
    assert before.matches(terms, globs[0]) is after.matches(terms, globs[0])


def test_a_wider_glob_leaves_narrower_ones_as_they_are() -> None:
    terms = Terms()
    globs = [parse_glob(text) for text in ("team-14*", "team-15", "other")]
    before = symbol(terms, globs)
    after = symbol(terms, [*globs, parse_glob("team-1*")])
    assert after.differing(before) == frozenset()


def test_a_constant_that_a_glob_matches_changes_what_that_says() -> None:
    terms = Terms()
    globs = [parse_glob("team-*"), parse_glob("us")]
    before = symbol(terms, globs)
    after = symbol(terms, [*globs, parse_glob("team-7")])
    assert after.differing(before) == {globs[0]}
