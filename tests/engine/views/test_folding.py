"""Characters: what is folded, what stays, and that both ways of folding agree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.text.views import _arrays, derive
from epol.engine.text.views.triggers import hints

LIMIT = 10**6
ODD = "аеорсухОСЕІЗбиЯ漢éß\u0301\u0308\u200b\u00ad\ufe0f“”—…ﬁ①½\u00a0\u2028\ufdfa\ud800\x00\x0b٣४＠"


def folded(text: str) -> list[str]:
    """The texts of all views."""
    return [view.text for view in derive(text, hints(text)).views]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ＥＭＰ－００４２", "EMP-0042"),
        ("E\u200bM\u00adP", "EMP"),
        ("a\u2010b\u2011c\u2012d\u2013e\u2014f\u2212g", "a-b-c-d-e-f-g"),
        ("1\u00a02\u20073\u30004", "1 2 3 4"),
        ("٠١٢ ०१२ 𝟎𝟏𝟐 ①②", "012 012 012 12"),
        ("раураl.com", "paypal.com"),
        ("ЕМР-12", "EMP-12"),
        ("ﬁle… №5 ½", "file... No5 1/2"),
        ("“quoted” ‘so’", "\"quoted\" 'so'"),
        ("1️⃣2️⃣", "12"),
        ("🅰🅱 🇦🇧 ᴀʙ", "AB AB ab"),
        ("a\u0301\u0316\u0489b", "ab"),
        ("a\x00b\x7fc", "abc"),
        ("one\u2028two\x85three\x0bfour", "one\ntwo\nthree four"),
    ],
)
def test_folds(text: str, expected: str) -> None:
    assert folded(text)[0] == expected


@pytest.mark.parametrize(
    "text",
    ["café naïve", "паспорт выдан", "Ελληνική γλώσσα", "漢字かな", "العربية", "हिन्दी", "ñandú"],
)
def test_words_of_other_scripts_stay(text: str) -> None:
    assert folded(text) == []


def test_what_looks_like_a_digit_among_digits_is_read_both_ways() -> None:
    assert folded("40О17 and ОО-7") == ["40O17 and OO-7", "40017 and OO-7"]
    assert folded("AОB") == ["AOB"]


def test_a_digit_that_is_a_letter_elsewhere_is_a_digit() -> None:
    assert folded("12З45") == ["12345"]


@given(st.text(alphabet=st.sampled_from("ab1-. \n") | st.sampled_from(ODD), max_size=60))
def test_few_characters_are_folded_as_many_are(text: str) -> None:
    """A long tail of others makes a text dense."""
    few = _arrays.fold(text, LIMIT)
    many = _arrays.fold(f"{text} {'漢' * 300}", LIMIT)
    made = few.text if few else text
    assert (many.text if many else f"{text} {'漢' * 300}") == f"{made} {'漢' * 300}"


@given(st.text(alphabet=st.sampled_from("ab1-. \n") | st.sampled_from(ODD), max_size=60))
def test_folded_text_maps_back_character_by_character(text: str) -> None:
    result = _arrays.fold(text, LIMIT)
    if result is None:
        return
    for at, char in enumerate(result.text):
        low, high = result.back.span(at, at + 1) if result.back else (at, at + 1)
        assert high == low + 1
        alone = _arrays.fold(text[low], LIMIT)
        assert char == text[low] or char in (alone.text if alone else text[low]) or char.isascii()


@pytest.mark.parametrize("text", ["\ufdfa" * 3000, "漢" * 100 + "\ufdfa" * 1000])
def test_a_text_that_would_grow_too_large_is_opaque(text: str) -> None:
    assert derive(text, hints(text)) == ((), 1)


def test_what_is_no_character_is_left_out() -> None:
    assert folded("\ud800ＥＭＰ\udfff\ufffd") == ["EMP"]


@pytest.mark.parametrize(
    "row",
    [
        "".join(chr(0xE0000 + ord(char)) for char in "KTN-402817"),
        "".join(chr(0xE0100 + ord(char) - 16) for char in "KTN-402817"),
    ],
    ids=["tags", "selectors"],
)
def test_text_that_no_one_sees_is_read(row: str) -> None:
    text = f"so {row} it is"
    views = derive(text, hints(text)).views
    assert "so  it is" in {view.text for view in views}
    (view,) = [view for view in views if view.text == "so KTN-402817 it is"]
    assert view.span(3, 13) == (3, 13)
    assert view.kind == "spelled"
