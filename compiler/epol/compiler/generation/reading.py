"""Blocks of tests that were made for a policy, read as if they stood in it."""

from __future__ import annotations

from functools import cached_property

from epol.compiler.check.expressions import Expressions
from epol.compiler.check.testblocks import read_tests
from epol.compiler.pipeline import Compiled, declared
from epol.compiler.resolve.scope import collect
from epol.lang import ast
from epol.lang.formatter import format_file
from epol.lang.model import TestInfo
from epol.lang.parser import parse
from epol.lang.source import Source


class Reading:
    """Reads tests for one policy, its declarations typed once."""

    def __init__(self, compiled: Compiled) -> None:
        self._compiled = compiled

    @cached_property
    def _expressions(self) -> Expressions:
        return declared(collect(self._compiled.unit))

    def read(self, block: str) -> tuple[TestInfo, ...]:
        """The tests of a text.  Raises ValueError if they are not right; they always should be."""
        parsed = parse(Source("tests made for the policy", block))
        root = self._compiled.unit.root
        nodes = [(root, node) for node in parsed.file.declarations if isinstance(node, ast.Test)]
        tests = read_tests(self._expressions, nodes)
        if parsed.diagnostics or len(tests) < len(nodes):
            raise ValueError("a test that was made for the policy is not right")
        return tests


def formatted(text: str) -> str:
    """Tests in the canonical form."""
    return format_file(parse(Source("tests", text)))
