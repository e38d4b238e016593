"""Positions in a source."""

from hypothesis import given
from hypothesis import strategies as st

from epol.lang.source import Position, Source


def test_lines_and_columns_count_from_one() -> None:
    source = Source("s", "ab\ncd")
    assert source.position(0) == Position(1, 1, 0)
    assert source.position(2) == Position(1, 3, 2)
    assert source.position(3) == Position(2, 1, 3)


def test_an_offset_outside_the_text_is_the_nearest_inside() -> None:
    source = Source("s", "ab")
    assert source.position(-5) == source.position(0)
    assert source.position(99) == Position(1, 3, 2)


def test_a_line_has_no_line_break() -> None:
    source = Source("s", "one\r\ntwo\nthree")
    assert [source.line(n) for n in (1, 2, 3)] == ["one", "two", "three"]


def test_an_empty_text_has_one_empty_line() -> None:
    assert Source("s", "").line(1) == ""
    assert Source("s", "").position(0) == Position(1, 1, 0)


def test_a_span_knows_its_text_and_ends() -> None:
    source = Source("s", "ab\ncd")
    span = source.span(1, 4)
    assert span.text == "b\nc"
    assert (span.first.line, span.last.line) == (1, 2)


def test_two_spans_join_from_the_first_start_to_the_last_end() -> None:
    source = Source("s", "abcdef")
    assert source.span(1, 2).to(source.span(3, 5)).text == "bcde"
    assert source.span(1, 5).to(source.span(2, 3)).text == "bcde"


@given(st.text("ab\n\r"), st.integers(0, 30))
def test_line_and_column_lead_back_to_the_character(text: str, offset: int) -> None:
    source = Source("s", text)
    position = source.position(offset)
    assert position.offset == min(offset, len(text))
    assert position.line == text[: position.offset].count("\n") + 1
    lines = text.split("\n")
    assert sum(len(line) + 1 for line in lines[: position.line - 1]) + position.column - 1 == min(
        offset, len(text)
    )
