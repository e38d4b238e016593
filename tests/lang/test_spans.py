"""Every node knows exactly where it stands."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from itertools import pairwise
from typing import cast

from hypothesis import given

from epol.lang import ast
from tests.lang import texts
from tests.lang.reading import declaration, declarations, expression


def nodes(value: object) -> Iterator[ast.Node]:
    """A node and all nodes in it."""
    if isinstance(value, ast.Node):
        yield value
    if isinstance(value, tuple):
        for part in cast(tuple[object, ...], value):
            yield from nodes(part)
    elif is_dataclass(value):
        for part in fields(value):
            if part.name != "span":
                yield from nodes(getattr(value, part.name))


def inside(node: ast.Node) -> list[str]:
    """The texts of a node's nodes, itself first."""
    return [each.span.text for each in nodes(node)]


def test_the_parts_of_an_expression_are_where_they_are_written() -> None:
    assert inside(expression("a or  not (b == 5ms)")) == [
        "a or  not (b == 5ms)",
        "a",
        "not (b == 5ms)",
        "b == 5ms",
        "b",
        "5ms",
    ]


def test_a_sign_is_part_of_its_number() -> None:
    assert expression("- 5ms").span.text == "- 5ms"


def test_a_declaration_goes_from_its_keyword_to_its_end() -> None:
    text = "# before\nrule r {\n  deny # inside\n}  # after\n"
    assert declaration(text).span.text == "rule r {\n  deny # inside\n}"


def test_the_parts_of_a_rule_are_where_they_are_written() -> None:
    found = inside(declaration('rule r { when a mask x, y except x.z keep last 4 because "b" }'))
    assert found == [
        'rule r { when a mask x, y except x.z keep last 4 because "b" }',
        "r",
        "when a",
        "a",
        "mask x, y except x.z keep last 4",
        "x",
        "y",
        "x.z",
        "keep last 4",
        "4",
        'because "b"',
        '"b"',
    ]


@given(texts.spaced(texts.FILES))
def test_every_node_lies_inside_its_parent(text: str) -> None:
    for top in declarations(text):
        for node in nodes(top):
            assert 0 <= node.span.start <= node.span.end <= len(text)
            for part in nodes(node):
                assert node.span.start <= part.span.start
                assert part.span.end <= node.span.end


@given(texts.spaced(texts.FILES))
def test_declarations_follow_each_other(text: str) -> None:
    found = declarations(text)
    for one, other in pairwise(found):
        assert one.span.end <= other.span.start


@given(texts.spaced(texts.EXPRESSION))
def test_a_part_read_alone_is_the_same_part(text: str) -> None:
    for node in nodes(expression(text)):
        if isinstance(node, ast.Expr):
            assert expression(node.span.text) == node
