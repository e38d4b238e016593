"""A channel: what goes out is what treating the whole text gives, however it is cut."""

from __future__ import annotations

import base64
import gc
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from epol.engine.bundle.findings import Finding, Scan
from epol.engine.bundle.textplan import DetectorPlan, TextPlan
from epol.engine.bundle.treatment import Detail, Plan, Treatment
from epol.engine.errors import EpolError, ScanLimitError
from epol.engine.streams import window
from epol.engine.streams.channel import Channel
from epol.engine.text.known import findings_of, with_known
from epol.engine.text.limits import Budget
from epol.engine.text.restoring import Restorer, moved, restore
from epol.engine.text.service import TextService
from epol.engine.text.treatments.keys import Keys
from tests.engine.streams.flows import (
    LABELS,
    MRN,
    NAME,
    TEXT,
    TEXT_PLAN,
    TOKENS,
    Flow,
    RefusedError,
    everywhere,
    ignored,
    pieces,
    plan,
)
from tests.engine.text.plans import pattern

REACH = TEXT.reach(LABELS)
WRITTEN = [t for t in Treatment if t not in (Treatment.KEEP, Treatment.DROP)]


class Heard:
    """Told of findings; refuses one too many of a label."""

    def __init__(self, flow: Flow) -> None:
        self.flow, self.counts = flow, Counter[str]()

    def __call__(self, finding: Finding) -> None:
        self.counts[finding.label] += 1
        self.flow.verdict(self.counts)


def sent(flow: Flow, parts: list[str]) -> tuple[str, EpolError | None, Counter[str]]:
    heard = Heard(flow)
    channel = Channel(flow, heard)
    made = "".join(map(channel.feed, parts)) + channel.finish()
    assert channel.held == 0
    return made, channel.refusal, heard.counts


def found_in(flow: Flow, text: str) -> tuple[str, list[Finding]]:
    """A text restored, with what is in it: what patterns find, and what tokens brought back."""
    restorer = Restorer(flow.tokens, flow.labels)
    known = restorer.feed(text)
    originals = restorer.originals
    rest = restorer.finish()
    originals += [moved(each, len(known)) for each in restorer.originals]
    found = flow.text.scan(known + rest).findings
    both = with_known(found, findings_of(originals, flow.watched))
    return known + rest, [f for f in both if f.label in flow.watched]


def whole(flow: Flow, text: str) -> str | None:
    known, findings = found_in(flow, text)
    return flow.text.treat(known, flow.plan, flow.keys, findings)


WORDS = st.sampled_from(
    [
        *("MRN 123456", "mrn00482913", "E-123", "badge E-123", "E-1234", "1234", "12345", "<x>"),
        *("badge", "aab", "abcabc", "1a", " ", ", ", "\n", "fine today ", "é", "漢字", MRN, NAME),
        *("x" * 20 + " ", "the patient was seen and is well " * 2, "12<x>34", "[", "phi.mrn"),
    ]
)
TEXTS = st.lists(WORDS, max_size=30).map("".join)
CUTS = st.lists(st.integers(0, 10**6), max_size=40)
PLANS = st.dictionaries(
    st.sampled_from(LABELS),
    st.builds(
        Detail,
        st.sampled_from([t for t in Treatment if t != Treatment.DROP]),
        keep_last=st.integers(0, 2),
        replacement=st.sampled_from([None, "", "#", "badge", "12"]),
    ),
)


@settings(max_examples=400)
@given(TEXTS, CUTS, PLANS)
def test_what_goes_out_is_what_the_whole_would_be(text: str, cuts: list[int], asked: Plan) -> None:
    flow = Flow(asked)
    try:
        treated = whole(flow, text)
    except ScanLimitError:
        treated = None
    made, refusal, counts = sent(flow, pieces(text, cuts))
    if treated is None:
        assert isinstance(refusal, ScanLimitError)
        return
    assert refusal is None
    assert made == treated
    spans = {(f.label, f.start, f.end) for f in found_in(flow, text)[1]}
    assert counts == Counter(label for label, _, _ in spans)


@given(TEXTS, PLANS)
def test_character_by_character(text: str, asked: Plan) -> None:
    flow = Flow(asked)
    assert sent(flow, list(text)) == sent(flow, [text])


@given(TEXTS, CUTS, st.sampled_from(LABELS), st.integers(0, 3), PLANS)
def test_a_refusal_leaves_the_same_beginning(
    text: str, cuts: list[int], label: str, most: int, asked: Plan
) -> None:
    flow = Flow(asked, most={label: most})
    one, two = sent(flow, pieces(text, cuts)), sent(flow, [text])
    assert one[0] == two[0]
    assert str(one[1]) == str(two[1])
    if isinstance(one[1], RefusedError):
        free = Flow(asked)
        assert sent(free, [text])[0].startswith(one[0])


