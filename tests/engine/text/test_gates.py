"""Groups behind triggers, and looking only around changes: nothing is lost by either."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine.bundle import hyper
from epol.engine.bundle.findings import CLEAN
from epol.engine.bundle.textplan import DetectorPlan, Near, Regex, TextPlan
from epol.engine.bundle.triggers import TRIGGERS
from epol.engine.kernel.load import automata
from epol.engine.text import gates, numbers
from epol.engine.text.groups import FAR
from epol.engine.text.scanner import Scanner
from epol.engine.text.views import derive, few_folded
from epol.engine.text.views.triggers import hints
from tests.engine.text.plans import BADGE, CARD, EMAIL, KEY, MRN, PLAN, pattern

LONG = DetectorPlan("long", "long", (pattern("<a>[a-z ,.'-]{0,400}</a>"),))
ENDLESS = DetectorPlan("endless", "endless", (pattern(r"<b>[^<]*</b>"),))
FAR_CARD = DetectorPlan("far", "far", (pattern(r"[0-9]{8}[a-z ,.'-]{0,300}end"),))
PLATE = DetectorPlan("plate", "plate", (pattern(r"\b[A-Z]{2}-[0-9]{2}\b"),))
ADDRESS = DetectorPlan("address", "address", (pattern(r"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b"),))
START = DetectorPlan("start", "start", (pattern(r"\Aplease [0-9]{6}"), pattern(r"(?m:^)go-go")))
WORDS = DetectorPlan("words", "words", (pattern("new-york|l'eau", bounded=True),))
GROUPED = TextPlan(
    (EMAIL, CARD, MRN, BADGE, KEY, LONG, ENDLESS, FAR_CARD, PLATE, ADDRESS, START, WORDS),
    PLAN.signals,
)
with pytest.MonkeyPatch.context() as small:
    # Groups of one expression are groups too, and so are parts of one.
    small.setattr(gates, "LEAST", 1)
    small.setattr(numbers, "MOST_NEAR", 1)
    SCANNER = Scanner(GROUPED)


@pytest.fixture(scope="module", autouse=True)
def _by_automata() -> Iterator[None]:
    """All that an automaton may be asked is asked of one."""
    automata()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(numbers, "MANY", 1)
        yield


VALUES = [
    "anna@example.org", "4111 1111 1111 1111", "4111-1111-1111-1112", "MRN 00482913",
    "badge EMP-004217", "EMP-004217", "key_aB3dE5fG7hJ9kL2m", "<a>x, y</a>", "<a>", "</a>", "<b>",
    "</b>", "12345678 end", "12345678", "end", "AB-12", "10.1.2.3", "1.2", "new-york", "l'eau",
    "please 123456", "\ngo-go", "2023", "1 2 3 4 5 6", "do not send", "1234567890123",
    "4111111111111111", "7" * 60, "1234567890123 12345678 end", "12 345 6789 0123 " * 20,
]  # fmt: skip
CHARACTERS = [
    "\u2013",
    "\u2019",
    "\u00b5",
    "\u00e9",
    "\u200b",
    "\u2011",
    "\u2026",
    "\u00a0",
    "漢",
    "\uff11",
]
FILLERS = st.integers(1, 1500).map(lambda size: ("some words, and so on. " * 70)[:size])
PIECES = st.one_of(st.sampled_from(VALUES), FILLERS, st.sampled_from([" ", "-", "\n"]))
TEXTS = st.lists(PIECES, min_size=1, max_size=10).map("".join)
INSERTIONS = st.lists(st.tuples(st.floats(0, 1), st.sampled_from(CHARACTERS)), max_size=4)


def with_insertions(text: str, insertions: list[tuple[float, str]]) -> str:
    """A text with characters put in, or in the place of what looks like them."""
    for where, character in insertions:
        at = int(where * len(text))
        plain = {"\u2013": "-", "\u2011": "-", "\u2019": "'", "\u00a0": " ", "\uff11": "1"}
        found = text.find(plain.get(character, "\0"), at)
        text = text[: max(found, at)] + character + text[max(found, at) + (found >= 0) :]
    return text


@given(TEXTS, INSERTIONS)
@settings(max_examples=150)
def test_nothing_is_lost(text: str, insertions: list[tuple[float, str]]) -> None:
    changed = with_insertions(text, insertions)
    assert SCANNER.scan(changed) == SCANNER.scan_everything(changed)


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("filler", [0, FAR - 1, FAR, FAR + 1, 1100, 5000])
def test_nothing_is_lost_at_the_edges_of_windows(value: str, filler: int) -> None:
    before = ("so it is, and on. " * 300)[:filler]
    for text in (
        f"{before}{value}{before}",
        f"{before} {value} {before}\u00e9\u2013{before} {value}",
    ):
        assert SCANNER.scan(text) == SCANNER.scan_everything(text)


FILL = "so it is, and on. " * 200
LOW, HIGH = "y" * (FAR - 30), "z" * 300


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("new\u2013york", "words"),
        ("l\u2019eau", "words"),
        ("AB\u201312", "plate"),
        ("4111 1111\u20131111 1111", "pii.card"),
        ("badge EMP\u2011004217", "staff.badge"),
        ("badge\u00a0EMP-004217", "staff.badge"),
        ("badg\u200be EMP-004217", "staff.badge"),
        (f"<a>{LOW}\u2013b</a>", "long"),
        (f"<a>b\u2013{LOW}</a>", "long"),
        (f"<a>{HIGH}\u2013b</a>", "long"),
        (f"<b>{HIGH}{HIGH}</\u200bb>", "endless"),
        (f"12345678{HIGH[:250]}\u2013end", "far"),
        (f"12\u200b345678{HIGH[:250]}end", "far"),
        ("MRN\u00a000482913", "phi.mrn"),
        ("anna@example\u2024org", "pii.email"),
    ],
)
@pytest.mark.parametrize("before", ["", "again {} ", "{} behind "])
def test_what_only_the_folded_text_has_is_found_in_long_texts(
    value: str, label: str, before: str
) -> None:
    plain = derive(value, hints(value)).views[0].text
    shown = before.format(value)
    for text in (
        f"{FILL}{shown} {value} {FILL}",
        f"{FILL}{shown} {value} {FILL} {plain} {FILL}",
        f"{FILL}{plain} {FILL}{shown} {value} {FILL}",
    ):
        few = few_folded(text, text.encode())
        assert few is not None
        scan = SCANNER.scan(text)
        assert scan == SCANNER.scan_everything(text)
        at = text.index(value)
        assert any(
            f.label == label and f.start < at + len(value) and f.end > at for f in scan.findings
        )


@given(TEXTS, INSERTIONS)
def test_what_differs_in_a_few_places_is_what_folding_makes(
    text: str, insertions: list[tuple[float, str]]
) -> None:
    changed = with_insertions(text, insertions)
    data = changed.encode()
    few = few_folded(changed, data)
    if few is None:
        return
    views = [view for view in derive(changed, hints(changed)).views if view.kind == "folded"]
    if not few.places:
        assert few.data == data
        assert views == []
        return
    made, view = few.view(changed), views[0]
    assert made.text == view.text
    assert few.data == view.text.encode()
    ends = range(len(view.text))
    assert [made.span(at, at + 1) for at in ends] == [view.span(at, at + 1) for at in ends]
    for (low, high), edit in zip(few.places, few.edits, strict=True):
        assert few.data[low:high].decode() == edit.text


@pytest.mark.parametrize("text", ["e\u0301", "\u0410bc", "\U000e0041" * 4, "漢" * 100])
def test_what_is_more_than_a_few_signs_is_left_to_the_views(text: str) -> None:
    assert few_folded(text, text.encode()) is None


def test_small_groups_are_in_the_first_database() -> None:
    always = len(SCANNER.gates.first)
    assert len(Scanner(GROUPED).gates.first) > always
    fewer = DetectorPlan("plates", "plates", PLATE.regexes * (gates.LEAST - 1))
    plates = DetectorPlan("plates", "plates", PLATE.regexes * gates.LEAST)
    without = len(Scanner(TextPlan()).gates.apart)
    assert len(Scanner(TextPlan((fewer,))).gates.apart) == without
    # Whoever needs one has all that are usual.
    assert len(Scanner(TextPlan((plates,))).gates.apart) == without + len(TRIGGERS)


def test_a_trigger_that_nobody_needs_changes_nothing() -> None:
    mails = DetectorPlan("mails", "mails", EMAIL.regexes * gates.LEAST)
    scanner = Scanner(TextPlan((mails,)))
    for text in ("A1234567890 12-34-56", "::1", "x" * 20, "12345"):
        assert scanner.scan(text) is CLEAN
        assert scanner.gates.scan(text.encode()).groups == frozenset()
    assert [f.label for f in scanner.scan("12345 anna@example.org").findings] == ["mails"]


def test_two_groups_may_have_one_trigger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gates, "LEAST", 1)
    five = "[0-9]{5}"
    plain = Regex("x[0-9]{5}", "x[0-9]{5}", 6, needs=five)
    zeros = Regex("y[0-9]{5}", "y[0-9]{5}", 6, needs=five, zeros="y0{5}")
    for pair in ((plain, zeros), (zeros, plain)):
        scanner = Scanner(TextPlan((DetectorPlan("n", "n", pair),)))
        found = [each.start for each in scanner.scan("x12345 y12345").findings]
        assert found == [each.start for each in scanner.scan_everything("x12345 y12345").findings]
        assert found == [0, 7]


def test_clean_text_beyond_ascii_is_clean() -> None:
    assert SCANNER.scan("Nothing to see \u2013 here, it\u2019s \u00e9\u2026") is CLEAN


def test_databases_of_a_bundle_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    databases = SCANNER.gates.databases()
    assert all(key == key.lower() and len(key) == 64 for key in databases)

    def compiled(*_: object) -> None:
        raise AssertionError("compiled")

    monkeypatch.setattr(hyper, "_compile", compiled)
    monkeypatch.setattr(gates, "LEAST", 1)
    monkeypatch.setattr(numbers, "MOST_NEAR", 1)
    text = " ".join(VALUES)
    again = Scanner(SCANNER.plan, None, databases)
    assert again.scan(text) == SCANNER.scan(text)
    with pytest.raises(AssertionError, match="compiled"):
        Scanner(PLAN, None, databases)


WEAK = DetectorPlan(
    "weak",
    "weak",
    CARD.regexes,
    score=30,
    checks=("luhn",),
    near=(Near(("card", "no. of"), 20, 40),),
)


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        ("card 4111 1111 1111 1111", True),
        ("4111 1111 1111 1111 is my card", True),
        ("\u00e9\u2013 no.   of 4111 1111 1111 1111", True),
        ("card " + "x" * 400 + " 4111 1111 1111 1111", False),
        ("x" * 400 + " 4111 1111 1111 1111 card", True),
        ("4111 1111 1111 1111, " + "é" * 300 + " 5555 5555 5555 4444 card", True),
        ("4111 1111 1111 1111", False),
    ],
)
def test_what_needs_a_phrase_is_looked_for_around_it(text: str, is_found: bool) -> None:
    assert bool(Scanner(TextPlan((WEAK,))).scan(text).findings) == is_found


def test_candidates_without_the_phrase_that_they_need_are_no_work() -> None:
    misses = " ".join(f"4{at:015d}" for at in range(4000))
    assert Scanner(TextPlan((WEAK,))).scan(misses).findings == ()
