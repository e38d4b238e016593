"""What is found, and what is not: detectors of language.md §4 over real text."""

from __future__ import annotations

import math
import threading
import unicodedata
from dataclasses import replace
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import luhn

from epol.engine.bundle.findings import CLEAN
from epol.engine.bundle.textplan import DetectorPlan, Near, TextPlan
from epol.engine.errors import ScanLimitError
from epol.engine.text.evidence import entropy_of
from epol.engine.text.limits import MAX_SPAN, MAX_TEXT, Budget
from epol.engine.text.scanner import Scanner
from tests.engine.text.plans import BADGE, CARD, EMAIL, KEY, PLAN, SCANNER, found, pattern

CARD_NUMBER = "4111 1111 1111 1111"
SIDES = Scanner(TextPlan((replace(BADGE, left=("word",), right=("digit", "space")),)))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("write to anna.berg@example.org.", [("pii.email", "anna.berg@example.org")]),
        ("anna at example dot org", []),
        ("MRN: 00482913, mrn 123456", [("phi.mrn", "00482913"), ("phi.mrn", "123456")]),
        ("MRN pending", []),
        (f"pay {CARD_NUMBER} now", [("pii.card", CARD_NUMBER)]),
        ("pay 4111 1111 1111 1112 now", []),
        # What follows or precedes a number must not hide it: the longest match fails its
        # checksum, a shorter one or a later one passes.
        (f"pay {CARD_NUMBER} 123", [("pii.card", CARD_NUMBER)]),
        (f"12 {CARD_NUMBER}", [("pii.card", CARD_NUMBER)]),
        ("badge EMP-004217", [("staff.badge", "EMP-004217")]),
        ("badge TEMP-004217", []),
        ("badge EMP-0042171", []),
        ("badge 工号EMP-004217号", [("staff.badge", "EMP-004217")]),
        ("Aspirin and aspirins", [("phi.drug", "Aspirin")]),
        ("no ibu \n profen", [("phi.drug", "ibu \n profen")]),
    ],
)  # fmt: skip
def test_finds(text: str, wanted: list[tuple[str, str]]) -> None:
    assert found(text) == wanted


@pytest.mark.parametrize(
    ("text", "confidence"),
    [
        ("badge EMP-004217", 70),
        ("EMP-004217 is my staff   card", 70),
        ("EMP-004217 staff card badge", 70),
        ("EMP-004217", None),
        ("badges EMP-004217", None),
        ("badge" + " " * 20 + "EMP-004217", 70),
        ("badge" + " " * 21 + "EMP-004217", None),
    ],
)
def test_near_adds_to_the_score(text: str, confidence: int | None) -> None:
    findings = SCANNER.scan(text).findings
    assert [f.confidence for f in findings] == ([] if confidence is None else [confidence])


def test_confidence_ends_at_a_hundred_and_evidence_is_the_policys_words() -> None:
    sure = Scanner(TextPlan((replace(BADGE, score=90, checks=()),)))
    (finding,) = sure.scan("Staff  Card EMP-004217").findings
    assert (finding.confidence, finding.near) == (100, ("staff card",))


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("key_aB3dE5fG7hJ9kL2m", True),
        ("key_aaaaaaaaaaaaaaaaaaaa", False),  # no entropy
        ("key_aB3dE5fG7hJ9EXAMPLE", False),  # a stopword, whatever its case
    ],
)
def test_stopwords_and_entropy_discard(text: str, is_found: bool) -> None:
    assert bool(found(text)) == is_found


def test_a_stopword_discards_the_whole_match_not_the_rest_of_it() -> None:
    assert found("key_aB3dE5fG7hJ9kL2mQ4xxxx") == []


def test_offsets_count_code_points_of_every_plane() -> None:
    text = "é漢𝔘🇩🇪👩‍👩‍👧 mail é anna@example.org 𐍈"
    (finding,) = SCANNER.scan(text).findings
    assert text[finding.start : finding.end] == "anna@example.org"


@given(st.text(max_size=60), st.text(max_size=60))
def test_offsets_are_right_between_any_texts(before: str, after: str) -> None:
    text = f"{before} anna@example.org {after}"
    at = len(before) + 1
    spans = {(f.start, f.end) for f in SCANNER.scan(text).findings if f.label == "pii.email"}
    assert (at, at + len("anna@example.org")) in spans


