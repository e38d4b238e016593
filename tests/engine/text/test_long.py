"""Long texts in pieces: the same findings as in one, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine.bundle.findings import Finding, Scan
from epol.engine.bundle.textplan import DetectorPlan, TextPlan
from epol.engine.errors import ScanLimitError
from epol.engine.text.limits import Budget
from epol.engine.text.long import BEHIND, pieces
from epol.engine.text.scanner import Scanner
from tests.engine.text.plans import SCANNER, pattern

FILLER = "Nothing to see here, move along; the weather is fine today.\n"
WORDS = [
    "anna@example.org",
    "MRN 00482913",
    "badge EMP-004217",
    "aspirin",
    "4111 1111 1111 1111",
    "é漢",
]


def blocks(text: str, size: int) -> Iterator[str]:
    for at in range(0, len(text), size):
        yield text[at : at + size]


PARTS = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, 300)), min_size=1, max_size=60)


@settings(max_examples=15)
@given(PARTS, st.integers(1000, 50_000))
def test_pieces_have_the_findings_of_the_whole(parts: list[tuple[str, int]], size: int) -> None:
    text = "".join(word + " " + FILLER * lines for word, lines in parts)
    whole = {(f.label, f.start, f.end) for f in SCANNER.scan(text).findings}
    cut = list(pieces(SCANNER, blocks(text, size), 4096))
    assert "".join(piece.text for piece in cut) == text
    assert {
        (f.label, f.start + p.offset, f.end + p.offset) for p in cut for f in p.findings
    } == whole


def test_memory_is_bounded() -> None:
    text = FILLER * 20_000
    cut = list(pieces(SCANNER, blocks(text, 10_000), 16_384))
    assert max(len(piece.text) for piece in cut) < 16_384 + 2 * BEHIND
    assert "".join(piece.text for piece in cut) == text


def test_a_run_without_a_place_to_cut_is_covered_all_the_same() -> None:
    scanner = Scanner(TextPlan((DetectorPlan("n", "n", (pattern("[0-9]{13,19}"),)),)))
    text = "7" * (3 * BEHIND)
    covered = [0] * len(text)
    for piece in pieces(scanner, blocks(text, 5000), 2000):
        for found in piece.findings:
            for at in range(found.start, found.end):
                covered[piece.offset + at] = 1
    assert sum(covered) >= len(text) - 12


def test_a_finding_that_never_ends_is_refused() -> None:
    class Endless(Scanner):
        """Finds one span over everything."""

        def scan(self, text: str, budget: Budget | None = None) -> Scan:
            assert budget is None
            return Scan((Finding("n", "n", 0, len(text), 100),))

    endless = iter(lambda: "x" * 1_000_000, None)
    with pytest.raises(ScanLimitError, match="longer than"):
        list(pieces(Endless(TextPlan()), endless))


def test_no_text_has_no_pieces() -> None:
    assert list(pieces(SCANNER, [])) == []


def test_dense_texts_are_scanned_in_smaller_pieces() -> None:
    scanner = Scanner(TextPlan((DetectorPlan("b", "b", (pattern("EMP-[0-9]{6}"),)),)))
    text = "".join(f"{at:06},EMP-{at:06},foo\n" for at in range(40_000))
    cut = list(pieces(scanner, blocks(text, 1024 * 1024)))
    assert "".join(piece.text for piece in cut) == text
    assert sum(len(piece.findings) for piece in cut) == 40_000


def test_hex_across_pieces_is_decoded() -> None:
    scanner = Scanner(TextPlan((DetectorPlan("b", "b", (pattern("EMP-[0-9]{6}"),)),)))
    value = b" EMP-004217 ".hex()
    body = b"x".hex() * 40_000
    for odd in ("xx ", "xxx "):
        text = odd + body + value + body
        found = [f for p in pieces(scanner, blocks(text, 9999), 8192) for f in p.findings]
        assert len(found) == 1
