"""A text of which most was parsed before is parsed as from the beginning."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.lang import ast, rereading
from epol.lang.parser import Parsed, parse
from epol.lang.rereading import Rereader, reparse
from epol.lang.source import Source
from tests.planted.random_policies import random_policy

PIECES = (
    "", " ", "\n", "# why\n", "#", '"', "{", "}", "(", "not ", "rule ", "deny", "7", "x",
    "rule more { when request.stream deny } # so\n", 'test "t" { expect blocked }\n',
    "\nlet a = not net.online\n", "label staff.badge\n", "/", "\0", "import std.edge\n", "\ufeff",
)  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> list[str]:
    """A policy, and what becomes of it by some edits."""
    texts = [random_policy(draw(st.integers(0, 200)))]
    for _ in range(draw(st.integers(1, 4))):
        text = texts[-1]
        start = draw(st.integers(0, len(text)))
        end = min(start + draw(st.sampled_from((0, 0, 1, 2, 9, 80))), len(text))
        if draw(st.booleans()):  # whole lines
            start = text.rfind("\n", 0, start) + 1
            end = text.find("\n", end) + 1 or len(text)
        piece = draw(st.sampled_from((*PIECES, text[start:end] * 2)))
        texts.append(text[:start] + piece + text[end:])
    return texts


@given(edits())
def test_edits_are_parsed_as_from_the_beginning(texts: list[str]) -> None:
    rereader = Rereader()
    for text in texts:
        source = Source("policy.epol", text)
        same(rereader.parse(source), parse(source))


def same(one: Parsed, other: Parsed) -> None:
    """Compare all that is read, and where it stands."""
    assert one.file.declarations == other.file.declarations
    assert (one.comments, one.broken_names) == (other.comments, other.broken_names)
    told = [
        [(d.name, d.message, d.span.start, d.help) for d in p.diagnostics] for p in (one, other)
    ]
    assert told[0] == told[1]
    for mine, its in zip(nodes(one.file), nodes(other.file), strict=True):
        places = [(type(each), each.span.start, each.span.end) for each in (mine, its)]
        assert places[0] == places[1]
        assert mine.span.source.text == its.span.source.text


def nodes(file: ast.File) -> list[ast.Node]:
    """Every node of a file."""
    return [node for each in file.declarations for node in ast.walk(each)]


HEAD = 'policy p version "1"\n'
RULES = [f"rule r{i} {{ when request.tokens > {i} deny }} # {i}\n" for i in range(9)]


EDITS: tuple[Callable[[str], str], ...] = (
    lambda text: text.replace("> 4", "> 44"),
    lambda text: text.replace("> 4", "> 4 and request.stream"),
    lambda text: text.replace("# 4", "# four"),
    lambda text: text.replace(RULES[4], ""),
    lambda text: text + RULES[4].replace("r4", "r9"),
    lambda text: "\n\n" + text,
)


@pytest.mark.parametrize("edit", EDITS)
def test_what_an_edit_leaves_alone_is_not_parsed_again(
    edit: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    text = HEAD + "".join(RULES)
    before, source = parse(Source("p", text)), Source("p", edit(text))
    wanted = parse(source)

    def fail(source: Source) -> Parsed:
        raise AssertionError(source)

    monkeypatch.setattr(rereading, "parse", fail)
    same(reparse(source, before), wanted)


def test_the_same_text_is_not_parsed_again() -> None:
    rereader = Rereader()
    first = rereader.parse(Source("p", HEAD))
    assert rereader.parse(Source("p", HEAD)) is first
    assert rereader.parse(Source("q", HEAD)).file.source.name == "q"


def test_a_declaration_that_what_follows_makes_another_is_read_anew() -> None:
    text = f"{HEAD}let a = net.online\nlet b = a\n{RULES[0]}"
    before = parse(Source("p", text))
    source = Source("p", text.replace("let b = a", "and not\nnet.online let b = a"))
    same(reparse(source, before), parse(source))