def refusing(_finding: Finding) -> None:
    pytest.fail("nothing is looked for")


@given(TEXTS, CUTS)
def test_without_detection_only_tokens_are_held(text: str, cuts: list[int]) -> None:
    flow = Flow(watched=())
    channel = Channel(flow, refusing)
    made = ""
    for part in pieces(text, cuts):
        made += channel.feed(part)
        assert channel.held <= len(MRN) + len(NAME)
    assert made + channel.finish() == restore(text, TOKENS, flow.labels).text


@pytest.mark.parametrize("treatment", WRITTEN)
def test_a_span_is_settled_before_its_first_character_goes_out(treatment: Treatment) -> None:
    flow = Flow(everywhere(treatment))
    text = "word " * 60 + "his MRN 123456 is known. " + "word " * 60
    channel = Channel(flow, ignored)
    made = ""
    for character in text:
        made += channel.feed(character)
        assert "MRN 1" not in made
    made += channel.finish()
    assert made == whole(flow, text)
    assert "123456" not in made


def test_context_that_comes_later_counts() -> None:
    flow = Flow(plan(staff__badge=Treatment.REDACT))
    assert sent(flow, list("an E-123 and badge"))[0] == "an [staff.badge] and badge"
    assert sent(flow, list("an E-123 and quite a badge"))[0] == "an E-123 and quite a badge"


def test_what_treating_brings_to_light_is_treated_across_pieces() -> None:
    asked = {"mark": Detail(Treatment.REDACT, replacement=""), "pin": Detail(Treatment.REDACT)}
    assert sent(Flow(asked), list("no 12<x>34 there"))[0] == "no [pin] there"


def test_dropped_is_the_whole_text_and_nothing_of_it_went_before() -> None:
    flow = Flow(plan(mark=Treatment.DROP))
    text = "word " * 400 + "<x>"
    channel = Channel(flow, ignored)
    assert "".join(map(channel.feed, text)) == ""
    assert channel.finish() == ""
    assert sent(flow, list(text[:-3]))[0] == text[:-3]


def test_a_refusal_where_a_text_may_be_dropped_lets_nothing_out() -> None:
    flow = Flow(plan(mark=Treatment.DROP), most={"phi.mrn": 0})
    made, refusal, _ = sent(flow, ["word " * 400 + "MRN 123456"])
    assert (made, type(refusal)) == ("", RefusedError)


