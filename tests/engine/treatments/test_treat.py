"""Treated texts: what each treatment writes, and where in the result it stands."""

import hashlib
import hmac
import pkgutil

import pytest
from hypothesis import given

from epol.engine.bundle.treatment import Detail, Method, Plan, Treatment
from epol.engine.text import treatments
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.regions import Region, Span, regions
from epol.engine.text.treatments.tokens import Tokens
from epol.engine.text.treatments.treat import REPLACEMENTS, Replaced, treat
from epol.lang import treating
from tests.engine.treatments.inputs import (
    KEY,
    TEXTS,
    cases,
    keys,
    reference_lane,
    reference_spans,
)

TEXT = "abcdefghijklmnopqrstuvwxyz"


def written(value: str, detail: Detail) -> str:
    """What stands in place of a value."""
    treated = treat(value, [Region(0, len(value), "l.a", detail)], keys())
    assert treated is not None
    return treated.text


@given(cases())
def test_a_text_is_treated_as_in_the_reference(case: tuple[str, Plan, list[Span]]) -> None:
    text, plan, spans = case
    ours, own = keys(), Tokens(KEY, "session")
    treated = treat(text, regions(plan, spans), ours)
    theirs = treating.treat(
        text,
        treating.regions(reference_lane(plan), reference_spans(spans)),
        treating.Keys(KEY, own.token),
    )
    assert (None if treated is None else treated.text) == theirs


@given(cases())
def test_the_replaced_ranges_say_what_was_written(case: tuple[str, Plan, list[Span]]) -> None:
    text, plan, spans = case
    parts, ours = regions(plan, spans), keys()
    treated = treat(text, parts, ours)
    if treated is None:
        return
    assert [each.treatment for each in treated.replaced] == [p.detail.treatment for p in parts]
    # Outside the ranges stands what stood outside the regions; inside, what was written.
    before = after = 0
    for region, (start, end, treatment) in zip(parts, treated.replaced, strict=True):
        assert treated.text[after:start] == text[before : region.start]
        value = text[region.start : region.end]
        assert treated.text[start:end] == REPLACEMENTS[treatment](value, region, ours)
        before, after = region.end, end
    assert treated.text[after:] == text[before:]


@given(cases())
def test_tokens_are_turned_back(case: tuple[str, Plan, list[Span]]) -> None:
    text, plan, spans = case
    tokenized = {label: Detail(Treatment.TOKENIZE) for label in plan}
    parts = [part for part in regions(tokenized, spans) if part.start < part.end]
    ours = keys()
    treated = treat(text, parts, ours)
    assert treated is not None
    assert ours.tokens.restore(treated.text) == text
    assert list(ours.tokens.find(treated.text)) == [(r.start, r.end) for r in treated.replaced]


def test_every_treatment_is_a_module_of_its_name() -> None:
    modules = {module.name for module in pkgutil.iter_modules(treatments.__path__)}
    assert {str(each) for each in Treatment} - {"keep"} <= modules
    assert set(REPLACEMENTS) == set(Treatment) - {Treatment.KEEP, Treatment.DROP}


@pytest.mark.parametrize(
    ("length", "asked", "kept"),
    [(12, 4, 4), (11, 4, 3), (6, 4, 2), (3, 4, 1), (2, 4, 0), (0, 4, 0), (9, 0, 0), (26, 99, 8)],
)
def test_a_mask_keeps_a_third_at_most(length: int, asked: int, kept: int) -> None:
    masked = written(TEXT[:length], Detail(Treatment.MASK, keep_last=asked))
    assert masked == "*" * (length - kept) + TEXT[length - kept : length]


def test_a_mask_counts_code_points() -> None:
    value = "\U0001f600\ud800e\u0301\U0010ffff\udfff"
    assert written(value, Detail(Treatment.MASK, keep_last=2)) == "****\U0010ffff\udfff"


