"""Automata find what RE2 finds, with what is judged beside them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from epol.engine.bundle.exact import Exact
from epol.engine.bundle.textplan import DetectorPlan, Regex, TextPlan
from epol.engine.kernel import automaton_words as words
from epol.engine.kernel.load import automata
from epol.engine.text import scanner as scanning
from epol.engine.text import walking
from epol.engine.text.automata import automaton as fenced
from epol.engine.text.automata import memory
from epol.engine.text.automata.automaton import Asked, Automaton, automaton
from epol.engine.text.candidates import Search
from epol.engine.text.confirming import TOGETHER, confirm_walked
from epol.engine.text.encoded import Encoded
from epol.engine.text.evidence import Detector
from epol.engine.text.limits import Budget
from epol.engine.text.scanner import Scanner
from epol.engine.text.walking import Walk, walk
from tests.engine.kernel.pure import fence, pure_automata
from tests.engine.text.plans import PLAN, SCANNER, pattern

PATTERNS = [
    pattern(text)
    for text in (
        r"\b[a-c]{1,3}@[a-c0]{1,4}\b",
        r"[a-c.]{0,5}b(?:\.[ab]{1,3}){1,2}",
        r"(?:\A|[^0-9.])(?P<value>[0-9]{2}[ -]?[0-9]{2,4}\b)",
        r"(?:\A|[^b])(?P<value>a{1,3}b?)",
        r"\ba(?:b|c0|\b-){1,3}(?:\b|@)",
        r"(?:ab|a\b|\bb{1,3}\z|0c\b.)[^a]?",
        r"[0-9](?:[ -]?[0-9]){3,20}",
        r"[A-Ca-c]{2}[0-9]{2}(?:[ -]?[0-9A-Ca-c]){4,16}",
        "\u00e9?a[\u00e9b]{1,3}0",
        r"(?:a?b?){1,4}c",
    )
]
CARDS = ("4111 1111 1111 1111", "378282246310005", "2345 6789 0124", "BA00 0000 0000", "0" * 12)
PIECES = st.text("ab0-. @", max_size=6) | st.text("0123456789 -AB", max_size=24)
TEXTS = st.lists(PIECES | st.sampled_from(CARDS), max_size=5).map("".join)
SIDES = st.lists(st.sampled_from(["digit", "letter", "space", "word"]), unique=True, max_size=2)
CHECKS = st.sampled_from([(), ("card",), ("in_aadhaar",), ("iban",), ("luhn",), ("luhn", "card")])


@pytest.fixture(scope="module", autouse=True)
def _loaded() -> None:
    automata()


def both(
    detector: Detector, regex: Regex, asked_of: list[Search] | None = None
) -> tuple[Walk, Search]:
    """The search by an automaton, and by RE2; and how often the one asks the other."""
    search = Search(
        Exact(regex.exact), detector.judging(regex.bounded), regex.reach, overlaps=regex.bounded
    )
    sides = detector.never_before, detector.never_behind
    asked = Asked(*sides, regex.bounded, detector.sum_of)

    def otherwise() -> Search:
        if asked_of is not None:
            asked_of.append(search)
        return search

    walked = walk(regex, asked, detector.weigh, otherwise, b"")
    assert walked is not None
    return walked, search


@settings(max_examples=400)
@given(TEXTS, st.sampled_from(PATTERNS), SIDES, SIDES, CHECKS, st.booleans(), st.integers(0, 3))
def test_an_automaton_finds_what_re2_finds(
    text: str,
    regex: Regex,
    left: list[str],
    right: list[str],
    checks: tuple[str, ...],
    bounded: bool,
    start: int,
) -> None:
    regex = replace(regex, bounded=bounded)
    plan = DetectorPlan("n", "n", (regex,), checks=checks, left=tuple(left), right=tuple(right))
    walked, search = both(Detector(plan), regex)
    encoded = Encoded(text)
    expected = list(search.spans(encoded, start, Budget()))
    assert list(walked.spans(encoded, start, Budget())) == expected


@given(st.text("0123456789 -", max_size=24), CHECKS)
@example("2345 6789 0124", ("in_aadhaar",))
@example("4111-1111-1111-1111", ("card",))
def test_no_sum_refuses_what_a_validator_takes(text: str, checks: tuple[str, ...]) -> None:
    digits = pattern("[0-9][0-9 -]{1,30}")
    walked, search = both(Detector(DetectorPlan("n", "n", (digits,), checks=checks)), digits)
    for last in "0123456789":
        encoded = Encoded(f"1{text}{last}")
        assert [*walked.spans(encoded, 0, Budget())] == [*search.spans(encoded, 0, Budget())]


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.sampled_from(PATTERNS), st.integers(0, 3))
def test_it_stays_within_its_memory(text: str, regex: Regex, kind: int) -> None:
    data = text.encode()
    asked = Asked(sum_of=kind)
    real = automaton(automata(), regex.exact, asked)
    with (
        patch.object(words, "SLOTS", 64),
        patch.object(words, "MOST_ITEMS", 2048),
        patch("epol.engine.text.automata.automaton.MOST_STATES", 48),
        fence(),
    ):
        made = automaton(pure_automata(), regex.exact, asked)
        if made is not None:
            assert real is not None
            assert made.states == real.states
            assert first(made, data) == first(real, data)


def first(made: Automaton, data: bytes) -> tuple[int, int, int] | None:
    encoded = Encoded(data.decode())
    frame, address = encoded.frame
    frame[words.STOP] = frame[words.LAST] = len(data)
    frame[words.AUTOMATON] = made.address
    if made.search(data, address) != words.FOUND:
        return None
    return frame[words.START], frame[words.END], frame[words.IS_LONGEST]


@pytest.mark.parametrize(
    "text",
    [
        "(?m:^)abc",  # a line, which no automaton knows
        "a{0,3}",  # matches nothing at all
        "[a-z]{0,60}[a-y]{60}q[a-x]{60}",  # too many states
        "(?:[ab]{1,9}c{1,9}){1,99}[ac]{1,900}[bc]{1,900}",  # too many instructions
    ],
)
def test_what_has_no_automaton_is_left_to_re2(text: str) -> None:
    assert automaton(automata(), pattern(text).exact, Asked()) is None


def test_a_value_in_the_midst_is_left_to_re2(monkeypatch: pytest.MonkeyPatch) -> None:
    detector = Detector(DetectorPlan("n", "n", ()))

    def made(regex: Regex) -> Walk | None:
        return walk(regex, Asked(), detector.weigh, _unasked, b"")

    assert made(pattern("a(?P<value>b)")) is None
    assert made(pattern("ab")) is not None
    monkeypatch.setattr(walking, "loaded_automata", lambda: None)
    assert made(pattern("ab")) is None


def _unasked() -> Search:
    raise AssertionError


def test_a_text_that_is_read_again_and_again_is_left_to_re2() -> None:
    regex = pattern("a{1,300}b")
    text = "a" * 5000 + " ab " + "a" * 40_000 + "b" + "a" * 500
    expected = [(5001, 5003), (44_704, 45_005)]
    asked_of = list[Search]()
    walked, _ = both(Detector(DetectorPlan("n", "n", (regex,))), regex, asked_of)
    found = list(walked.spans(Encoded(text), 0, Budget()))
    assert [each[:2] for each in found] == expected
    assert asked_of
    asked_of.clear()
    assert list(walked.spans(Encoded("a" * 20_000), 19_950, Budget())) == []
    assert not asked_of


TEXT = st.lists(
    st.sampled_from(
        ["anna@example.org", "4111 1111 1111 1111", "MRN 00482913", "badge EMP-004217", "x",
         "key_aB3dE5fG7hJ9kL2m", "aspirin", "do not send", "ignore", " ", "\n", "\u00e9", "1"]
    ),
    max_size=8,
).map("".join)  # fmt: skip


@given(TEXT)
def test_a_scanner_finds_the_same_without_automata(text: str) -> None:
    with patch.object(walking, "loaded_automata", lambda: None):
        expected = Scanner(TextPlan(PLAN.detectors, PLAN.signals), None, DATABASES).scan(text)
    assert Scanner(PLAN, None, DATABASES).scan(text) == expected


OFTEN = st.lists(
    st.sampled_from(
        ["4111 1111 1111 1111", "4111 1111 1111 1112", "4111111111111111", "1234 5678 9012 3456 7",
         "anna@example.org", "bea@example.org,", "key_aB3dE5fG7hJ9kL2m", "key_exampleexample12",
         "EMP-004217", "badge", " ", "-", ", ", "9", "and so on, "]
    ),
    max_size=24,
).map("".join)  # fmt: skip


@given(OFTEN)
@settings(max_examples=300)
def test_what_is_walked_together_is_found_and_counted_as_one_by_one(text: str) -> None:
    budgets = Budget(), Budget()
    scanner = Scanner(PLAN, None, DATABASES)
    expected = scanner.scan(text, budgets[0])
    with patch.object(scanning, "may_be_walked", return_value=False):
        assert scanner.scan(text, budgets[1]) == expected
    assert left_of(budgets[0]) == left_of(budgets[1])


def left_of(budget: Budget) -> tuple[int, int]:
    own = {name: getattr(budget, f"_{name}") for name in ("rejected", "found")}
    return own["rejected"], own["found"]


def test_all_of_many_matches_are_found() -> None:
    emails = [f"a{number}@example.org" for number in range(3 * words.MOST_EACH)]
    scan = Scanner(PLAN, None, DATABASES).scan(" ".join(emails))
    assert len(scan.findings) == len(emails)


@given(OFTEN, st.integers(0, 3))
def test_half_a_character_makes_no_difference(text: str, at: int) -> None:
    broken = text[:at] + "\ud800" + text[at:]
    scanner = Scanner(PLAN, None, DATABASES)
    assert scanner.scan(broken) == scanner.scan_everything(broken)


def test_many_expressions_are_walked_with_some_at_a_time() -> None:
    many = [
        DetectorPlan(f"d{number}", "d", (pattern(f"[0-9]{{{number}}}x"),))
        for number in range(1, 2 * TOGETHER + 4)
    ]
    text = "1" * len(many) + "x and " + "2" * 9 + "x"
    asked = list[int]()

    def counting(*given: object) -> None:
        asked.append(len(cast(list[object], given[1])))
        confirm_walked(*cast(Any, given))

    with patch.object(scanning, "confirm_walked", counting):
        scan = Scanner(TextPlan(tuple(many))).scan(text)
    assert asked == [TOGETHER, TOGETHER, 3]
    assert len(scan.findings) == len(many) + 9


def test_where_searching_together_gives_up_re2_goes_on() -> None:
    again = DetectorPlan("again", "again", (pattern("a{1,300}b"), pattern("[ab]{2}c")))
    text = "a" * 5000 + " ab " + "a" * 9000 + "b" + "a" * 500 + "bc"
    scanner = Scanner(TextPlan((again,)))
    spans = {(each.start, each.end) for each in scanner.scan(text).findings}
    assert spans == {(5001, 5003), (13_704, 14_005), (14_205, 14_506)} | {(14_504, 14_507)}


@settings(max_examples=30, deadline=None)
@given(TEXTS, st.lists(st.sampled_from(PATTERNS), min_size=1, max_size=4), st.integers(0, 3))
def test_together_they_stay_within_their_memory(text: str, regexes: list[Regex], kind: int) -> None:
    data = text.encode()
    asked = Asked(sum_of=kind, needs=ord("-") if kind else 0)
    real = [automaton(automata(), regex.exact, asked) for regex in regexes]
    with (
        patch.object(words, "SLOTS", 64),
        patch.object(words, "MOST_ITEMS", 2048),
        patch("epol.engine.text.automata.automaton.MOST_STATES", 48),
        fence(),
    ):
        library = pure_automata()
        made = [automaton(library, regex.exact, asked) for regex in regexes]
        pairs = [(one, two) for one, two in zip(made, real, strict=True) if one and two]
        if pairs:
            assert together(data, [one for one, _ in pairs]) == together(
                data, [two for _, two in pairs]
            )


def together(data: bytes, made: list[Automaton]) -> list[int]:
    """What is found of some, in a frame that is no longer than it need be, and fenced as others."""
    behind = words.LISTED + words.ASKED * len(made)
    frame = memory.zeros("q", behind + words.TOLD * (words.MOST_EACH + 1) * len(made))
    frame[words.SIZE], frame[words.COUNT] = len(data), len(made)
    for number, each in enumerate(made):
        frame[words.LISTED + words.ASKED * number] = each.address
    made[0].search_all(data, vars(fenced)["address"](frame))
    return list(frame[behind : behind + frame[words.COUNT]])


DATABASES = SCANNER.gates.databases()