FRAGMENTS = st.sampled_from(
    [
        "anna@example.org", "@", ".", "MRN", " ", "00482913", CARD_NUMBER, "4", "badge", "EMP-",
        "004217", "key_", "aB3dE5fG7hJ9kL2m", "aspirin", "?", "\n", "é", "漢", "\u200b", "%40",
        "&#64;", "do not send", "ignore", "RU1QLTAwNDIxNw==", "x", "-",
    ]
)  # fmt: skip
TEXTS = st.lists(FRAGMENTS, max_size=14).map("".join) | st.text(max_size=40)


@given(TEXTS)
def test_the_gate_misses_nothing_that_confirmation_alone_finds(text: str) -> None:
    assert SCANNER.scan(text) == SCANNER.scan_everything(text)


@settings(max_examples=25)  # each compiles a database
@given(TEXTS, st.permutations(PLAN.detectors))
def test_the_order_of_detectors_does_not_matter(text: str, order: list[DetectorPlan]) -> None:
    if text not in _SEEN:
        _SEEN[text] = Scanner(TextPlan(tuple(order), PLAN.signals)).scan(text)
    assert SCANNER.scan(text) == _SEEN[text]


_SEEN: dict[str, object] = {}


def test_clean_text_is_clean() -> None:
    assert SCANNER.scan("Nothing to see here, move along.") is CLEAN
    assert SCANNER.scan("") is CLEAN


def test_patterns_without_bound_find_long_spans() -> None:
    pem = pattern("-----BEGIN KEY-----[^-]*-----END KEY-----")
    scanner = Scanner(TextPlan((DetectorPlan("pem", "secret", (pem,)),)))
    body = "-----BEGIN KEY-----" + "AbC9" * 3000 + "-----END KEY-----"
    text = "x" * MAX_SPAN + body + "y" * MAX_SPAN + body
    assert found(text, scanner) == [("secret", body), ("secret", body)]


def test_too_many_candidates_are_refused_not_waved_through() -> None:
    with pytest.raises(ScanLimitError, match="more candidates"):
        SCANNER.scan("4111 1111 1111 1112, " * 20_001)


def test_a_budget_is_shared() -> None:
    budget = Budget(found=3)
    SCANNER.scan("a@example.org b@example.org", budget)
    with pytest.raises(ScanLimitError):
        SCANNER.scan("a@example.org b@example.org", budget)


def test_a_text_beyond_the_limit_is_refused() -> None:
    with pytest.raises(ScanLimitError, match="16,777,216 characters"):
        SCANNER.scan("x" * (MAX_TEXT + 1))


def test_errors_have_no_text_of_the_request() -> None:
    with pytest.raises(ScanLimitError) as caught:
        SCANNER.scan("anna@example.org " * 20_001)
    assert "anna" not in str(caught.value)


@given(st.text("aZ9_ -.\t\n\x7f", max_size=3), st.text("aZ9_ -.\t\n\x7f", max_size=3))
def test_what_stands_beside_a_match_counts_the_same_in_ascii_and_beyond(a: str, b: str) -> None:
    text = f"badge {a}EMP-004217{b}"
    plain, other = SIDES.scan(text).findings, SIDES.scan(f"{text}, \u00e9").findings
    spans = {(each.start, each.end) for each in plain}
    assert spans == {(each.start, each.end) for each in other}
    assert spans == (
        {(6 + len(a), 16 + len(a))}
        if not (a and (a[-1].isalnum() or a[-1] == "_")) and not (b and b[0] in "9 \t\n")
        else set()
    )


@given(st.text(max_size=200) | st.text("ab", max_size=130))
def test_entropy_is_shannons(value: str) -> None:
    counts = [value.count(each) / len(value) for each in dict.fromkeys(value)]
    assert entropy_of(value) == pytest.approx(-sum(p * math.log2(p) for p in counts), abs=1e-12)


def test_threads_share_a_scanner() -> None:
    text = f"mail anna@example.org {CARD_NUMBER} é"
    wanted, wrong = SCANNER.scan(text), list[object]()

    def run() -> None:
        wrong.extend(scan for _ in range(200) if (scan := SCANNER.scan(text)) != wanted)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_empty_plan_finds_nothing() -> None:
    assert Scanner(TextPlan()).scan("anna@example.org é %40").findings == ()


