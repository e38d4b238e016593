"""Which part of a match is the secret."""

from __future__ import annotations

import pytest

from epol.compiler.importing.dialect import translate
from epol.compiler.importing.secret import find_secret
from epol.compiler.patterns import PatternError, compile_pattern
from epol.engine.bundle.exact import Exact


@pytest.mark.parametrize(
    ("go", "group", "patterns"),
    [
        ("abc", 0, ("abc",)),
        ("a(b)c", 0, ("a(?P<value>b)c",)),
        ("(a)(b)", 2, ("(?:a)(?P<value>b)",)),
        ("(?P<x>a)(b)", 0, ("(?P<value>a)(?:b)",)),
        ("x(?:(a)|'(b)')", 0, ("x(?:(?P<value>a))", "x(?:'(?P<value>b)')")),
        ("(a)?(b)", 0, ("(?P<value>b)", "(?P<value>a)(?:b)")),
        ("(?:x(a))*b", 0, ("b", "(?:x(?P<value>a))+b")),
        ("(?:x(a)){0,2}b", 0, ("b", "(?:x(?P<value>a)){1,2}b")),
        ("(?i)(a)|b", 0, ("(?i)(?P<value>a)", "(?i)b")),
        ("(?:(?i)(a)|(b))", 0, ("(?:(?i)(?P<value>a))", "(?:(?i)(?P<value>b))")),
        (r"(?:[|(](a)|\|(b))", 0, (r"(?:[|(](?P<value>a))", r"(?:\|(?P<value>b))")),
        ("(a){3}", 0, ("(?P<value>a){3}",)),
    ],
)
def test_the_value_is_the_group_that_they_take(
    go: str, group: int, patterns: tuple[str, ...]
) -> None:
    found = find_secret(translate(go), group)
    assert (found.patterns, found.whole) == (patterns, False)
    for pattern in patterns:
        compile_pattern(pattern)


@pytest.mark.parametrize("go", ["(a*)b", "(?:(a)|(b))+", "".join(["(?:(a)|b)?"] * 8)])
def test_where_there_is_no_telling_the_span_is_the_match(go: str) -> None:
    found = find_secret(translate(go), 0)
    assert found.whole
    assert len(found.patterns) == 1
    assert "value" not in found.patterns[0]


def test_a_group_that_is_not_there_is_an_error() -> None:
    with pytest.raises(PatternError, match="the secret is group 3, and there are 1"):
        find_secret("(a)", 3)


def test_the_span_of_each_way() -> None:
    data = b"""k="one" k='two' k=three"""
    go = r"""k=(?:"([a-z]+)"|'([a-z]+)'|([a-z]+))"""
    spans: list[bytes] = []
    for pattern in find_secret(translate(go), 0).patterns:
        match = Exact(compile_pattern(pattern).exact).search(data, 0, len(data))
        assert match is not None
        spans.append(data[match[2] : match[3]])
    assert spans == [b"one", b"two", b"three"]
