"""Views: what is undone, and the way back to the characters that were sent."""

from __future__ import annotations

import base64
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine.bundle.hyper import PatternDatabase
from epol.engine.text.views import MAX_ROUNDS, TRIGGERS, Hints, derive
from epol.engine.text.views.derive import MAX_EXTRA, MAX_GROWTH
from epol.engine.text.views.table import fold_table
from epol.engine.text.views.triggers import hints
from tests.engine.views.evasions import ALL, CHARACTERS, ESCAPES, RUNS

EVERYTHING = Hints(non_ascii=True, **dict.fromkeys(TRIGGERS, True))
VALUE = "Ab-34 anna@example.org 00482913"

PIECES = st.sampled_from(
    [
        "a", "Z", "7", " ", "-", "@", "%40", "%2540", "&#64;", "&amp;#64;", "\\u0040", "\\x40",
        "\u200b", "\u00ad", "\uff21", "\u2011", "\u0410", "\u0301", "é", "漢", "𝟒",
        "RU1QLTAwNDIxNw==", "454d502d303034", "45 4d 50 2d 30 30 34", "\n", "\x00",
        "\ufdfa", "\ud800", "o\u0336",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=20).map("".join) | st.text(max_size=40)


@given(TEXTS)
def test_every_span_leads_back_in_order_and_into_the_text(text: str) -> None:
    for view in derive(text, EVERYTHING).views:
        last = (0, 0)
        for at in range(len(view.text)):
            start, end = view.span(at, at + 1)
            assert 0 <= start < end <= len(text)
            assert start >= last[0]
            assert end >= last[1]
            last = (start, end)
        if view.text:
            low, high = view.span(0, len(view.text))
            assert low <= view.span(0, 1)[0]
            assert high == last[1]
            assert view.kinds(0, len(view.text))


@given(TEXTS)
def test_what_the_triggers_say_is_enough(text: str) -> None:
    wide, narrow = derive(text, EVERYTHING), derive(text, hints(text))
    assert [view.text for view in wide.views] == [view.text for view in narrow.views]


_DATABASES = {kind: PatternDatabase(patterns) for kind, patterns in TRIGGERS.items()}


@given(TEXTS)
def test_a_text_without_triggers_is_left_unchanged(text: str) -> None:
    data = text.encode("utf-8", "replace")
    known = Hints(
        non_ascii=not text.isascii(),
        **{kind: bool(database.scan(data)) for kind, database in _DATABASES.items()},
    )
    wide, narrow = derive(text, EVERYTHING), derive(text, known)
    assert [view.text for view in wide.views] == [view.text for view in narrow.views]


@given(st.text(alphabet="abcdefg ,.:;'!?()\n", max_size=200))
def test_plain_prose_has_no_views(text: str) -> None:
    assert derive(text, EVERYTHING) == ((), 0)


@pytest.mark.parametrize("name", sorted(ALL))
def test_each_disguise_is_undone_in_place(name: str) -> None:
    shown = ALL[name](VALUE)
    text = f"before {shown} behind"
    found = [view for view in derive(text, EVERYTHING).views if VALUE in view.text]
    assert found
    at = found[0].text.index(VALUE)
    assert found[0].text.startswith("before ")
    assert found[0].text.endswith(" behind")
    low, high = found[0].span(at, at + len(VALUE))
    assert low == len("before ")
    assert high == len("before ") + len(shown)


def test_kinds_say_what_touched_a_span() -> None:
    text = "EMP%2D1 EMP\u20111 EMP-1"
    view = derive(text, EVERYTHING).views[-1]
    assert view.text == "EMP-1 EMP-1 EMP-1"
    assert view.kind == "folded+percent"
    assert [view.kinds(at, at + 5) for at in (0, 6)] == ["percent", "folded"]
    assert view.kinds(12, 17) == view.kind


def test_a_value_among_other_text_keeps_its_neighbours_out() -> None:
    inner = base64.b64encode(b"first EMP-004217 last").decode()
    view = derive(f"x {inner} y", EVERYTHING).views[0]
    at = view.text.index("EMP-004217")
    low, high = view.span(at, at + 10)
    covered = base64.b64decode(f"x {inner} y"[low:high])
    assert b"EMP-004217" in covered
    assert len(covered) <= 10 + 2 + 2


@pytest.mark.parametrize(
    "text",
    [
        "%" * 5000, "&" * 5000, "\\u" * 5000, "&amp;" * 2000 + "#64;", "%25" * 3000 + "40",
        "\ufdfa" * 3000, "a" + "\u0301" * 5000, "\u200b" * 5000, "=" * 5000, "0x" * 3000,
        "A" * 5000, "Aa" * 5000, "45" * 5000, "45 " * 3000, "\ud800" * 100,
    ],
)  # fmt: skip
def test_views_are_bounded(text: str) -> None:
    views = derive(text, EVERYTHING)
    assert len(views.views) <= 2 * (2 * MAX_ROUNDS + 4) * (MAX_ROUNDS + 1)
    assert all(len(view.text) <= MAX_GROWTH * len(text) + MAX_EXTRA for view in views.views)


@pytest.mark.parametrize("name", ["base64", "hex"])
def test_what_is_encoded_too_deep_is_opaque(name: str) -> None:
    text = VALUE
    for depth in range(12):
        views = derive(text, EVERYTHING)
        is_seen = any(VALUE in view.text for view in views.views) or not depth
        assert is_seen or views.opaque
        text = ALL[name](text)
    assert derive(text, EVERYTHING).opaque


@settings(max_examples=30)
@given(st.sampled_from(sorted({*ESCAPES, *RUNS})), st.sampled_from(sorted(CHARACTERS)))
def test_encodings_of_folded_text(outer: str, inner: str) -> None:
    text = ALL[outer](ALL[inner](VALUE))
    assert any(VALUE in view.text for view in derive(text, EVERYTHING).views) or (
        # Pairs of hex that stand apart are told from numbers by their first digits.
        outer in {"hex-spaces", "hex-colons", "base64-le", "base64-be"}
    )


def test_the_fold_table_agrees_with_unicode() -> None:
    table = fold_table()
    folded = {
        low + i: value + i for low, high, value in table.single for i in range(high - low + 1)
    }
    wrong = [
        code
        for code, value in folded.items()
        if unicodedata.decimal(chr(code), None) is not None
        and chr(value) != str(unicodedata.decimal(chr(code)))
    ]
    assert wrong == []
    for character, plain in (("Ａ", "A"), ("\u2011", "-"), ("\u00a0", " "), ("𝟒", "4")):
        assert folded[ord(character)] == ord(plain)
    dropped = {code for low, high in table.dropped for code in range(low, high + 1)}
    assert {0xAD, 0x200B, 0x200D, 0x2060, 0xFEFF, 0x202E, 0xFE0F} <= dropped
    assert not dropped & set(map(ord, "aé漢\n\t "))


def test_an_empty_span_stays_empty_and_others_are_refused() -> None:
    view = derive("a%40b", EVERYTHING).views[0]
    assert view.span(1, 1) == (1, 1)
    assert view.span(3, 3) == (5, 5)
    with pytest.raises(ValueError, match="not within"):
        view.span(2, 9)


@pytest.mark.parametrize("text", ["EMP%2525252D004217", "EMP%25252D004217", "EMP%5cu002D004217"])
def test_escapes_are_undone_before_what_is_left_looks_like_a_run(text: str) -> None:
    assert any(view.text == "EMP-004217" for view in derive(text, EVERYTHING).views)


@pytest.mark.parametrize("text", ["é", "Ångström", "José García", "が", "Việt"])
def test_letters_with_marks_are_seen_as_one_character(text: str) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    views = derive(f"x {decomposed} y", EVERYTHING).views
    (view,) = [view for view in views if view.text == f"x {text} y"]
    assert view.kind == "composed"
    assert view.span(2, 2 + len(text)) == (2, 2 + len(decomposed))


@pytest.mark.parametrize("prefix", ["", "4", "45", "454"])
@pytest.mark.parametrize("suffix", ["", "4"])
def test_a_digit_too_many_hides_no_hex(prefix: str, suffix: str) -> None:
    text = prefix + b"this is EMP-004217 and so on".hex() + suffix
    assert any("EMP-004217" in view.text for view in derive(text, EVERYTHING).views)


@pytest.mark.parametrize("word", ["see", "face:", "bade", "is"])
def test_a_word_before_pairs_hides_none(word: str) -> None:
    text = f"{word} " + b"EMP-004217".hex(" ")
    assert any("EMP-004217" in view.text for view in derive(text, EVERYTHING).views)


def test_what_is_no_character_hides_nothing() -> None:
    for odd in ("\ud800", "\udcff", "\ufffd"):
        assert derive(f"EMP-{odd}004217", EVERYTHING).views[-1].text == "EMP-004217"