def test_detectors_with_one_pattern_each_and_all_together_agree() -> None:
    text = f"anna@example.org {CARD_NUMBER} key_aB3dE5fG7hJ9kL2m badge EMP-004217"
    alone = [
        found
        for plan in (EMAIL, CARD, KEY, BADGE)
        for found in Scanner(TextPlan((plan,))).scan(text).findings
    ]
    together = SCANNER.scan(text).findings
    assert sorted(alone, key=lambda f: f.start) == list(together)


def near_misses(count: int) -> list[str]:
    numbers = (f"4{at:015d}" for at in range(10**9, 2 * 10**9))
    return list(islice((each for each in numbers if not luhn.is_valid(each)), count))


def test_what_may_be_rejected_grows_with_the_text() -> None:
    with pytest.raises(ScanLimitError, match="by their checksums"):
        SCANNER.scan(" ".join(near_misses(3000)))
    words = "nothing to see here " * 130
    assert SCANNER.scan(words.join(near_misses(3000))).findings == ()


def test_what_was_judged_before_costs_little() -> None:
    (number,) = near_misses(1)
    assert SCANNER.scan(f"{number} " * 3000).findings == ()


@pytest.mark.parametrize("text", ["EMP-004217badge", "EMP-004217 badge", "badge\nEMP-004217"])
def test_the_span_is_a_boundary_of_what_is_near(text: str) -> None:
    free = Scanner(TextPlan((replace(BADGE, left=(), right=()),)))
    assert [f.near for f in free.scan(text).findings] == [("badge",)]


@pytest.mark.parametrize(
    ("phrases", "within", "text"),
    [
        (("patient", "patient identifier"), 5, "patient identifier: EMP-004217"),
        (("staff badge", "badge number"), 2, "staff badge number EMP-004217"),
        (("badge",), 6, "x badge badger EMP-004217"),
    ],
)
def test_one_phrase_does_not_hide_another(phrases: tuple[str, ...], within: int, text: str) -> None:
    near = (Near(phrases, within, 30),)
    scanner = Scanner(TextPlan((replace(BADGE, near=near),)))
    assert bool(scanner.scan(text).findings) == ("badger" not in text)


def test_a_shorter_match_that_passes_by_chance_hides_nothing_of_the_real_one() -> None:
    # 6 4111 1111 1111 passes, seventeen digits do not; joined, the two spans cover the card.
    text = "Qty 6 4111 1111 1111 1111 x"
    covered = {at for f in SCANNER.scan(text).findings for at in range(f.start, f.end)}
    assert covered >= set(range(text.index("4111"), len(text) - 2))


def test_words_of_a_list_may_overlap() -> None:
    words = DetectorPlan("w", "w", (pattern("Anna Maria|Maria Schmidt|Maria", bounded=True),))
    assert found("x Anna Maria Schmidt y", Scanner(TextPlan((words,)))) == [
        ("w", "Anna Maria"),
        ("w", "Maria Schmidt"),
    ]


def test_a_placeholder_takes_no_secret_with_it() -> None:
    key = DetectorPlan("k", "k", (pattern(r"key=(?P<value>[^ ]+)"),), stopwords=("example",))
    text = "key=example,key=Zq7Lw2Xp9Rk4"
    assert found(text, Scanner(TextPlan((key,)))) == [("k", "Zq7Lw2Xp9Rk4")]


def test_searches_without_bound_are_bounded() -> None:
    open_ended = DetectorPlan("o", "o", (pattern("a(?:.*b)?", "s"),))
    with pytest.raises(ScanLimitError, match="no bound"):
        Scanner(TextPlan((open_ended,))).scan("a" * 300_000)


def test_a_span_is_charged_once_however_many_views_show_it() -> None:
    text = " ".join(f"EMP-{at:06}" for at in range(12_000))
    badge = Scanner(TextPlan((DetectorPlan("b", "b", (pattern("EMP-[0-9]{6}"),)),)))
    assert len(badge.scan(f"{text} \u201c &amp; \uff05").findings) == 12_000


def test_many_matches_of_a_signal_are_no_reason_to_refuse() -> None:
    assert len(dict(SCANNER.scan("?" * 60_000).signals)["text.questions"]) == 60_000


def test_words_with_accents_are_found_decomposed_too() -> None:
    words = DetectorPlan("w", "w", (pattern("josé garcía", "i", bounded=True),))
    text = unicodedata.normalize("NFD", "x José García y")
    assert found(text, Scanner(TextPlan((words,)))) == [("w", text[2:-2])]
