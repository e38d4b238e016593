"""Policies with random damage: told in diagnostics, never in a traceback."""

import re
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.examine import examine
from epol.compiler.resolve.loader import UnreadableError
from epol.lang.diagnostics import Diagnostic
from epol.lang.formatter import format_source
from epol.lang.lexer import KEYWORDS, PUNCTUATION
from epol.lang.parser import parse
from epol.lang.render import plain, render
from epol.lang.source import Source
from tests.fuzz.corpus import policies, share

TOKEN = re.compile(r'"[^"\n]*"|/[^/\n]+/|[A-Za-z_.]+|\$?\d[\w.%]*|\S')
WORDS = [
    *sorted(KEYWORDS),
    *PUNCTUATION,
    "x",
    "ward",
    "target.at",
    "0",
    "8k",
    "$1",
    "5ms",
    '"s"',
    "#",
]


@st.composite
def damaged_tokens(draw: st.DrawFn) -> str:
    """A real policy with some tokens dropped, doubled, swapped, replaced or put in."""
    text = draw(st.sampled_from(policies()))
    tokens = TOKEN.findall(text)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, len(tokens)))
        other = draw(st.integers(0, len(tokens)))
        word = draw(st.sampled_from(WORDS) | st.sampled_from(tokens or ["x"]))
        match draw(st.sampled_from(["drop", "double", "move", "replace", "insert", "cut"])):
            case "drop":
                del tokens[at : at + 1]
            case "double":
                tokens[at:at] = tokens[at : at + 8]
            case "move":
                tokens[other:other] = tokens[at : at + 3]
                del tokens[at : at + 3]
            case "replace":
                tokens[at : at + 1] = [word]
            case "insert":
                tokens.insert(at, word)
            case _:
                del tokens[max(at, 20) :]
    gaps = draw(st.sampled_from([" ", "\n", " # c\n", "\t"]))
    return gaps.join(tokens)


@st.composite
def damaged_bytes(draw: st.DrawFn) -> bytes:
    """A real policy with some bytes changed, put in or dropped."""
    data = bytearray(draw(st.sampled_from(policies())).encode())
    for _ in range(draw(st.integers(1, 5))):
        at = draw(st.integers(0, len(data)))
        data[at : at + draw(st.integers(0, 4))] = draw(st.binary(max_size=4))
    return bytes(data)


def check(data: bytes) -> None:
    """A file of these bytes is examined, and all that is said of it can be shown."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_bytes(data)
        try:
            found = examine(path, budget=5)
        except UnreadableError:
            return
    for diagnostic in found.diagnostics:
        check_diagnostic(diagnostic)


def check_diagnostic(diagnostic: Diagnostic) -> None:
    """Its places lie in their sources, and it can be shown on a terminal."""
    for span in (diagnostic.span, *(label.span for label in diagnostic.labels)):
        assert 0 <= span.start <= span.end <= max(len(span.source.text), 1)
    assert diagnostic.message
    assert all(line.isprintable() for line in plain(render(diagnostic)).split("\n"))


@share(25)
@given(damaged_tokens())
def test_a_policy_with_damaged_tokens_is_examined(text: str) -> None:
    check(text.encode())


@share(15)
@given(damaged_bytes())
def test_a_policy_with_damaged_bytes_is_examined(data: bytes) -> None:
    check(data)


@share(20)
@given(damaged_tokens() | damaged_bytes().map(lambda data: data.decode("utf-8", "replace")))
def test_what_parses_is_formatted_to_the_same(text: str) -> None:
    source = Source("t", text)
    once = format_source(source)
    before = parse(source)
    assert (once is None) == bool(before.diagnostics)
    if once is not None:
        after = parse(Source("t", once))
        assert not after.diagnostics
        assert after.file.declarations == before.file.declarations
        comments = sorted(comment.text for comment in before.comments)
        assert sorted(comment.text for comment in after.comments) == comments
        assert format_source(Source("t", once)) == once
