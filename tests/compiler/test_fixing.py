"""Applying fixes: the rule that what compiles keeps its meaning, and overlapping edits."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.examine import examine
from epol.compiler.fixing import Fixed, Left, fixed
from epol.lang.diagnostics import Edit, correction
from epol.lang.source import Source, Span
from tests.compiler.building import HEAD, write

WAIVER = '# epol: allow target-without-place until 2099-01-31 because "later"'
TEXT = HEAD + f"attr a.first : int\ntarget t {{ at local }}\n{WAIVER}\n"


def test_what_would_change_a_meaning_is_left(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    found = examine(path)
    [diagnostic] = found.diagnostics
    source = diagnostic.span.source
    at = source.text.index("local")
    named = frozenset([path.resolve()])
    for text in ("cloud", "", "} {"):
        wrong = replace(diagnostic, fix=Edit(Span(source, at, at + 5), text))
        [left] = fixed([replace(found, diagnostics=(wrong,))], named)
        assert isinstance(left, Left)
        assert left.reason == "that would change what the policy means"
        with_errors = replace(found, compiles=False, diagnostics=(wrong,))
        assert [type(each) for each in fixed([with_errors], named)] == [Fixed]


def test_a_file_that_was_changed_meanwhile_is_left(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    found = examine(path)
    path.write_text(TEXT + "# more\n", encoding="utf-8")
    [left] = fixed([found], frozenset([path.resolve()]))
    assert isinstance(left, Left)
    assert left.reason == "the file was changed meanwhile"


def test_of_edits_that_overlap_the_first_is_taken(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    found = examine(path)
    [diagnostic] = found.diagnostics
    source, at = diagnostic.span.source, len(TEXT) - 10
    edits = [
        Edit(Span(source, at + start, at + end), text)
        for start, end, text in ((4, 6, "c"), (0, 5, "a"), (6, 7, "b"), (0, 5, "a"))
    ]
    diagnostics = tuple(replace(diagnostic, fix=edit) for edit in edits)
    [result] = fixed([replace(found, diagnostics=diagnostics)], frozenset([path.resolve()]))
    assert isinstance(result, Fixed)
    assert [each.fix for each in result.cured] == [edits[1], edits[2]]
    assert result.data.decode() == TEXT[:at] + "a" + TEXT[at + 5] + "b" + TEXT[at + 7 :]


WORDS = st.text("abcd", min_size=4, max_size=8)


@given(WORDS, st.data())
def test_every_slip_is_corrected(word: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(word) - 1))
    slips = {
        word[:at] + word[at + 1 :],
        word[:at] + "x" + word[at:],
        word[:at] + "x" + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    }
    for slip in slips - {word}:
        source = Source("p", f"= {slip}")
        edit = correction(Span(source, 2, 2 + len(slip)), slip, [word, word + "zzz"])
        assert (edit is not None and edit.text == word) == (len(slip) >= 4)


@given(WORDS, WORDS)
def test_what_is_corrected_differs_by_one_slip(word: str, other: str) -> None:
    edit = correction(Span(Source("p", word), 0, len(word)), word, [other])
    one_less = {word[:i] + word[i + 1 :] for i in range(len(word))}
    other_less = {other[:i] + other[i + 1 :] for i in range(len(other))}
    swapped = {word[:i] + word[i : i + 2][::-1] + word[i + 2 :] for i in range(len(word))}
    same_place = (
        len(word) == len(other) and sum(a != b for a, b in zip(word, other, strict=True)) <= 1
    )
    near = other in one_less or word in other_less or same_place or other in swapped
    assert (edit is not None) == (near and word != other)


@pytest.mark.parametrize("known", [[], ["wards", "warde"], ["word", "warp", "ward"]])
def test_two_words_that_may_be_meant_are_none(known: list[str]) -> None:
    span = Span(Source("p", "wardx"), 0, 5)
    found = correction(span, "wardx", known)
    assert (None if found is None else found.text) == ("ward" if "ward" in known else None)
