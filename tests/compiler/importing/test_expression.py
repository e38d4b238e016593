"""The filters of betterleaks, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.importing.expression import read_filter


def test_what_is_understood() -> None:
    found = read_filter(
        """// placeholders
        (entropy(finding["secret"]) < 3.5
        || filter.containsAny(finding['secret'], ["a\\"b", 'c', `d`,]))
        or matchesAny(finding["secret"], [`^x$`, r\"\"\"a"b\"\"\"]) /* more */
        || lower(finding["secret"]) contains "example"
        || entropy(finding["secret"]) <= 4"""
    )
    assert found.entropy == 4
    assert found.words == ['a"b', "c", "d", "example"]
    assert found.regexes == ["^x$", 'a"b']
    assert found.others == []


@pytest.mark.parametrize(
    "part",
    [
        'tokenRatio(finding["secret"]) >= 2.5',
        '!matchesAny(finding["secret"], ["[0-9]"])',
        'entropy(finding["secret"]) > 3.5',
        'entropy(finding["match"]) < 3.5',
        'containsAny(finding["line"], ["x"])',
        'containsAny(finding["secret"], words)',
        'containsAny(finding["secret"], ["x" + "y"])',
        'containsAny(finding["secret"], [])',
        'lower(finding["secret"]) contains "Example"',
        'containsAny(finding["secret"], ["x"]) && entropy(finding["secret"]) < 3',
        'finding["secret"] == "x"',
        "(a || b) && c",
    ],
)
def test_one_part_without_a_form_leaves_the_others(part: str) -> None:
    found = read_filter(f'{part} || entropy(finding["secret"]) < 2')
    assert found.entropy == 2
    assert not found.words + found.regexes
    assert len(found.others) == 1


@pytest.mark.parametrize(
    "text",
    [
        'let x = 1; a || entropy(finding["secret"]) < 2',
        'a || entropy(finding["secret"]) < 2 ? b : c',
        'a ?? entropy(finding["secret"]) < 2 || b',
        'a | f() || entropy(finding["secret"]) < 2',
    ],
)
def test_what_binds_less_than_or_spoils_it_all(text: str) -> None:
    found = read_filter(text)
    assert found.entropy == 0
    assert len(found.others) == 1


@pytest.mark.parametrize("text", ["", "  // nothing\n"])
def test_nothing_is_no_condition(text: str) -> None:
    assert read_filter(text).others == []


@pytest.mark.parametrize("text", ["(" * 100_000, "(a||" * 20_000, ")))", '"', "a" * 100_000])
def test_what_is_hostile_is_only_not_understood(text: str) -> None:
    assert read_filter(text).others


@given(st.text("(){}[]|&\"`'/a1 <", max_size=30))
def test_nothing_raises(text: str) -> None:
    found = read_filter(text)
    assert found.entropy == 0
