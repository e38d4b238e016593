"""The parts of the live page: what is kept, what sliders stand at, what is compared."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine import Engine, RequestError
from epol.engine.bundle.manifest import Attribute, TargetEntry
from epol.engine.reading.inputs import Scaled
from epol.engine.signals.board import SignalBoard
from epol.gateway.apis import ENDPOINTS
from epol.gateway.comparing import Costs, Left, compare
from epol.gateway.exchange import Exchange
from epol.gateway.live import controls, sessions
from epol.gateway.live.controls import MOST_STOPS, stops
from epol.gateway.live.feed import KEPT, SPAN, STEP, Feed
from epol.gateway.live.recent import MOST, Recent, rows
from epol.gateway.live.row import Row
from epol.gateway.live.samples import Sample, merged, readings, since
from epol.gateway.live.sessions import Sessions
from epol.gateway.live.whatif import written
from epol.gateway.usage import Usage, usage_in
from tests.gateway.live.clinic import bundle


class Clock:
    """A clock that is set."""

    def __init__(self, at: float = 1_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at


def row(name: str) -> Row:
    return Row(
        name, 0, "openai.chat", "", 200, "route", "a", 1.0, [], "", [], [], [], 0, None, None
    )


def test_what_is_kept_has_an_end_in_number_and_in_time(tmp_path: Path) -> None:
    clock = Clock()
    feed = Feed(tmp_path / "live.sqlite3", clock)
    for number in range(KEPT + 7):
        feed.put([row(str(number))], None)
    last, kept = feed.rows(0)
    assert [each.id for each in kept] == [str(number) for number in range(7, KEPT + 7)]
    assert feed.rows(last - 2)[1] == kept[-2:]
    assert feed.rows(last) == (last, [])
    for _ in range(SPAN):
        clock.at += 2
        feed.put([], Sample({"x": 1.0}, {"a": 1}))
    points = feed.samples(0)
    assert len(points) <= SPAN // STEP + 2
    assert all(at >= clock.at - SPAN - 2 * STEP for at, _ in points)
    assert (tmp_path / "live.sqlite3").stat().st_mode & 0o077 == 0
    assert Feed(tmp_path / "live.sqlite3", clock).rows(0) == (0, []), "begun anew"


def test_workers_tell_one_point_together(tmp_path: Path) -> None:
    clock = Clock()
    feed = Feed(tmp_path / "live.sqlite3", clock)
    for number in (1, 2):
        child = os.fork()
        if child == 0:
            feed.put([row(str(number))], Sample({"a.queue": number, "net.rtt": 5}, {"a": number}))
            os._exit(0)
        os.waitpid(child, 0)
    assert feed.samples(0) == [], "not until nobody adds to it"
    clock.at += 2 * STEP
    [(at, sample)] = feed.samples(0)
    assert at == 1_000_000
    assert sample == Sample({"a.queue": 3, "net.rtt": 5}, {"a": 3})
    assert [each.id for each in feed.rows(0)[1]] == ["1", "2"]


def test_of_one_worker_the_last_word_counts_and_all_of_its_traffic() -> None:
    said = [(1, Sample({"a.queue": 9, "x": 1}, {"a": 2})), (1, Sample({"a.queue": 4}, {"a": 3}))]
    assert merged(said) == Sample({"a.queue": 4, "x": 1}, {"a": 5})


COUNTS = st.dictionaries(st.sampled_from("abc"), st.integers(1, 9).map(float))


@given(st.lists(COUNTS, max_size=5))
def test_what_was_added_step_by_step_is_the_sum(steps: list[dict[str, float]]) -> None:
    total: dict[str, float] = {}
    told: dict[str, float] = {}
    for step in steps:
        before = dict(total)
        for name, number in step.items():
            total[name] = total.get(name, 0) + number
        for name, number in since(total, before).items():
            told[name] = told.get(name, 0) + number
    assert told == total


def test_readings_are_numbers_on_the_scale_of_their_type() -> None:
    board, engine = SignalBoard(), Engine.load(bundle())
    board.publish({"net.jitter": "4ms", "net.online": True, "local.load": 0.25, "ward.queue": 3})
    board.publish({"budget.remaining": Scaled(7), "net.rtt": "soon", "net.loss": True, "x": 1})
    assert readings(board, engine.manifest) == {
        "net.jitter": 4_000,
        "net.online": 1,
        "local.load": 250_000,
        "ward.queue": 3,
        "budget.remaining": 7,
    }


def test_one_process_keeps_a_few_requests_until_they_are_told() -> None:
    recent = Recent(Clock())
    for _ in range(MOST + 5):
        recent.add(Exchange(ENDPOINTS["/v1/chat/completions"]))
    taken = recent.take()
    assert (len(taken), recent.take()) == (MOST, [])
    [made] = rows(taken[-1:])
    assert (made.decided, made.treated, made.at) == ("", [], 1_000_000_000)


def test_sessions_end_by_time_by_word_and_when_there_are_too_many(tmp_path: Path) -> None:
    clock = Clock()
    known = Sessions(tmp_path / "sessions.sqlite3", clock)
    first = known.begin()
    assert known.knows(first)
    assert not known.knows("")
    assert not known.knows("\ud800")
    for path in tmp_path.iterdir():
        assert first.encode() not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0
    known.end(first)
    assert not known.knows(first)
    clock.at += 1
    second = known.begin()
    last = second
    for _ in range(sessions.MOST):
        clock.at += 1
        last = known.begin()
    assert not known.knows(second)
    clock.at += sessions.SECONDS - 0.5
    assert known.knows(last)
    clock.at += 0.5
    assert not known.knows(last)
    assert not Sessions(tmp_path / "sessions.sqlite3", clock).knows(last)


NUMBERS = [
    Attribute("x", "signal", kind, low=low, high=high)
    for kind, low, high in (
        ("int", 0, 2**31 - 1),
        ("int", 0, 23),
        ("int", -50, 50),
        ("number", 0, 10**6),
        ("number", -(10**15), 10**15),
        ("duration", 0, 30 * 86_400 * 10**6),
        ("money", 0, 10**12),
        ("size", 0, 2**50),
    )
]


@given(st.sampled_from(NUMBERS), st.lists(st.integers(-(10**15), 10**15), max_size=20))
def test_a_slider_has_a_few_values_in_order_and_each_that_it_turns_at(
    attribute: Attribute, turns: Sequence[int]
) -> None:
    found = stops(attribute, turns)
    low, high = attribute.low, attribute.high
    assert low is not None and high is not None  # noqa: PT018 (for the checker)
    assert found == sorted(set(found))
    assert 2 <= len(found) <= MOST_STOPS
    assert low <= found[0] and found[-1] <= high  # noqa: PT018 (one range)
    assert {turn for turn in turns[:12] if low <= turn <= high} <= {*found}


def test_what_is_no_number_has_no_slider_and_what_rules_read_comes_first() -> None:
    engine = Engine.load(bundle())
    made = controls.controls(engine.manifest, engine.thresholds())
    assert not any(each.name.startswith("text.") for each in made)
    is_read = [each.is_read for each in made]
    assert is_read == sorted(is_read, reverse=True)
    jitter = next(each for each in made if each.name == "net.jitter")
    assert {79_000, 80_000, 81_000} <= {*jitter.stops}
    for kind in ("bool", "string", "enum", "set"):
        assert stops(Attribute("x", "attr", kind), [1]) == []
    with pytest.raises(RequestError, match="on its scale"):
        controls.given(Attribute("x", "attr", "money"), "$1")


WORDS = st.text("ab [", max_size=6)


@given(st.lists(st.tuples(WORDS, WORDS, WORDS), max_size=4), WORDS)
def test_a_treated_text_in_pieces_is_the_text(parts: list[tuple[str, str, str]], end: str) -> None:
    before = after = ""
    spans: list[tuple[int, int, str]] = []
    for kept, found, new in parts:
        start = len(before) + len(kept)
        spans.append((start, start + len(found), "l"))
        before += kept + found
        after += kept + new
    pieces = written(before + end, spans, after + end)
    assert "".join(piece for piece, _ in pieces) == after + end
    other = written(before + end, spans, "quite another text")
    assert "".join(piece for piece, _ in other) == "quite another text"


def test_what_was_written_is_marked_and_what_was_kept_is_not() -> None:
    spans = [(0, 1, "x"), (4, 5, "y")]
    assert written("1 a 2 b", spans, "[x] a 2 b") == [
        ("[x]", "x"),
        (" a ", ""),
        ("2", ""),
        (" b", ""),
    ]


def entry(name: str, at: str, price: int | None) -> TargetEntry:
    unit = None if price is None else 1_000
    return TargetEntry(name, {"at": at}, {}, price, price, unit)


def test_what_is_compared_and_what_is_not() -> None:
    class Decided:
        """A decision, of which only the order counts here."""

        def __init__(self, *order: str) -> None:
            self.order = order

    entries = [
        entry("ward", "local", None),
        entry("dear", "cloud", 10_000),
        entry("cheap", "cloud", 1_000),
        entry("free", "cloud", None),
    ]
    targets = {each.name: each for each in entries}

    def found(order: str, target: str, usage: Usage | None) -> Costs | Left:
        return compare(Decided(*order.split()), targets, target, usage)  # type: ignore[arg-type]

    used = Usage(prompt_tokens=3, completion_tokens=2)
    assert found("ward dear cheap", "ward", used) == Costs(0, 50)
    assert found("ward cheap dear", "dear", used) == Costs(50, 5), "dearer than it need be"
    assert found("dear", "dear", Usage(input_tokens=3, output_tokens=2)) == Costs(50, 50)
    assert found("ward dear", "ward", None) is Left.NO_TOKENS
    assert found("ward dear", "ward", Usage()) is Left.NO_TOKENS
    assert found("ward", "ward", used) is Left.NO_CLOUD
    assert found("ward free", "ward", used) is Left.NO_PRICE
    assert found("dear free", "free", used) is Left.NO_PRICE


@pytest.mark.parametrize("said", ["-1", "1e30", '"5"', "99999999999"])
def test_a_count_of_tokens_that_is_none_is_not_believed(said: str) -> None:
    assert usage_in(f'{{"usage": {{"prompt_tokens": {said}}}}}'.encode()) is None


def test_an_answer_that_is_nested_deeply_names_no_tokens() -> None:
    deep = b"[" * 100_000 + b"]" * 100_000
    assert usage_in(b'{"x": ' + deep + b', "usage": {"prompt_tokens": 1}}') in (None, Usage(1))
