"""How the dialect is read, by what is written."""

from __future__ import annotations

import pytest

from epol.compiler.patterns import alternation, compile_pattern, from_node, literal
from epol.compiler.patterns.parse import parse
from epol.compiler.patterns.tree import Alternation, Repeat, Sequence
from epol.compiler.patterns.width import byte_width, width
from epol.compiler.patterns.write import for_exact, for_hyperscan

WORD = "[0-9A-Z_a-z]"


@pytest.mark.parametrize(
    ("regex", "letters", "written"),
    [
        (r"\d\w\s", "", f"[0-9]{WORD}[\\x{{9}}-\\x{{d}} ]"),
        (r"\D", "", "[^0-9]"),
        (r"\d\w\s", "u", r"[\p{Nd}][_\p{L}\p{N}][\x{9}-\x{d}\x{85}\p{Z}]"),
        (r"\W", "u", r"[^_\p{L}\p{N}]"),
        (r"[^\W\d_]", "u", r"[\p{L}\p{Nl}\p{No}]"),
        (".", "", r"[^\x{a}]"),
        (".", "s", "(?s:.)"),
        ("a.b", "is", "[Aa](?s:.)[Bb]"),
        ("^a$", "", r"\Aa\z"),
        ("^a$", "m", "(?m:^)a(?m:$)"),
        (r"\Aa\Z", "m", r"\Aa\z"),
        (r"\ba\B", "", r"\ba\B"),
        (r"\t\n\r\f\a\e\0\cA", "", r"\x{9}\x{a}\x{d}\x{c}\x{7}\x{1b}\x{0}\x{1}"),
        (r"\x41\x{1F600}\x9g\o{101}\101\08", "", r"A\x{1f600}\x{9}gAA\x{0}8"),
        (r"\12(a)\12", "", r"\x{a}a\x{a}"),
        (r"[\1\12\b\x41-\x43]", "", r"[\x{1}\x{8}\x{a}A-C]"),
        (r"\/\.\-\é\_", "", r"/\.-\x{e9}_"),
        (r"\Qa.b*\E+", "", r"a\.b\*+"),
        (r"a\Q\E+\E", "", "a+"),
        (r"\Q[a\\E\Eb", "", r"\[a\\b"),
        (r"[\Q^-]\E]", "", r"[\-\]\^]"),
        ("[]a]", "", r"[\]a]"),
        ("[^]a]", "", r"[^\]a]"),
        ("[a-]", "", r"[\-a]"),
        (r"[\w-.]", "", r"[\-\.0-9A-Z_a-z]"),
        ("[a[b:]", "", r"[:\[ab]"),
        ("[[:alpha:][:^digit:]]", "", "[^0-9]"),
        ("[[:upper:]]", "i", "[A-Za-z]"),
        ("[[:upper:]]", "u", r"[\p{Lu}]"),
        ("[[:upper:]]", "iu", r"[\p{Ll}\p{Lt}\p{Lu}]"),
        (r"\p{Lu}\pL\P{L}\p{^L}", "i", r"[\p{Lu}][\p{L}][^\p{L}][^\p{L}]"),
        (r"\p{Greek}\P{Greek}[^\p{Greek}a]", "", r"[\p{Greek}][^\p{Greek}][^a\p{Greek}]"),
        (r"\p{Any}\p{L&}\p{Xwd}", "", r"(?s:.)[\p{Ll}\p{Lt}\p{Lu}][_\p{L}\p{N}]"),
        ("k\u212as\u017f", "i", r"[Kk]\x{212a}[Ss]\x{17f}"),
        ("éß", "i", r"[\x{c9}\x{e9}][\x{df}\x{1e9e}]"),
        ("[à-âz]", "i", r"[Zz\x{c0}-\x{c2}\x{e0}-\x{e2}]"),
        ("[^a]", "i", "[^Aa]"),
        ("[[:^lower:]]", "i", "[^A-Za-z]"),
        (r"[\W\p{Greek}]", "", r"[\x{0}-/:-@\[-\^`\{-\x{d7ff}\x{e000}-\x{10ffff}\p{Greek}]"),
        ("a(?i)b(?-i:c)|d", "", "a[Bb]c|[Dd]"),
        ("(a(?i)b|c)d", "", "(?:a[Bb]|[Cc])d"),
        ("(?i-s:a.)b", "s", r"[Aa][^\x{a}]b"),
        ("(?x) a + b # c", "", "a+b"),
        ("(?x: a [ ] )\\ b", "", "a  b"),
        ("a(?#x)*(?#y)b", "", "a*b"),
        ("a{2}b{2,}c{2,3}d{0,}e{1,}f{0,1}g{1}h{1,1}", "", "a{2}b{2,}c{2,3}d*e+f?gh"),
        ("a*?b+?c??d{2,3}?", "", "a*b+c?d{2,3}"),
        ("a{,3}b{c{1", "", r"a\{,3\}b\{c\{1"),
        ("a{0}b(?:^)*(?:\\b){2}", "", r"b\b"),
        ("(?:ab)*(?:(?:a|b)|c)+(?:(a))?", "", "(?:ab)*(?:a|b|c)+a?"),
        ("(?:a+)+", "", "(?:a+)+"),
        ("(?P<a>x)(?<b>y)(?'c'z)(w)(?:v)", "", "xyzwv"),
        ("(|a)", "", "|a"),
        (r"[\x{d000}-\x{f000}]", "", r"[\x{d000}-\x{d7ff}\x{e000}-\x{f000}]"),
    ],
)
def test_a_pattern_is_written_canonically(regex: str, letters: str, written: str) -> None:
    node = parse(regex, letters)
    assert for_hyperscan(node) == written
    assert for_exact(node) == written


