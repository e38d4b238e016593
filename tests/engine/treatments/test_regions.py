"""Regions: spans that share a character, joined, under one name and one treatment."""

import random

import pytest
from hypothesis import given

from epol.engine.bundle.treatment import Detail, Method, Plan, Treatment
from epol.engine.text.treatments.regions import Region, Span, regions
from epol.lang import treating
from tests.engine.treatments.inputs import (
    cases,
    reference_detail,
    reference_lane,
    reference_spans,
)

PLAN: Plan = {
    "l.mask": Detail(Treatment.MASK, keep_last=4),
    "l.bare": Detail(Treatment.MASK),
    "l.year": Detail(Treatment.GENERALIZE, method=Method("year")),
    "l.zip": Detail(Treatment.GENERALIZE, method=Method("zip3")),
    "l.gone": Detail(Treatment.REDACT, replacement="[gone]"),
    "l.away": Detail(Treatment.REDACT, replacement="[away]"),
    "l.red": Detail(Treatment.REDACT),
    "l.keep": Detail(Treatment.KEEP),
}


def places(*spans: tuple[str, int, int]) -> list[tuple[int, int]]:
    """Where the regions of some spans lie."""
    return [(r.start, r.end) for r in regions(PLAN, [Span(*span) for span in spans])]


def one(*spans: Span) -> Region:
    """The one region of some spans."""
    [region] = regions(PLAN, spans)
    return region


@given(cases())
def test_regions_are_those_of_the_reference(case: tuple[str, Plan, list[Span]]) -> None:
    _, plan, spans = case
    ours = [
        treating.Region(each.start, each.end, each.label, reference_detail(each.detail))
        for each in regions(plan, spans)
    ]
    assert ours == treating.regions(reference_lane(plan), reference_spans(spans))


@given(cases())
def test_the_order_of_the_spans_does_not_matter(case: tuple[str, Plan, list[Span]]) -> None:
    _, plan, found = case
    # Empty spans at one place stand in the order they come in, as in the reference.
    spans = [span for span in found if span.start < span.end]
    assert regions(plan, spans[::-1]) == regions(plan, spans)


def test_spans_that_overlap_in_a_chain_are_one_region() -> None:
    assert places(("l.mask", 6, 9), ("l.mask", 0, 4), ("l.red", 3, 7)) == [(0, 9)]
    assert places(("l.mask", 0, 9), ("l.red", 1, 2), ("l.mask", 8, 12)) == [(0, 12)]


def test_spans_that_only_touch_stay_apart() -> None:
    assert places(("l.mask", 0, 4), ("l.mask", 4, 8)) == [(0, 4), (4, 8)]


def test_an_empty_span_belongs_to_what_it_lies_within() -> None:
    assert places(("l.mask", 3, 3)) == [(3, 3)]
    assert places(("l.mask", 3, 3), ("l.red", 3, 5)) == [(3, 3), (3, 5)]
    assert places(("l.mask", 4, 4), ("l.red", 3, 5)) == [(3, 5)]
    assert places(("l.mask", 5, 5), ("l.red", 3, 5)) == [(3, 5), (5, 5)]


def test_what_is_kept_or_not_in_the_plan_joins_nothing() -> None:
    spans = [("l.mask", 0, 3), ("l.keep", 2, 6), ("l.other", 2, 6), ("l.mask", 5, 9)]
    assert places(*spans) == [(0, 3), (5, 9)]


def test_the_name_is_that_of_the_surest_then_longest_then_first_label() -> None:
    assert one(Span("l.mask", 0, 9, 50), Span("l.red", 0, 3, 60)).label == "l.red"
    assert one(Span("l.red", 0, 9, 50), Span("l.mask", 0, 3, 50)).label == "l.red"
    assert one(Span("l.red", 0, 3, 50), Span("l.mask", 0, 3, 50)).label == "l.mask"


def test_the_strongest_treatment_wins_under_the_surest_name() -> None:
    region = one(Span("l.mask", 0, 9, 90), Span("l.gone", 3, 5, 60))
    assert region == Region(0, 9, "l.mask", PLAN["l.gone"])


def test_details_of_the_strongest_treatment_are_combined() -> None:
    def detail(*labels: str) -> Detail:
        return one(*(Span(label, 0, 3) for label in labels)).detail

    assert detail("l.mask", "l.bare").keep_last == 0
    assert detail("l.gone", "l.away", "l.red").replacement == "[away]"
    assert detail("l.year", "l.zip", "l.mask") == Detail(Treatment.GENERALIZE)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (-2, -1)])
@pytest.mark.parametrize("label", ["l.mask", "l.keep"])
def test_a_span_that_is_no_range_is_refused(label: str, start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no range of characters"):
        regions(PLAN, [Span(label, start, end)])


def test_very_many_overlapping_spans_are_joined() -> None:
    count = 20_000
    spans = [Span("l.mask", at, at + 2) for at in range(count)]
    random.Random(7).shuffle(spans)
    [region] = regions(PLAN, spans)
    assert (region.start, region.end) == (0, count + 1)
