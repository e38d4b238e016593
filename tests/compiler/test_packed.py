"""Trees as plain data: every tree comes back, with every node where it stood."""

import json

import pytest
from hypothesis import given

from epol.compiler.resolve import stdlib
from epol.compiler.resolve.packed import packed, unpacked
from epol.lang import ast
from epol.lang.parser import parse
from epol.lang.source import Source
from tests.lang import texts


def assert_comes_back(source: Source) -> None:
    """Pack a file's declarations, through JSON, and compare nodes and places."""
    declarations = parse(source).file.declarations
    assert declarations
    back = unpacked(json.loads(json.dumps(packed(declarations))), source)
    assert back == declarations
    places = [(type(node), node.span) for node in ast.walk(declarations)]
    assert [(type(node), node.span) for node in ast.walk(back)] == places


@given(texts.FILES)
def test_a_file_comes_back(tokens: list[str]) -> None:
    assert_comes_back(Source("m.epol", " ".join(["module", "m", *tokens])))


@pytest.mark.parametrize("name", stdlib.modules())
def test_a_standard_module_comes_back(name: str) -> None:
    path = stdlib.path_of(name)
    assert path is not None
    assert_comes_back(Source(name, path.read_text(encoding="utf-8")))
