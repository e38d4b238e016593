"""Treated text: nothing of what was to be treated is found in it any more."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.bundle.textplan import DetectorPlan, TextPlan
from epol.engine.bundle.treatment import Detail, Method, Plan, Treatment
from epol.engine.errors import ScanLimitError
from epol.engine.text.scanner import Scanner
from epol.engine.text.treating import treat_text
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.tokens import Tokens
from tests.engine.text.plans import PLAN, SCANNER, pattern
from tests.engine.text.test_scanner import TEXTS

KEY = bytes(range(32))
LABELS = sorted({detector.label for detector in PLAN.detectors})


def keys() -> Keys:
    return Keys(KEY, Tokens(KEY))


def everywhere(treatment: Treatment) -> Plan:
    return {label: Detail(treatment) for label in LABELS}


@pytest.mark.parametrize(
    ("treatment", "treated"),
    [
        (Treatment.MASK, "to ****************, MRN ******"),
        (Treatment.REDACT, "to [pii.email], MRN [phi.mrn]"),
        (Treatment.GENERALIZE, "to [pii.email], MRN [phi.mrn]"),
        (Treatment.DROP, None),
        (Treatment.KEEP, "to anna@example.org, MRN 123456"),
    ],
)
def test_treatments(treatment: Treatment, treated: str | None) -> None:
    text = "to anna@example.org, MRN 123456"
    assert treat_text(SCANNER, text, everywhere(treatment), keys()) == treated


def test_tokens_come_back_and_are_the_same_in_all_texts_of_a_request() -> None:
    both = keys()
    plan = everywhere(Treatment.TOKENIZE)
    one = treat_text(SCANNER, "to anna@example.org", plan, both)
    two = treat_text(SCANNER, "anna@example.org again", plan, both)
    assert one is not None
    assert two is not None
    assert two.startswith(one.removeprefix("to "))
    assert both.tokens.restore(two) == "anna@example.org again"


@given(TEXTS, st.sampled_from([t for t in Treatment if t not in (Treatment.KEEP, Treatment.DROP)]))
def test_nothing_is_found_in_treated_text_but_what_treatments_wrote(
    text: str, treatment: Treatment
) -> None:
    plan = everywhere(treatment)
    treated = treat_text(SCANNER, text, plan, keys())
    assert treated is not None
    assert treat_text(SCANNER, treated, plan, keys()) is not None
    if treatment == Treatment.REDACT:
        assert [f for f in SCANNER.scan(treated).findings if "[" not in _at(treated, f.start)] == []


def _at(text: str, start: int) -> str:
    return text[max(0, start - 1) : start + 1]


@given(TEXTS)
def test_text_without_findings_is_untouched(text: str) -> None:
    if not SCANNER.scan(text).findings:
        assert treat_text(SCANNER, text, everywhere(Treatment.REDACT), keys()) == text


def test_what_treating_brings_to_light_is_treated_too() -> None:
    # Without the address between them, the two halves of the number stand together.
    scanner = Scanner(
        TextPlan(
            (
                DetectorPlan("x", "x", (pattern("X"),)),
                DetectorPlan("n", "n", (pattern("1234"),)),
            )
        )
    )
    plan = {"x": Detail(Treatment.REDACT, replacement=""), "n": Detail(Treatment.REDACT)}
    assert treat_text(scanner, "12X34", plan, keys()) == "[n]"


def test_a_replacement_that_is_found_again_ends() -> None:
    scanner = Scanner(TextPlan((DetectorPlan("n", "n", (pattern("1234"),)),)))
    plan = {"n": Detail(Treatment.REDACT, replacement="1234")}
    assert treat_text(scanner, "a 1234 b", plan, keys()) == "a 1234 b"


def test_a_text_that_does_not_become_clean_in_some_rounds_is_refused() -> None:
    # What is written stands beside the next 2, and the two are found again, and so on.
    scanner = Scanner(TextPlan((DetectorPlan("n", "n", (pattern("12"),)),)))
    plan = {"n": Detail(Treatment.REDACT, replacement="1")}
    assert treat_text(scanner, "1222", plan, keys()) == "1"
    with pytest.raises(ScanLimitError, match="several rounds"):
        treat_text(scanner, "1" + "2" * 20, plan, keys())


def test_generalized_values_stay() -> None:
    scanner = Scanner(
        TextPlan((DetectorPlan("d", "d", (pattern(r"\b[0-9]{4}(?:-[0-9]{2}){0,2}\b"),)),))
    )
    plan = {"d": Detail(Treatment.GENERALIZE, method=Method("year"))}
    assert treat_text(scanner, "born 1980-04-12", plan, keys()) == "born 1980"


def test_a_finding_over_a_token_takes_the_whole_token() -> None:
    scanner = Scanner(
        TextPlan(
            (
                DetectorPlan("n", "n", (pattern("[0-9]{4}"),)),
                DetectorPlan("after", "after", (pattern(r"\] right"),)),
            )
        )
    )
    plan = {"n": Detail(Treatment.TOKENIZE), "after": Detail(Treatment.REDACT)}
    assert treat_text(scanner, "a 1234 right", plan, keys()) == "a [after]"


def test_tokens_of_the_session_stay_and_their_labels_are_no_finding() -> None:
    scanner = Scanner(TextPlan((DetectorPlan("w", "x", (pattern("mrn"),)), PLAN.detectors[2])))
    plan = {"phi.mrn": Detail(Treatment.TOKENIZE), "x": Detail(Treatment.REDACT)}
    both = keys()
    first = treat_text(scanner, "nr 1", plan, both)
    assert first == "nr 1"
    token = both.tokens.token("phi.mrn", "123456")
    assert treat_text(scanner, f"about {token}", plan, both) == f"about {token}"
    assert treat_text(scanner, f"mrn {token}", plan, both) == f"[x] {token}"


def test_many_findings_are_treated_in_little_time() -> None:
    # Quadratic work over what was written would take minutes.
    scanner = Scanner(TextPlan((DetectorPlan("n", "n", (pattern("[0-9]{3}"),)),)))
    plan = {"n": Detail(Treatment.REDACT, replacement="777")}
    treated = treat_text(scanner, "123 " * 9_000, plan, keys())
    assert treated == "777 " * 9_000


def treated_by(text: str, **detectors: str) -> str | None:
    plans = [DetectorPlan(name, name, (pattern(regex),)) for name, regex in detectors.items()]
    redact = {name: Detail(Treatment.REDACT) for name in detectors}
    return treat_text(Scanner(TextPlan(tuple(plans))), text, redact, keys())


def test_what_spans_two_replacements_that_touch_is_written() -> None:
    assert treated_by("12345678", n="[0-9]{4}", b=r"\]\[") == "[n][n]"


def test_what_reaches_into_two_replacements_takes_both_whole() -> None:
    assert treated_by("1234 x 5678.", n="[0-9]{4}", b=r"\] x \[") == "[b]."


def test_two_findings_that_reach_into_one_replacement_are_one() -> None:
    assert treated_by("a 1234 b.", n="[0-9]{4}", p=r"a \[", q=r"\] b") in {"[p].", "[q]."}


def test_what_was_written_before_keeps_its_place() -> None:
    assert treated_by("1234 X99 5678", n="[0-9]{4}", x="X", y=r"\]99") == "[n] [y] [n]"
