"""Estimates of tokens, against the counts of real tokenizers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypedDict, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.signals.tokens import at_most, estimate


class Counted(TypedDict):
    """A text, and how many tokens each of five tokenizers makes of it (docs/signals.md)."""

    kind: str
    text: str
    tokens: dict[str, int]


SAMPLES = cast(
    list[Counted],
    json.loads(Path(__file__).with_name("tokens.json").read_text(encoding="utf-8")),
)
BOUNDS = {
    "numbers": (0.5, 1.25),
    "german": (0.75, 1.55),
    "russian": (0.25, 0.6),
    "japanese": (0.45, 0.75),
    "arabic": (0.25, 1.05),
    "hindi": (0.25, 0.9),
}
"""Between which the counts over the estimate lie, for kinds of text that it knows less well."""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each["kind"])
def test_real_tokenizers_count_about_as_many(sample: Counted) -> None:
    low, high = BOUNDS.get(sample["kind"], (0.7, 1.3))
    guess = estimate(sample["text"])
    assert len(sample["tokens"]) == 5
    for count in sample["tokens"].values():
        assert low * guess <= count <= high * guess


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda each: each["kind"])
def test_no_real_tokenizer_counts_more_than_the_bound(sample: Counted) -> None:
    assert max(sample["tokens"].values()) <= at_most(sample["text"])


@given(st.text())
def test_an_estimate_is_within_the_bound(text: str) -> None:
    assert 0 <= estimate(text) <= at_most(text)
    assert (estimate(text) == 0) == (not text.strip(" \t\r") and "   " not in text)


@given(st.text(), st.text())
def test_more_text_has_no_fewer_tokens(one: str, two: str) -> None:
    # The seam may join two pieces, or two line breaks.
    assert estimate(one + two) >= max(estimate(one), estimate(two)) - 1


def test_how_it_is_counted() -> None:
    assert estimate("") == 0
    assert estimate("one two") == 2
    assert estimate("camelOne HTTP") == 4  # 3 pieces, one of seven letters
    assert estimate("x" * 14) == 3  # 1 + 2 · 0.6, rounded up
    assert estimate("2026") == 4
    assert estimate("\n\n\n") == 1
    assert estimate("é") == 1
    assert estimate("\ud800") == 2
