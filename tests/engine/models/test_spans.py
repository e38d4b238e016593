"""Words with probabilities become names, addresses and other spans."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.models.catalogue import NAMES
from epol.engine.models.classifier import Read
from epol.engine.models.find import find

CLASSES = len(NAMES.classes)
PER, LOC, ADDRESS = (NAMES.members((name,)) or frozenset() for name in ("PER", "LOC", "ADDRESS"))


def read(text: str, **sure: float) -> list[Read]:
    """The words of a text; those that are named have this probability of their class."""
    words = re.finditer(r"\w+", text)
    return [Read(word.start(), word.end(), shares(word[0], sure)) for word in words]


def shares(word: str, sure: dict[str, float]) -> list[float]:
    result = [0.0] * CLASSES
    for key, share in sure.items():
        name, _, kind = key.partition("__")
        if name == word:
            result[NAMES.classes.index(kind or "GIVEN_NAME")] = share
    return result


def names(text: str, threshold: int = 50, **sure: float) -> list[str]:
    found = find(NAMES, text, read(text, **sure), PER, threshold)
    return [text[span.start : span.end] for span in found]


def test_neighbours_of_both_classes_are_one_name() -> None:
    assert names("so John Smith came", John=0.9, Smith__SURNAME=0.9) == ["John Smith"]


def test_what_is_not_near_is_another_name() -> None:
    assert names("so John, Mary\nAnna came", John=0.9, Mary=0.9, Anna=0.9) == [
        "John",
        "Mary",
        "Anna",
    ]
    assert names("met John. Mary came", John=0.9, Mary=0.9) == ["John", "Mary"]
    assert names("met St. Mary", St=0.9, Mary=0.9) == ["St. Mary"]


def test_confidence_is_the_mean_of_the_words() -> None:
    text = "JOHN SMITH"
    [span] = find(NAMES, text, read(text, JOHN=0.9, SMITH=0.5), PER, 50)
    assert span.confidence == 70


@pytest.mark.parametrize("threshold", [69, 70, 71])
def test_a_name_below_the_threshold_is_none(threshold: int) -> None:
    assert bool(names("JOHN SMITH", threshold, JOHN=0.9, SMITH=0.5)) == (threshold <= 70)


def test_case_speaks_where_a_text_has_both() -> None:
    assert names("He saw the rose.", rose=0.8) == []
    assert names("he saw the rose.", rose=0.8) == ["rose"]
    assert names("HE SAW THE ROSE.", ROSE=0.8) == ["ROSE"]
    assert names("He saw that Rose.", Rose=0.4) == ["Rose"]
    assert names("Rose he saw.", Rose=0.4) == []


def test_an_initial_belongs_to_the_names_beside_it() -> None:
    assert names("so Faina D. Yefremova came", Faina=0.9, Yefremova=0.9) == ["Faina D. Yefremova"]
    assert names("so Faina D. Yefremova came", Faina=0.9) == ["Faina D. Yefremova"]
    assert names("so Faina D. Yefremova came", Yefremova=0.9) == ["Faina D. Yefremova"]
    assert names("so benjamin a seiler came", benjamin=0.9, seiler=0.9) == ["benjamin a seiler"]
    assert names("so benjamin a seiler came", benjamin=0.9) == ["benjamin"]


def test_a_letter_alone_is_no_name() -> None:
    assert names("vitamin D helps", D=0.9) == []


def test_a_part_of_a_name_is_one_wherever_it_stands() -> None:
    text = "so Ada Lovelace wrote it. Lovelace was right, and Ada Lovelace knew. ada!"
    words = read(text, Ada=0.9, Lovelace=0.9)
    words = [word if word.start < 20 else word._replace(shares=[0.0] * CLASSES) for word in words]
    found = [text[s.start : s.end] for s in find(NAMES, text, words, PER, 50)]
    assert found == ["Ada Lovelace", "Lovelace", "Lovelace"]


def test_an_address_needs_two_kinds_of_parts() -> None:
    text = "Write to 12 Elm Street, Oakham\nRutland LE15. There are 40 in Oakham."
    words = read(
        text, **{"12__BUILDING_NUMBER": 0.9, "Elm__STREET_NAME": 0.9, "Street__STREET_NAME": 0.9},
        **{"Oakham__CITY": 0.9, "LE15__ZIP_CODE": 0.9, "40__BUILDING_NUMBER": 0.9},
    )  # fmt: skip
    found = [text[s.start : s.end] for s in find(NAMES, text, words, ADDRESS, 50)]
    assert found == ["12 Elm Street, Oakham\nRutland LE15"]
    towns = [text[s.start : s.end] for s in find(NAMES, text, words, LOC, 50)]
    assert towns == ["Oakham", "Oakham"]


def test_items_of_a_list_are_no_address() -> None:
    text = "A 12\nB Oakham"
    words = read(text, **{"12__BUILDING_NUMBER": 0.9, "B__STREET_NAME": 0.9, "Oakham__CITY": 0.9})
    found = [text[s.start : s.end] for s in find(NAMES, text, words, ADDRESS, 50)]
    assert found == ["B Oakham"]


@given(
    st.text("Ab1. ,\n'é", max_size=60).flatmap(
        lambda text: st.tuples(
            st.just(text),
            st.lists(
                st.lists(st.floats(0, 1), min_size=CLASSES, max_size=CLASSES),
                min_size=len(re.findall(r"\w+", text)),
                max_size=len(re.findall(r"\w+", text)),
            ),
        )
    ),
    st.sampled_from([PER, LOC, ADDRESS, frozenset(range(CLASSES))]),
    st.integers(0, 100),
)
def test_spans_are_of_whole_words_apart_and_sure_enough(
    drawn: tuple[str, list[list[float]]], members: frozenset[int], threshold: int
) -> None:
    text, tables = drawn
    places = [match.span() for match in re.finditer(r"\w+", text)]
    words = [Read(*place, table) for place, table in zip(places, tables, strict=True)]
    found = find(NAMES, text, words, members, threshold)
    end = 0
    for span in sorted(found):
        assert span.start >= end
        assert threshold <= span.confidence <= 100
        assert span.start in {place[0] for place in places}
        assert span.end in {place[1] for place in places}
        end = span.end
