"""What counts as found, right, wrong, leaked and clean, on findings given by hand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.compiler.evaluation.counts import LabelCount, Tally
from epol.compiler.evaluation.mapping import TypeMap
from epol.compiler.evaluation.measures import by_type, overall, per_thousand, speed
from epol.compiler.evaluation.rows import Labelled, Row
from epol.compiler.evaluation.tally import tally
from epol.compiler.pipeline import compile_policy
from epol.engine.bundle.findings import Finding, Scan
from epol.engine.bundle.service import ScanLimitError, TextService


@dataclass
class Fixed:
    """A scanner that finds what it was told, by text."""

    found: Mapping[str, list[tuple[int, int, str]]]

    def scan(self, text: str) -> Scan:
        if text == "endless":
            raise ScanLimitError("too much")
        return Scan(
            tuple(
                Finding(label, "d", start, end, 100)
                for start, end, label in self.found.get(text, [])
            )
        )


@pytest.fixture(scope="module")
def types(tmp_path_factory: pytest.TempPathFactory) -> TypeMap:
    path = tmp_path_factory.mktemp("labels") / "m.epol"
    path.write_text(
        "module m\nlabel pii.card\nlabel pii.card.old\nlabel pii.mail\nlabel pii.plate\n"
    )
    policy = compile_policy(path).policy
    assert policy is not None
    return TypeMap(policy)


def row(
    text: str,
    *spans: tuple[int, int, str],
    line: int = 1,
    type: str | None = None,
    should_match: bool | None = None,
    is_whole: bool = True,
) -> Row:
    labelled = tuple(Labelled(*span) for span in spans)
    matches = bool(spans) if should_match is None else should_match
    return Row(line, text, labelled, type, matches, is_whole)


def counted(
    types: TypeMap, rows: Iterable[Row], found: dict[str, list[tuple[int, int, str]]]
) -> Tally:
    return tally(rows, cast(TextService, Fixed(found)), types)


@pytest.mark.parametrize(
    ("found", "is_found", "leaked"),
    [
        ([(2, 8, "pii.card")], True, 0),
        ([(2, 8, "pii.card.old")], True, 0),
        ([(2, 5, "pii.card")], True, 3),
        ([(2, 4, "pii.card")], False, 4),
        ([(0, 14, "pii.card")], False, 0),
        ([(0, 12, "pii.card")], True, 0),
        ([(2, 8, "pii.mail")], False, 0),
        ([(2, 5, "pii.mail"), (4, 7, "pii.mail")], False, 1),
        ([(8, 10, "pii.card")], False, 6),
        ([], False, 6),
    ],
)
def test_a_span_is_found_by_half_and_leaks_what_is_not_covered(
    types: TypeMap, found: list[tuple[int, int, str]], is_found: bool, leaked: int
) -> None:
    result = counted(types, [row("x" * 20, (2, 8, "CARD"), (18, 19, "MAIL"))], {"x" * 20: found})
    count = result.types["CARD"]
    assert (count.expected, count.found, count.characters) == (1, int(is_found), 6)
    assert count.leaked == leaked


def test_a_label_that_is_right_and_covers_too_little_is_told_apart(types: TypeMap) -> None:
    rows = [row("x" * 20, (2, 12, "CARD"))]
    result = counted(types, rows, {"x" * 20: [(2, 5, "pii.card"), (6, 8, "pii.mail")]})
    assert result.pairs == {("CARD", "pii.card (in part)"): 1, ("", "pii.card"): 1}
    assert [(m.type, m.label) for m in result.mistakes] == [
        ("CARD", "pii.card (in part)"),
        ("", "pii.card"),
    ]


def test_findings_are_right_wrong_or_not_judged(types: TypeMap) -> None:
    rows = [
        row("a" * 9, (0, 4, "CARD"), (5, 9, "CITY")),
        row("b" * 9, (0, 4, "CARD"), is_whole=False),
        row("c" * 9),
    ]
    found = {
        "a" * 9: [(0, 4, "pii.card"), (4, 5, "pii.card"), (6, 7, "pii.card"), (0, 4, "pii.plate")],
        "b" * 9: [(0, 4, "pii.card"), (5, 9, "pii.card")],
        "c" * 9: [(0, 1, "pii.card"), (0, 1, "pii.plate")],
    }
    result = counted(types, rows, found)
    assert result.labels["pii.card"] == LabelCount(right=2, wrong=2, unjudged=2)
    assert result.labels["pii.plate"] == LabelCount(right=0, wrong=0, unjudged=2)
    assert result.unmapped == {"CITY": 1}
    assert (result.clean, result.clean_findings, per_thousand(result)) == (1, 2, 2000)
    assert result.pairs == {
        ("CARD", "pii.card"): 2,
        ("CITY", "pii.card"): 1,
        ("", "pii.card"): 2,
    }
    quality = by_type(result, types)["CARD"]
    assert (quality.recall, quality.precision, quality.f1) == (1, 0.5, 0.666667)


def test_the_same_span_of_two_detectors_is_one_finding(types: TypeMap) -> None:
    result = counted(types, [row("ab")], {"ab": [(0, 1, "pii.card"), (0, 1, "pii.card")]})
    assert result.clean_findings == 1


def test_texts_that_only_should_or_should_not_match(types: TypeMap) -> None:
    rows = [
        row("a", type="CARD", should_match=True, is_whole=False),
        row("b", type="CARD", should_match=True, is_whole=False),
        row("c", type="CARD"),
        row("d", type="CARD"),
        row("e", (0, 1, "MAIL"), type="CARD", should_match=False, is_whole=False),
        row("f", type="CITY", should_match=True, is_whole=False),
    ]
    found = {"a": [(0, 1, "pii.card.old")], "c": [(0, 1, "pii.card")], "d": [(0, 1, "pii.mail")]}
    result = counted(types, rows, found)
    count = result.types["CARD"]
    assert (count.expected, count.found, count.characters) == (2, 1, 0)
    assert (count.negatives, count.hit) == (3, 1)
    assert result.unmapped == {"CITY": 1}
    assert result.clean == 2
    assert "MAIL" not in result.types


def test_a_text_that_cannot_be_scanned_is_in_no_count(types: TypeMap) -> None:
    result = counted(types, [row("endless", (0, 3, "CARD"), line=7)], {})
    assert (result.texts, result.refused, result.types) == (1, [7], {})
    total = overall(result)
    assert (total.recall, total.precision, total.f1, total.leaked) == (None, None, None, None)
    assert (per_thousand(result), speed(result)) == (None, None)


_SPANS = st.lists(
    st.tuples(st.integers(0, 11), st.integers(1, 6)).map(lambda p: (p[0], min(12, p[0] + p[1]))),
    max_size=4,
)


def _cells(spans: Iterable[tuple[int, int]]) -> Iterator[int]:
    for start, end in spans:
        yield from range(start, end)


@given(_SPANS, _SPANS)
def test_what_leaks_is_counted_by_the_character(
    types: TypeMap, gold: list[tuple[int, int]], found: list[tuple[int, int]]
) -> None:
    text = "x" * 12
    rows = [row(text, *((*span, "CARD") for span in gold))]
    result = counted(types, rows, {text: [(*span, "pii.mail") for span in found]})
    leaked = sum(at not in set(_cells(found)) for at in _cells(gold))
    assert overall(result).count.leaked == leaked
