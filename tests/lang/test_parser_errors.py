"""What is wrong in a file: every place in one run, the rest still read."""

import pytest

from epol.lang import ast
from epol.lang.parser import MAX_PARENTHESES, MAX_SOURCE_BYTES, MAX_SYNTAX_ERRORS
from tests.lang.reading import errors, read


def names(text: str) -> list[str]:
    """The names of a text's declarations."""
    found: list[str] = []
    for node in read(text).file.declarations:
        assert isinstance(node, ast.Let | ast.Rule | ast.Target)
        found.append(node.name.text)
    return found


BROKEN = """\
let a = b
rule r { when > deny }
let c = d
# epol: allow x
rule s { denny }
  let e = f )
let g = h
"""


def test_every_syntax_error_of_a_file_is_told_in_one_run() -> None:
    assert errors(BROKEN) == [
        ("syntax-error", ">"),
        ("syntax-error", "denny"),
        ("syntax-error", ")"),
    ]


def test_what_is_whole_is_read_all_the_same() -> None:
    assert names(BROKEN) == ["a", "c", "g"]


def test_names_declared_in_broken_text_are_known() -> None:
    assert read(BROKEN).broken_names == {"r", "s", "e"}


def test_comments_of_broken_text_are_kept() -> None:
    text = "rule r { when >\n  # one\n  deny } # beside\n# two\nlet a = b # three"
    assert [comment.text for comment in read(text).comments] == ["# one", "# two", "# three"]


def test_a_text_without_a_next_declaration_is_left_at_the_error() -> None:
    assert errors("rule r { > > > ( ) }") == [("syntax-error", ">")]


def test_only_so_many_syntax_errors_are_told() -> None:
    assert len(errors("let a = )\n" * 200)) == MAX_SYNTAX_ERRORS


def test_an_error_of_a_token_does_not_hide_the_next() -> None:
    assert errors("let a = 8K\nlet b = é\nlet c = )") == [
        ("bad-number", "8K"),
        ("invalid-character", "é"),
        ("syntax-error", ")"),
    ]


def test_what_is_wrong_inside_a_declaration_stops_nothing() -> None:
    assert errors('let a = 0.0000001 let any = "\\q" let b = c') == [
        ("number-not-exact", "0.0000001"),
        ("reserved-name", "any"),
        ("bad-escape", "\\q"),
    ]


@pytest.mark.parametrize(
    ("text", "message", "help"),
    [
        ("let", "the end of the file cannot stand here: expected a name", "a `}` or `)` may be"),
        ("rule r { deny", "the end of the file cannot stand here", "a `}` or `)` may be missing"),
        ("rule r { denny }", "`denny` cannot stand here", "did you mean `deny`?"),
        ("let x = a = b", "`=` cannot stand here", "equality is written `==`"),
        ("let x-y = a", "`-` cannot stand here: expected `=`", "names join words with `_`"),
        ("let x = a b", "`b` cannot stand here", "possible here: `!=`,"),
        ("rule r { when a ) deny }", "`)` cannot stand here", "possible here: `avoid`,"),
        ("policy 5", "`5` cannot stand here: expected a name", None),
        ("let x = 5 = 5", "`=` cannot stand here", "equality is written `==`"),
        ("detector d -> l { check 5 }", "`5` cannot stand here: expected a name", None),
        ("detector d -> l { match 5 }", "`5` cannot stand here: expected a pattern", None),
        ("import 5", "`5` cannot stand here: expected a name or a string", None),
    ],
)
def test_a_message_says_what_was_found_and_what_could_stand_there(
    text: str, message: str, help: str | None
) -> None:
    [diagnostic] = read(text).diagnostics
    assert diagnostic.message.startswith(message)
    assert (diagnostic.help or "").startswith(help or "")
    assert (diagnostic.help is None) == (help is None)


def test_a_long_token_is_not_quoted_whole() -> None:
    [diagnostic] = read("let " + '"' + "x" * 500 + '"').diagnostics
    assert len(diagnostic.message) < 120


def test_an_error_at_the_end_points_at_the_last_character() -> None:
    [diagnostic] = read("rule r { deny\n\n  ").diagnostics
    assert diagnostic.span.text == "y"
    assert diagnostic.span.first.line == 1


def test_an_error_after_nothing_but_a_comment_points_inside_the_file() -> None:
    [diagnostic] = read("let # x").diagnostics
    assert diagnostic.span.end <= len("let # x")


# --- limits --------------------------------------------------------------------------


def test_a_file_of_a_mebibyte_is_read_and_a_larger_one_is_not() -> None:
    head = "let a = b #"
    assert errors(head + "x" * (MAX_SOURCE_BYTES - len(head))) == []
    assert errors(head + "x" * (MAX_SOURCE_BYTES - len(head) + 1)) == [("source-too-large", "")]


def test_size_is_counted_in_bytes() -> None:
    assert errors("#" + "é" * (MAX_SOURCE_BYTES // 2)) == [("source-too-large", "")]


def test_parentheses_nest_so_deep_and_no_deeper() -> None:
    deep = MAX_PARENTHESES
    assert errors("let a = " + "(" * deep + "b" + ")" * deep) == []
    text = "let a = " + "(" * (deep + 1) + "b" + ")" * (deep + 1)
    [diagnostic] = read(text).diagnostics
    assert (diagnostic.name, diagnostic.span.start) == ("nesting-too-deep", 8 + deep)


def test_the_limit_of_parentheses_is_each_expression_s_own() -> None:
    assert errors("let a = (b)\n" * 300) == []


@pytest.mark.parametrize("count", [97, 98, 200, 20_000])
def test_expressions_nest_a_hundred_levels(count: int) -> None:
    parsed = read("let a = " + "not " * count + "b\nlet c = d")
    assert [d.name for d in parsed.diagnostics] == (["nesting-too-deep"] if count > 97 else [])
    assert len(parsed.file.declarations) == (1 if count > 97 else 2)


def test_a_thousand_parts_side_by_side_are_no_nesting() -> None:
    assert errors("let a = " + " or ".join(["b"] * 1_000)) == []


# --- what the tree's builder finds ---------------------------------------------------


@pytest.mark.parametrize(
    ("text", "name", "place"),
    [
        (
            "let x = sends a below hash below drop",
            "duplicate-item",
            "sends a below hash below drop",
        ),
        ("let x = sends a from b from c", "duplicate-item", "sends a from b from c"),
        ("label a redact by year", "detail-misplaced", "redact"),
        ('target a { key "sk" }', "key-in-policy", '"sk"'),
    ],
)
def test_what_the_grammar_lets_pass_is_found_all_the_same(text: str, name: str, place: str) -> None:
    assert errors(text) == [(name, place)]


def test_an_inexact_number_stands_as_zero_of_its_kind() -> None:
    [node] = read("let a = $0.0000001").file.declarations
    assert isinstance(node, ast.Let)
    assert isinstance(node.value, ast.Number)
    assert node.value.text == "$0"