@given(TEXTS)
def test_a_hash_is_a_keyed_digest_of_the_bytes(value: str) -> None:
    expected = hmac.new(KEY, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
    assert written(value, Detail(Treatment.HASH)) == expected


def test_a_redaction_is_a_fixed_text() -> None:
    assert written("value", Detail(Treatment.REDACT)) == "[l.a]"
    assert written("value", Detail(Treatment.REDACT, replacement="")) == ""
    assert written("value", Detail(Treatment.REDACT, replacement="[\U0001f600]")) == "[\U0001f600]"


def test_drop_wins_and_issues_no_token() -> None:
    plan = {"l.token": Detail(Treatment.TOKENIZE), "l.drop": Detail(Treatment.DROP)}
    ours = keys()
    parts = regions(plan, [Span("l.token", 0, 3), Span("l.drop", 9, 9)])
    assert treat(TEXT, parts, ours) is None
    assert repr(ours.tokens) == "<Tokens: 0 values>"


def test_each_target_gets_its_own_text() -> None:
    spans = [Span("phi.date", 5, 15), Span("phi.mrn", 10, 19, 80)]
    text = "born 2026-04-12/123 there"
    near = {"phi.mrn": Detail(Treatment.MASK, keep_last=3)}
    far: Plan = {**near, "phi.date": Detail(Treatment.GENERALIZE, method=Method("year"))}
    texts = [treat(text, regions(plan, spans), keys()) for plan in ({}, near, far)]
    assert [each and each.text for each in texts] == [
        text,
        "born 2026-******123 there",
        "born [phi.date] there",
    ]
    assert texts[2] is not None
    assert texts[2].replaced == (Replaced(5, 15, Treatment.GENERALIZE),)


def test_a_text_without_regions_is_left_alone() -> None:
    treated = treat(TEXT, [], keys())
    assert treated is not None
    assert (treated.text, treated.replaced) == (TEXT, ())


def test_an_empty_region_is_a_place_to_write() -> None:
    detail = Detail(Treatment.REDACT)
    parts = [Region(2, 4, "l.b", detail), Region(2, 2, "l.a", detail)]
    treated = treat("abcdef", parts, keys())
    assert treated is not None
    assert treated.text == "ab[l.a][l.b]ef"
    assert [each[:2] for each in treated.replaced] == [(2, 7), (7, 12)]


@pytest.mark.parametrize(
    "places", [[(20, 27)], [(27, 27)], [(-1, 3)], [(5, 4)], [(0, 5), (4, 6)], [(3, 3), (2, 4)]]
)
@pytest.mark.parametrize("treatment", [Treatment.MASK, Treatment.DROP])
def test_regions_that_do_not_fit_are_refused(
    places: list[tuple[int, int]], treatment: Treatment
) -> None:
    parts = [Region(start, end, "l", Detail(treatment)) for start, end in places]
    with pytest.raises(ValueError, match="overlaps another or leaves the text") as refused:
        treat(TEXT, parts, keys())
    assert "abc" not in str(refused.value)


def test_a_region_that_is_kept_is_refused() -> None:
    with pytest.raises(ValueError, match="kept"):
        treat(TEXT, [Region(0, 3, "l", Detail(Treatment.KEEP))], keys())


def test_no_new_token_is_one_that_the_text_contains() -> None:
    detail = Detail(Treatment.TOKENIZE)
    usual = Tokens(KEY, "session").token("l", "secret")
    text = f"secret and {usual}"
    ours = keys()
    treated = treat(text, [Region(0, 6, "l", detail)], ours)
    assert treated is not None
    assert treated.text.count(usual) == 1
    assert ours.tokens.restore(treated.text) == text


def test_nothing_that_holds_text_or_keys_shows_it() -> None:
    ours = Keys(KEY, Tokens(KEY, "session-7")).beside("[l:ghjklmnpqrstvwxz]")
    treated = treat("secret", [Region(0, 6, "l", Detail(Treatment.TOKENIZE))], ours)
    shown = f"{ours!r} {ours.tokens!r} {treated!r} {treat('secret', [], ours)!r}"
    for hidden in ("secret", "session-7", "sixteen", "ghjkl", KEY.hex()):
        assert hidden not in shown


def test_a_short_key_is_refused_without_showing_it() -> None:
    with pytest.raises(ValueError, match="16 bytes") as refused:
        Keys(b"tiny", Tokens(KEY))
    assert "tiny" not in str(refused.value)


def test_keys_that_know_a_text_are_not_made_again() -> None:
    ours = keys().beside("[l:ghjklmnpqrstvwxz]")
    assert ours.beside("x [l:ghjklmnpqrstvwxz] y") is ours
