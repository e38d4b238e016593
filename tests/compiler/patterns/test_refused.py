"""What is no pattern, or none that the scanner can run: named, pointed at, with a cure."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.patterns import PatternError, compile_pattern
from epol.compiler.patterns.limits import MAX_DEPTH, MAX_PATTERN, MAX_REPEAT
from epol.compiler.patterns.parse import parse
from tests.compiler.building import HEAD, build
from tests.compiler.patterns.making import flags, patterns


def refused(regex: str, letters: str = "") -> PatternError:
    with pytest.raises(PatternError) as caught:
        parse(regex, letters)
    return caught.value


UNSUPPORTED = [
    # the pattern, with the construct between guillemets; its name; a part of its cure
    ("a«(?=b(c[)])\\))»d", "look-around", "right not CLASS"),
    ("«(?!a)»b", "look-around", "left not CLASS"),
    ("x«(?<=a)»b", "look-around", "left not CLASS"),
    ("«(?<!\\d)»EMP", "look-around", "left not CLASS"),
    ("«(?=a»", "look-around", "left not CLASS"),
    ("(a)«\\1»", "a back-reference", "validator"),
    ("(a)«\\9»", "a back-reference", "validator"),
    ("(a)" * 12 + "«\\12»", "a back-reference", "validator"),
    ("«\\88»", "a back-reference", "validator"),
    ("(a)«\\g1»", "a back-reference", "validator"),
    ("(a)«\\g{-1}»b", "a back-reference", "validator"),
    ("(?<n>a)«\\k<n>»b", "a back-reference", "validator"),
    ("(?<n>a)«\\k{n}»b", "a back-reference", "validator"),
    ("(?<n>a)«(?P=n)»b", "a back-reference", "validator"),
    ("(a)«\\g<1>»", "recursion", "levels"),
    ("a«(?R)»?", "recursion", "levels"),
    ("(a)«(?1)»", "recursion", "levels"),
    ("(a)«(?-1)»", "recursion", "levels"),
    ("(?<n>a)«(?&n)»", "recursion", "levels"),
    ("(?<n>a)«(?P>n)»", "recursion", "levels"),
    ("(a)?«(?(1)b|c)»", "a conditional group", "two patterns"),
    ("«(?>a+)»b", "an atomic group", "plain group"),
    ("«(?|(a)|(b))»", "a branch reset", "plain group"),
    ("a«*+»b", "a possessive quantifier", "plain quantifier"),
    ("a«++»", "a possessive quantifier", "plain quantifier"),
    ("a«{2}+»", "a possessive quantifier", "plain quantifier"),
    ("«\\G»a", "`\\G`", "leave it out"),
    ("a«\\K»b", "`\\K`", "value"),
    ("«\\C»", "`\\C`", "write `.`"),
    ("«\\X»", "`\\X`", "\\p{M}"),
    ("«\\R»", "`\\R`", "\\v"),
    ("a«\\N»", "`\\N`", "[^\\n]"),
    ("[a«\\N»]", "`\\N`", "[^\\n]"),
    ("a«(?C1)»", "a callout", "leave it out"),
    ("«(*UTF8)»a", "a verb `(*…)`", "flag `u`"),
    ("«(?U)»a", "the inline flag `U`", "`i`, `s`, `m` and `x`"),
    ("«(?i-J:»a)", "the inline flag `J`", "`i`, `s`, `m` and `x`"),
    ("[«[.a.]»]", "a collating element", "characters"),
    ("a«\\p{Klingon}»", "the property `\\p{Klingon}`", "\\p{Greek}"),
    ("a«\\p{Grek}»", "the property `\\p{Grek}`", "did you mean `Greek`?"),
    ("a«\\p{lu}»", "the property `\\p{lu}`", "did you mean"),
    ("«[\\p{Greek}\\P{Han}]»", "a script beside a negated set", "(?:[…]|[…])"),
    ("«[^\\P{L}\\p{Han}]»", "a script beside a negated set", "(?:[…]|[…])"),
    ("a«{1001}»", "more than 1,000 repeats", "{n,}"),
    ("a«{5,1001}»", "more than 1,000 repeats", "{n,}"),
    ("a«{1001,}»", "more than 1,000 repeats", "{n,}"),
    ("(?:b|(?:xa«{11}»)*){100}", "more than 1,000 repeats", "{n,}"),
    ("a«{" + "9" * 4000 + "}»", "more than 1,000 repeats", "{n,}"),
]


@pytest.mark.parametrize(("marked", "construct", "cure"), UNSUPPORTED)
def test_what_the_scanner_lacks_is_named_at_its_place(
    marked: str, construct: str, cure: str
) -> None:
    before, rest = marked.split("«")
    inside, after = rest.split("»")
    regex = before + inside + after
    error = refused(regex)
    assert error.kind == "unsupported"
    assert error.message.startswith(f"the scanner does not support {construct}")
    assert regex[error.start : error.end] == inside
    assert cure in (error.help or "")


@pytest.mark.parametrize("letter", "bB")
def test_a_word_boundary_does_not_go_with_unicode_classes(letter: str) -> None:
    error = refused(f"a\\{letter}", "u")
    assert (error.kind, error.start, error.end) == ("unsupported", 1, 3)
    assert "together with the flag `u`" in error.message
    assert error.help == "use `left not word` / `right not word`"


INVALID = [
    ("a«(»b", "unterminated subpattern"),
    ("a(b)«)»", "unbalanced parenthesis"),
    ("a|«*»b", "nothing to repeat"),
    ("(«+»)", "nothing to repeat"),
    ("«{3}»", "nothing to repeat"),
    ("^«*»a", "nothing to repeat"),
    ("\\b«+»a", "nothing to repeat"),
    ("(?i)«?»a", "nothing to repeat"),
    ("a+«*»", "multiple repeat"),
    ("a{2}«{3}»", "multiple repeat"),
    ("a«{3,2}»", "min repeat greater"),
    ("x«[»a", "a class is unterminated"),
    ("x«[»a-", "a class is unterminated"),
    ("«[»]a", "a class is unterminated"),
    ("«[»^]", "a class is unterminated"),
    ("[«z-a»]", "bad character range"),
    ("[«a-\\d»]", "bad character range"),
    ("[a«[:alhpa:]»]", "there is no class `[:alhpa:]`"),
    ("«[^\\d\\D]»", "no character is in this class"),
    ("«\\P{Any}»", "no character is in this set"),
    ("a«\\»", "escapes nothing"),
    ("[«\\»", "escapes nothing"),
    ("«\\y»", "`\\y` is not an escape"),
    ("«\\u»0041", "`\\u` is not an escape"),
    ("[«\\B»]", "`\\B` is not an escape"),
    ("[«\\8»]", "`\\8` is not an escape"),
    ("«\\x»g", "hexadecimal number is missing"),
    ("«\\x»{}", "hexadecimal number is missing"),
    ("«\\o»7", "octal number is missing"),
    ("«\\x{110000}»", "the last character"),
    ("«\\x{D800}»", "half of a character"),
    ("a«\ud800»", "half of a character"),
    ("«\\c»", "needs an ASCII character"),
    ("«\\c»é", "needs an ASCII character"),
    ("«\\p»", "a property's name is missing"),
    ("«\\p»{L", "a property's name is missing"),
    ("a«(?#»b", "a comment is unterminated"),
    ("«(?»", "begins no group"),
    ("«(?»é)", "begins no group"),
    ("«(?<1a>»b)", "a group's name"),
    ("«(?<>»b)", "a group's name"),
    ("(?<n>a)«(?P<n>»b)", "two groups are called `n`"),
    ("(" * MAX_DEPTH + "«(»" + "a" + ")" * MAX_DEPTH + ")", "nest deeper"),
    ("«" + "(?:a{999}b{999})" * 11 + "»", "come to more than"),
]


@pytest.mark.parametrize(("marked", "message"), INVALID)
def test_what_is_no_pattern_is_said_at_its_place(marked: str, message: str) -> None:
    before, rest = marked.split("«")
    inside, after = rest.split("»")
    error = refused(before + inside + after)
    assert error.kind == "invalid"
    assert message in error.message
    assert (error.start, error.end) == (len(before), len(before) + len(inside))


def test_a_pattern_is_not_endless() -> None:
    assert "4,096" in refused("x" * (MAX_PATTERN + 1)).message
    assert "deeper" in refused("(" * MAX_PATTERN).message
    parse("x" * MAX_PATTERN)
    compile_pattern("(x|y(?:z|" * (MAX_DEPTH // 2) + "a" + "b)+)*c" * (MAX_DEPTH // 2))
    parse(f"(?:a{{{MAX_REPEAT // 2}}}){{2}}")


syntax = st.text(st.sampled_from(list("ab\\\\\\[]()(){}^$.|*+?-,:<>='!#123QEpPLxdDbcogk&\n é")))


@given(st.one_of(st.text(), syntax, patterns.flatmap(lambda it: syntax.map(it.__add__))), flags)
def test_any_text_is_a_pattern_or_refused_within_itself(regex: str, letters: str) -> None:
    try:
        parse(regex, letters)
    except PatternError as error:
        found = error
    else:
        return
    assert 0 <= found.start <= found.end <= max(len(regex), found.start + 1)
    assert found.message


@pytest.mark.parametrize(
    ("literal", "expected"),
    [
        ("/a\\/b\\/(?=c)\\/d/i", "(?=c)"),
        ("/é\\/(?=\\/)x/", "(?=\\/)"),
        ("/a\\\\\\/\\1/", "\\1"),
        ("/a(/", "("),
        ("/a\\bc/u", "\\b"),
        ("/(x)\\1\\//", "\\1"),
    ],
)
def test_the_place_is_exact_in_the_source(tmp_path: Path, literal: str, expected: str) -> None:
    text = HEAD + f"label l\ndetector d -> l {{ match {literal} }}"
    [diagnostic] = [
        found
        for found in build(tmp_path, text).diagnostics
        if found.name in ("pattern-invalid", "pattern-unsupported")
    ]
    assert diagnostic.span.text == expected
    before = text.index(literal) + literal.rindex(expected)
    assert diagnostic.span.start == before
