"""The limits that docs/scanning.md and docs/patterns.md name are those of the code."""

from __future__ import annotations

import pytest

from epol.compiler.patterns import limits as patterns
from epol.engine.text import limits, treating
from epol.engine.text.views.derive import MAX_EXTRA, MAX_GROWTH, MAX_ROUNDS
from tests.docs.blocks import ROOT

SCANNING = {
    f"| a text | 16 Mi ({limits.MAX_TEXT:,}) characters |",
    f"| spans found in a request, of labels and text signals | {limits.MAX_FOUND:,} |",
    f"| {limits.MAX_REJECTED:,}, and one for every {limits.CHARACTERS_EACH} characters of its",
    f"| 16 KiB ({limits.MAX_SPAN:,} bytes) of UTF-8 |",
    f"| rounds of folding and decoding | {MAX_ROUNDS} |",
    f"| {MAX_GROWTH} times as long as the text, and {MAX_EXTRA:,} characters more |",
    f"| rounds of treating | {treating.MOST_ROUNDS} |",
}
PATTERNS = {
    f"| a pattern | {patterns.MAX_PATTERN:,} characters |",
    f"| repeats, those of nested ones multiplied | {patterns.MAX_REPEAT:,}; ",
    f"| characters and classes, repeats written out | {patterns.MAX_SIZE:,} |",
    f"| nesting of groups | {patterns.MAX_DEPTH} |",
}


@pytest.mark.parametrize(
    ("page", "said"),
    [("scanning.md", each) for each in sorted(SCANNING)]
    + [("patterns.md", each) for each in sorted(PATTERNS)],
)
def test_a_limit_is_that_of_the_code(page: str, said: str) -> None:
    assert said in (ROOT / "docs" / page).read_text(encoding="utf-8")