def test_only_the_group_called_value_captures() -> None:
    compiled = compile_pattern("(a)(?<x>b)(?<value>c|d)+e")
    assert compiled.exact == "ab(?P<value>c|d)+e"
    assert compiled.has_value
    assert "(?P" not in compiled.gate
    assert not compile_pattern("(a)(?<values>b)").has_value


@pytest.mark.parametrize(
    ("regex", "expected", "most"),
    [
        ("abc", (3, 3), 3),
        ("aé€", (3, 3), 6),
        ("\U0001f600?", (0, 1), 4),
        ("a|bcd", (1, 3), 3),
        ("a|b*", (0, None), None),
        ("a*|b", (0, None), None),
        (r"\ba{2,5}\b", (2, 5), 5),
        ("(?:[é-ü]{2}b){3}", (9, 9), 15),
        ("(?:a*){0}b", (1, 1), 1),
        ("(?:^)*b", (1, 1), 1),
        ("a+b", (2, None), None),
        (r"\p{L}.", (2, 2), 8),
        ("[^a]", (1, 1), 4),
    ],
)
def test_widths(regex: str, expected: tuple[int, int | None], most: int | None) -> None:
    assert (width(parse(regex)), byte_width(parse(regex))) == (expected, most)


def test_nodes_know_their_place() -> None:
    node = parse("ab{2}?|(c)")
    assert isinstance(node, Alternation)
    first, second = node.options
    assert (node.start, node.end, second.start, second.end) == (0, 10, 7, 10)
    assert isinstance(first, Sequence)
    repeat = first.items[1]
    assert isinstance(repeat, Repeat)
    assert (repeat.start, repeat.end, repeat.lazy) == (1, 6, True)


def test_words_are_written_as_they_stand() -> None:
    node = alternation([literal("a.b"), literal("Né", nocase=True)])
    compiled = from_node(node)
    assert compiled.exact == r"a\.b|[Nn][\x{c9}\x{e9}]"
    assert (compiled.min_width, compiled.max_width, compiled.max_bytes) == (2, 3, 3)
    assert alternation([literal("a")]) == literal("a")
