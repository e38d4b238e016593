"""Diagnostics as text: the caret under the right character, and nothing that acts."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang.diagnostics import Definition, Diagnostic, Label, Severity
from epol.lang.render import MAX_WIDTH, STYLES, plain, printable, render
from epol.lang.source import Source

DEFINITION = Definition("a-name", Severity.ERROR, "summary", "text", "bad", "good")


def at(source: Source, part: str, message: str = "wrong", **more: Any) -> Diagnostic:  # noqa: ANN401 (fields)
    """A diagnostic at the first place of a part of a source."""
    start = source.text.index(part)
    diagnostic = DEFINITION.at(source.span(start, start + len(part)), message)
    return replace(diagnostic, **more)


def shown(diagnostic: Diagnostic) -> list[str]:
    """The lines without their styles."""
    return plain(render(diagnostic)).splitlines()


SOURCE = Source("p.epol", "one\nlet x = abc + b\nthree\nfour\nfive")


def test_a_diagnostic_shows_its_name_place_line_and_caret() -> None:
    assert shown(at(SOURCE, "abc", help="do this")) == [
        "error[a-name]: wrong",
        " --> p.epol:2:9",
        "  |",
        "2 | let x = abc + b",
        "  |         ^^^",
        "  = help: do this",
    ]


def test_severity_is_its_first_word() -> None:
    for severity in Severity:
        definition = replace(DEFINITION, severity=severity)
        first = render(definition.at(SOURCE.span(0, 1), "m"))[0]
        assert first[0] == (severity, severity)


def test_a_witness_is_shown_as_it_is_written() -> None:
    lines = shown(at(SOURCE, "abc", witness='test "w" {\n  expect blocked\n}'))
    assert lines[-4:] == ["  = witness:", '    test "w" {', "      expect blocked", "    }"]


def test_an_empty_span_still_has_a_caret() -> None:
    diagnostic = DEFINITION.at(SOURCE.span(4, 4), "m")
    assert shown(diagnostic)[-1] == "  | ^"
    nothing = Source("e", "")
    assert shown(DEFINITION.at(nothing.span(0, 0), "m"))[-2:] == ["1 |", "  | ^"]


def test_labels_of_the_same_line_stand_below_each_other() -> None:
    label = Label(SOURCE.span(4, 7), "this let")
    assert shown(at(SOURCE, "abc", labels=(label,)))[3:] == [
        "2 | let x = abc + b",
        "  |         ^^^",
        "  | --- this let",
    ]


def test_labels_of_other_lines_stand_in_order_with_gaps_marked() -> None:
    labels = (Label(SOURCE.span(0, 3), "first"), Label(SOURCE.span(26, 30), "far"))
    assert shown(at(SOURCE, "abc", labels=labels)) == [
        "error[a-name]: wrong",
        " --> p.epol:2:9",
        "  |",
        "1 | one",
        "  | --- first",
        "2 | let x = abc + b",
        "  |         ^^^",
        " ...",
        "4 | four",
        "  | ---- far",
    ]


def test_a_label_in_another_file_has_its_own_snippet() -> None:
    other = Source("q.epol", "\n" * 98 + "module q")
    lines = shown(at(SOURCE, "abc", labels=(Label(other.span(98, 104), "declared here"),)))
    assert lines == [
        "error[a-name]: wrong",
        "  --> p.epol:2:9",
        "   |",
        " 2 | let x = abc + b",
        "   |         ^^^",
        "  --> q.epol:99:1",
        "   |",
        "99 | module q",
        "   | ------ declared here",
    ]


def test_a_span_of_several_lines_is_marked_to_the_end_of_its_first() -> None:
    assert shown(at(SOURCE, "abc + b\nthree"))[3:] == ["2 | let x = abc + b", "  |         ^^^^^^^"]


@pytest.mark.parametrize(
    ("text", "part", "line", "caret"),
    [
        ("\tx = bad", "bad", "1 |     x = bad", "  |         ^^^"),
        ("a\tbad", "bad", "1 | a    bad", "  |      ^^^"),
        ('"\u4f60\u597d" bad', "bad", '1 | "\u4f60\u597d" bad', "  |        ^^^"),
        ('"e\u0301" bad', "bad", '1 | "e\u0301" bad', "  |     ^^^"),
        ("\u4f60 x", "\u4f60", "1 | \u4f60 x", "  | ^^"),
        ("a\x1b[31m bad", "bad", "1 | a\ufffd[31m bad", "  |        ^^^"),
        ("a\u202eb bad", "bad", "1 | a\ufffdb bad", "  |     ^^^"),
        ("bad\r", "bad", "1 | bad", "  | ^^^"),
    ],
)
def test_the_caret_stands_under_its_character(text: str, part: str, line: str, caret: str) -> None:
    lines = shown(at(Source("s", text), part))
    assert lines[-2:] == [line, caret]


def test_a_long_line_is_cut_around_the_place() -> None:
    source = Source("s", "x" * 500 + "bad" + "y" * 500)
    line, caret = shown(at(source, "bad"))[-2:]
    assert len(line) < MAX_WIDTH + 20
    assert line.startswith("1 | …x")
    start = caret.index("^")
    assert line[start : start + 3] == "bad"


def test_nothing_in_names_messages_or_labels_acts_on_a_terminal() -> None:
    source = Source("\x1b]0;x\x07.epol", "bad")
    label = Label(source.span(0, 1), "\x1b[2J")
    diagnostic = at(source, "bad", "\x1b[31m\u202e\n", help="\x9b", labels=(label,))
    assert all(line.isprintable() for line in shown(diagnostic))


def test_an_unprintable_character_is_written_as_its_number() -> None:
    assert printable("a\x1bb\u200bc\n") == "a\\u{1b}b\\u{200b}c\\u{a}"


@given(st.text(), st.integers(0, 40), st.integers(0, 40), st.text(max_size=9))
def test_whatever_a_source_holds_is_shown_safely(
    text: str, start: int, length: int, message: str
) -> None:
    source = Source(message, text)
    start = min(start, len(text))
    span = source.span(start, min(start + length, len(text)))
    lines = render(DEFINITION.at(span, message, help=message, labels=[Label(span, message)]))
    assert all(part.isprintable() for line in lines for part, _ in line)
    assert {style for line in lines for _, style in line} <= set(STYLES)
    assert any("^" in part for line in lines for part, _ in line)
