"""Tokens: contextual keywords, longest match, and text that is no token."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang import ast
from epol.lang.lexer import KEYWORDS, RESERVED
from tests.lang.reading import declaration, errors, expression, read

FREE = sorted(KEYWORDS.keys() - RESERVED)


@pytest.mark.parametrize("word", FREE)
def test_a_keyword_that_is_not_reserved_can_name_anything(word: str) -> None:
    text = f"""
    attr {word} : bool
    let {word} = {word} and not {word}
    rule {word} {{ when {word} deny }}
    label {word}
    detector {word} -> {word} {{ words "x" }}
    target {word} {{ at local }}
    prove {word} {{ always {word} }}
    field {word} : int
    param {word} : int
    signal {word} : int
    attr a.{word} : enum {{ {word} }}
    test "t" {{ expect route {word} expect fired {word} }}
    """
    assert not read(text).diagnostics


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_reserved_word_names_nothing_that_an_expression_reads(word: str) -> None:
    for text in (
        f"attr {word} : bool",
        f"signal {word} : bool",
        f"let {word} = true",
        f"param {word} : int",
        f"field {word} : int",
        f"attr a : enum {{ {word} }}",
        f"attr a : set {{ b, {word} }}",
    ):
        assert errors(text) == [("reserved-name", word)]


@pytest.mark.parametrize("word", sorted(RESERVED))
def test_a_dotted_name_may_hold_a_reserved_word(word: str) -> None:
    assert expression(f"a.{word}") == ast.Reference(read("").file.source.span(0, 0), f"a.{word}")


def test_the_longest_token_is_meant() -> None:
    assert expression("notable") == expression("( notable )")
    assert isinstance(expression("notable"), ast.Reference)
    assert isinstance(expression("not able"), ast.Not)
    assert isinstance(expression("a<=b"), ast.Compare)
    assert isinstance(expression("a in 1..2"), ast.InRange)
    assert errors("let x = a => b") == [("syntax-error", "=")]


def test_a_name_takes_every_dotted_part() -> None:
    assert expression("true.or.false") == expression("(true.or.false)")
    assert isinstance(expression("true.or.false"), ast.Reference)


def test_a_slash_divides_after_a_value_and_begins_a_pattern_where_one_may_stand() -> None:
    assert isinstance(expression("a / 2 / 3"), ast.Product)
    node = declaration("signal s : int from count /a / from user")
    assert isinstance(node, ast.InputDecl)
    assert isinstance(node.origin, ast.FromText)
    assert node.origin.what == ast.Pattern(node.span, "a ", "")


def test_a_hash_inside_a_string_or_pattern_is_no_comment() -> None:
    parsed = read('rule r { deny because "# x" } # y\ndetector d -> l { match /#z/ } #w  ')
    assert not parsed.diagnostics
    assert [comment.text for comment in parsed.comments] == ["# y", "#w"]


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        ("let x = a ; let y = b", "invalid-character", ";"),
        ("let x = a \0 b", "invalid-character", "\0"),
        ("\0", "invalid-character", "\0"),
        ("let x = \x1b[31m", "invalid-character", "\x1b"),
        ("let x = a\u200bb", "invalid-character", "\u200b"),
        ("let x =\ufeff a", "invalid-character", "\ufeff"),
        ("let x = a\x0bb", "invalid-character", "\x0b"),
        ("let é = a", "invalid-character", "é"),
        ("let x = \u0661", "invalid-character", "\u0661"),
        ('let x = a == "b\0"', "invalid-character", "\0"),
        ("detector d -> l { match /a\x01b/ }", "invalid-character", "\x01"),
        ("# a\0b\nlet x = a", "invalid-character", "\0"),
        ("let x = a == @", "invalid-character", "@"),
        ("let x = a.", "invalid-character", "."),
        ("let x = a ! b", "invalid-character", "!"),
        ('let x = a == "b', "unterminated-string", '"b'),
        ('let x = a == "b\nlet y = b', "unterminated-string", '"b'),
        ('let x = a == "b\\', "unterminated-string", '"b\\'),
        ('let x = a == "b\\"', "unterminated-string", '"b\\"'),
        ("detector d -> l { match /a }", "unterminated-pattern", "/a }"),
        ("detector d -> l { match /a\\/ }\n}", "unterminated-pattern", "/a\\/ }"),
        ("let X = a", "name-invalid", "X"),
        ("let aB = a", "name-invalid", "aB"),
        ("let _a = a", "name-invalid", "_a"),
        ("let a.B = a", "name-invalid", "a.B"),
        ("let x = 8K", "bad-number", "8K"),
        ("let x = 8kprefer", "bad-number", "8kprefer"),
        ("let x = 1__0", "bad-number", "1__0"),
        ("let x = 1_", "bad-number", "1_"),
        ("let x = $", "bad-number", "$"),
        ("let x = 5Ms", "bad-number", "5Ms"),
        ("let x = 1\u0663", "bad-number", "1\u0663"),
        ("let x = 0.0000001", "number-not-exact", "0.0000001"),
        ("let x = 99999999999999999999", "number-not-exact", "99999999999999999999"),
    ],
)
def test_text_that_is_no_token_is_pointed_at(text: str, name: str, place: str) -> None:
    assert errors(text) == [(name, place)]


def test_an_invisible_character_is_named_by_its_number() -> None:
    [diagnostic] = read("let x = \u202e").diagnostics
    assert "U+202E" in diagnostic.message
    assert "\u202e" not in diagnostic.message


def test_a_long_word_is_not_quoted_whole() -> None:
    [diagnostic] = read("let x = " + "A" * 500).diagnostics
    assert len(diagnostic.message) < 200


def test_a_model_class_may_be_upper_case_and_nothing_else() -> None:
    node = declaration('detector d -> l { model "m" class PER, b_LOC cost 5ms class X }')
    assert isinstance(node, ast.Detector)
    model = node.items[0]
    assert isinstance(model, ast.DetectorModel)
    assert [name.text for name in model.classes] == ["PER", "b_LOC", "X"]
    assert errors('detector d -> l { model "m" class A.B }')[0][0] == "name-invalid"


@given(st.text())
def test_any_text_is_read_without_an_exception_and_with_spans_inside(text: str) -> None:
    parsed = read(text)
    for diagnostic in parsed.diagnostics:
        assert 0 <= diagnostic.span.start <= diagnostic.span.end <= max(len(text), 1)


@given(st.text(st.characters(codec="utf-8", min_codepoint=0x80) | st.sampled_from(" \t#/'{}")))
def test_a_string_holds_any_character_but_quote_backslash_and_controls(text: str) -> None:
    node = expression(f'"{text}"')
    assert isinstance(node, ast.Text)
    assert node.value == text


def test_a_byte_order_mark_at_the_start_means_nothing() -> None:
    parsed = read("\ufefflet x = a")
    assert not parsed.diagnostics
    assert parsed.file.declarations[0].span.start == 1
