"""The canonical form, on examples; that it says the same is shown by properties."""

from textwrap import dedent

import pytest

from epol.lang import ast, formatter
from epol.lang.formatter import WIDTH, format_source
from epol.lang.printing import BREAK
from epol.lang.printing import expression as printed
from epol.lang.source import Source
from tests.lang.reading import declaration, expression


def formatted(text: str) -> str:
    """The canonical text of a file that parses."""
    result = format_source(Source("t.epol", dedent(text)))
    assert result is not None
    return result


def test_a_file_that_does_not_parse_has_no_canonical_form() -> None:
    assert format_source(Source("t.epol", "rule r {")) is None


def test_an_empty_file_stays_empty() -> None:
    assert formatted("") == ""
    assert formatted(" \n\n ") == ""


CANONICAL = """\
# The head.
policy a.b version "1" language 1

import std.edge  # beside
import "./x.epol" with { limit = 5, regions = { us, eu } }

param limit : int in 0 .. 10 default 5
attr a : enum { er, icu } default er
attr b : int from model "m" cost 2ms default 1
signal c : set { } default { } stale after 5s = { }
signal d : ratio from similarity "x", "y" model "m" cost 4ms from { user, tool }
signal e : int from count /\\/x/i from user
signal f : bool from match words "x", "y" nocase
field g : bool default false
label h "H" under i, j generalize by round 10 generalize by year

let k = (a or b) and not c == d or -1 + 2 * (e - 5ms) in 0 .. f

rule one_line { when a deny }

# Before a rule.
rule r {
  on response  # which flow
  when found any and count h from user > 3
  # before an item
  redact h, i except i.j with "[\\"gone\\"]"

  because "why"
  # at the end
}

target t {
  at local
  price in $0.10 out $0.20 per 1M
  url "u"
  key env "K"
}
target u { }

prove p { on response never sends a below hash from user }

test "t" {
  on response from t
  text system "x"
  set a = { b, c }, d unknown, label h from { user, tool } = 3, label i unknown
  expect not fired r
}

# The end.
"""


def test_what_is_canonical_stays() -> None:
    assert formatted(CANONICAL) == CANONICAL


def test_spaces_are_one_and_blank_lines_at_most_one() -> None:
    text = "let a=b+c\n\n\n\nlet   d  =\n  (e)\n"
    assert formatted(text) == "let a = b + c\n\nlet d = e\n"


def test_a_block_written_on_one_line_stays_on_one_if_it_fits() -> None:
    short = "rule r { when a deny }\n"
    assert formatted(short) == short
    words = "xy " * 35
    long = f'rule r {{ when a deny because "{words}" }}\n'
    assert formatted(long) == f'rule r {{\n  when a\n  deny\n  because "{words}"\n}}\n'


def test_a_block_on_several_lines_stays_on_several() -> None:
    assert formatted("rule r {\n when a deny }") == "rule r {\n  when a\n  deny\n}\n"
    assert formatted("rule r { when a\n deny }") == "rule r { when a deny }\n"


def test_a_comment_inside_opens_a_block() -> None:
    assert formatted("rule r { deny # x\n}") == "rule r {\n  deny  # x\n}\n"


def test_a_comment_behind_the_brace_stays_there() -> None:
    assert formatted("rule r { # x\n deny }") == "rule r {  # x\n  deny\n}\n"


def test_a_comment_in_the_middle_of_something_goes_before_it() -> None:
    assert formatted("let a = b # x\n  or c") == "# x\nlet a = b or c\n"
    assert formatted("rule # x\nr { deny }") == "# x\nrule r {\n  deny\n}\n"
    assert formatted("rule r {\n when # x\n a deny }") == "rule r {\n  # x\n  when a\n  deny\n}\n"
    assert formatted("rule r { # x\n}") == "# x\nrule r { }\n"


def test_long_lines_break_where_they_may() -> None:
    names = [f"a_rather_long_name_{i}" for i in range(10)]
    text = formatted(f"let a = {' or '.join(names)}")
    lines = text.splitlines()
    assert len(lines) > 1
    assert all(len(line) <= WIDTH for line in lines)
    assert all(line.startswith("  or ") for line in lines[1:])


def test_a_long_line_without_a_place_to_break_stays_long() -> None:
    text = f'rule r {{\n  because "{"x" * 150}"\n}}\n'
    assert formatted(text) == text


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("((a))", "a"),
        ("(a or b) or c", "(a or b) or c"),
        ("a or (b and c)", "a or b and c"),
        ("(a or b) and c", "(a or b) and c"),
        ("not (a and b)", "not (a and b)"),
        ("not (not a)", "not not a"),
        ("(not a) and b", "not a and b"),
        ("(not a) == b", "(not a) == b"),
        ("(a == b) == c", "(a == b) == c"),
        ("a - (b - c)", "a - (b - c)"),
        ("(a - b) - c", "(a - b) - c"),
        ("a * (b + c)", "a * (b + c)"),
        ("a / (b / c)", "a / (b / c)"),
        ("if((a or b), (c), d)", "if(a or b, c, d)"),
        ("min((a + b), (c or d))", "min(a + b, (c or d))"),
        ("(a or b) in { c }", "(a or b) in { c }"),
        ("a in {b,c,}", "a in { b, c }"),
        ("a in {}", "a in { }"),
        ("a in (b) .. (c + d)", "a in b .. c + d"),
        ("(found a from {user}) and b", "found a from user and b"),
        ("- 5", "-5"),
        ("a - -5", "a - -5"),
    ],
)
def test_parentheses_stand_where_they_must(written: str, canonical: str) -> None:
    assert printed(expression(written)).replace(BREAK, " ") == canonical


def test_a_block_is_never_printed_as_a_line() -> None:
    rule = declaration("rule r { deny }")
    assert isinstance(rule, ast.Rule)
    with pytest.raises(TypeError, match="Rule is printed as a block"):
        vars(formatter)["_line"](rule)