def test_little_is_held_back() -> None:
    channel = Channel(Flow(everywhere(Treatment.REDACT)), ignored)
    most = 0
    for character in "the patient was seen today and is well. " * 40:
        channel.feed(character)
        most = max(most, channel.held)
    word, step = len("patient"), max(REACH // 16, 16) + 1
    assert 2 * REACH <= most <= 2 * (REACH + word) + step


def test_half_of_it_is_held_back_where_nothing_is_treated() -> None:
    channel = Channel(Flow(), ignored)
    most = 0
    for character in "the patient was seen today and is well. " * 40:
        channel.feed(character)
        most = max(most, channel.held)
    assert REACH <= most <= REACH + len("patient") + max(REACH // 16, 16) + 1


def test_findings_in_a_row_are_held_until_there_is_a_gap() -> None:
    flow = Flow(plan(phi__mrn=Treatment.REDACT))
    text = "MRN 123456, " * 2000
    made, refusal, counts = sent(flow, list(text))
    assert refusal is None
    assert made == "MRN [phi.mrn], " * 2000
    assert counts == {"phi.mrn": 2000}


def test_a_text_that_would_have_to_be_held_for_too_long_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(window, "MAX_HELD", 2000)
    flow = Flow(plan(phi__mrn=Treatment.REDACT))
    made, refusal, _ = sent(flow, list("fine " * 100 + "MRN 123456, " * 2000))
    assert "fine fine".startswith(made[:9])
    assert "1" not in made
    assert isinstance(refusal, ScanLimitError)


def test_a_long_text_may_come_at_once() -> None:
    flow = Flow(plan(phi__mrn=Treatment.REDACT))
    text = ("the patient was seen and is well. " * 40 + "MRN 123456. ") * 250
    assert len(text) > window.MAX_HELD
    made, refusal, counts = sent(flow, [text, "and so on"])
    assert refusal is None
    assert made == text.replace("123456", "[phi.mrn]") + "and so on"
    assert counts == {"phi.mrn": 250}


def test_a_text_that_may_be_dropped_is_held_up_to_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(window, "MAX_TEXT", 100)
    made, refusal, _ = sent(Flow(plan(mark=Treatment.DROP)), ["fine " * 20, "x", "y"])
    assert made == ""
    assert isinstance(refusal, ScanLimitError)


def test_work_grows_with_the_text_and_no_faster() -> None:
    scanned = 0

    class Counting(TextService):
        def scan(self, text: str, budget: Budget | None = None) -> Scan:
            nonlocal scanned
            scanned += len(text)
            return super().scan(text, budget)

    digits = DetectorPlan("n", "n", (pattern("[0-9]{13,19}"),), checks=("luhn",))
    flow = Flow({"n": Detail(Treatment.REDACT)}, ("n",), text=Counting(TextPlan((digits,))))
    work = list[int]()
    for size in (10_000, 20_000):
        scanned = 0
        sent(flow, pieces("7" * size, range(0, size, 5)))
        work.append(scanned)
    assert work[1] <= 2.5 * work[0] + 10_000


def encodings(value: str) -> list[str]:
    return [
        base64.b64encode(f"note: {value} ok".encode()).decode(),
        f"note: {value} ok".encode().hex(),
        "".join(f"\\u{ord(c):04x}" for c in value),
        "".join(f"%{ord(c):02X}" for c in value),
        "".join(f"&#{ord(c)};" for c in value),
        "\u200b".join(value),
        value.translate({ord(c): 0xFF10 + int(c) for c in "0123456789"}),
        "\u00ad\u200d".join(value),
    ]


@pytest.mark.parametrize("form", encodings("MRN 123456"))
@pytest.mark.parametrize("size", [1, 3, 1000])
def test_what_is_disguised_is_found_in_pieces_too(form: str, size: int) -> None:
    flow = Flow(plan(phi__mrn=Treatment.REDACT))
    text = "the record says " + "word " * 60 + form + " and " + "word " * 60
    expected = whole(flow, text)
    assert expected is not None
    assert "[phi.mrn]" in expected
    assert sent(flow, [text[at : at + size] for at in range(0, len(text), size)])[0] == expected


def test_no_text_is_kept_after_the_end() -> None:
    def held(channel: Channel) -> list[object]:
        found, waiting, seen = list[object](), [channel], set[int]()
        while waiting:
            each = waiting.pop()
            if id(each) in seen or isinstance(each, type) or type(each).__module__ == "builtins":
                if isinstance(each, str) and "CANARY" in each:
                    found.append(each)
                if not isinstance(each, list | dict | tuple | set):
                    continue
            seen.add(id(each))
            waiting.extend(gc.get_referents(each))
        return found

    for end in (Channel.finish, Channel.drop):
        channel = Channel(Flow(everywhere(Treatment.REDACT)), ignored)
        channel.feed("CANARY " + "MRN 123456 CANARY " * 9 + "[phi.mrn:")
        assert held(channel)
        end(channel)
        assert not held(channel)


def test_an_original_stands_in_json_as_it_must() -> None:
    flow = Flow(watched=(), is_json=True)
    made, _, _ = sent(flow, [f'{{"who": "{NAME}"}}'])
    assert made == '{"who": "Åsa \\"Ace\\"\\nO\'Hara"}'


def test_a_pattern_without_bound_reaches_as_far_as_the_scanner() -> None:
    endless = TextService(TextPlan((DetectorPlan("k", "k", (pattern("BEGIN[a-z ]*END"),)),)))
    assert endless.reach({"k"}) > 16 * 1024
    assert endless.reach({"other"}) == 0
    flow = Flow({"k": Detail(Treatment.REDACT)}, ("k",), text=endless)
    text = "so BEGIN" + "abc d" * 3000 + "END it"
    assert sent(flow, pieces(text, range(0, len(text), 7)))[0] == "so [k] it"


def test_a_text_that_does_not_become_clean_is_refused() -> None:
    # What is written stands beside the next 2, and the two are found again, and so on.
    endless = TextService(TextPlan((DetectorPlan("n", "n", (pattern("12"),)),)))
    flow = Flow({"n": Detail(Treatment.REDACT, replacement="1")}, ("n",), text=endless)
    for parts in (["1" + "2" * 20], ["1" + "2" * 20 + " fine" * 40]):
        made, refusal, _ = sent(flow, parts)
        assert isinstance(refusal, ScanLimitError)
        assert "2" not in made


def test_a_treatment_that_would_reach_what_went_out_stays_within_its_piece() -> None:
    class Reaching(TextService):
        """Writes before a text what is treated in it, unless there is nothing before it."""

        def treat(
            self, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding]
        ) -> str | None:
            made = super().treat(text, plan, keys, findings)
            return f"!{made}" if "before" in text else made

    text = Reaching(TEXT_PLAN)
    flow = Flow(plan(phi__mrn=Treatment.REDACT), text=text)
    words = "before " * 40
    parts = [words, "MRN 123456", " behind" * 40]
    made, refusal, _ = sent(flow, parts)
    assert refusal is None
    assert made.count("[phi.mrn]") == 1
    assert made.startswith("before before")
