"""The regular expressions of patterns: read, measured, and written for two matchers."""

from epol.compiler.patterns.compile import (
    Regex,
    alternation,
    compile_pattern,
    from_node,
    literal,
)
from epol.compiler.patterns.errors import PatternError

__all__ = [
    "PatternError",
    "Regex",
    "alternation",
    "compile_pattern",
    "from_node",
    "literal",
]
