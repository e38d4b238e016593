"""Signals that are published, grow stale, and are taken back."""

from __future__ import annotations

import logging
import threading

import pytest

from epol.engine import Engine, Request, RequestError
from epol.engine.signals.board import SignalBoard
from tests.engine.engines import GOOD, bundle


class Clock:
    """Seconds that go on when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(clock: Clock) -> Engine:
    engine = Engine.load(bundle())
    engine.signals = SignalBoard(clock)
    return engine


def order(engine: Engine, **attributes: object) -> tuple[str, ...]:
    return engine.decide(Request({n.replace("__", "."): v for n, v in attributes.items()})).order


def test_a_published_signal_counts(engine: Engine) -> None:
    assert order(engine) == ("ward",)
    engine.signals.publish(GOOD)
    assert order(engine) == ("ward", "site", "azure")
    engine.signals.publish({"net.jitter": "90ms"})
    assert order(engine) == ("ward", "site")


def test_a_reading_is_good_until_it_is_stale(engine: Engine, clock: Clock) -> None:
    engine.signals.publish(GOOD)
    clock.now += 5.0  # `net.jitter` has "stale after 5s", `net.online` 2s
    assert order(engine) == ("ward", "site", "azure")
    decision = engine.decide(Request())
    assert decision.targets["azure"].score == -5_000_000  # no longer known to be online
    clock.now += 0.001
    # The stale value takes over, and is known; what is never stale goes on.
    decision = engine.decide(Request())
    assert decision.order == ("ward", "site")
    assert "net.jitter" not in decision.unknown
    clock.now += 10**6
    assert order(engine) == ("ward", "site")
    engine.signals.publish({"net.jitter": "4ms"})
    assert order(engine) == ("ward", "site", "azure")


def test_a_reading_may_be_good_for_less(engine: Engine, clock: Clock) -> None:
    engine.signals.publish(GOOD)
    engine.signals.publish({"site.load": 0.1}, good_for=2.0)  # the policy says nothing of it
    engine.signals.publish({"net.jitter": "4ms"}, good_for=60.0)  # the policy says 5s
    clock.now += 2.0
    assert order(engine) == ("ward", "site", "azure")
    clock.now += 0.001
    decision = engine.decide(Request())
    assert decision.order == ("ward", "azure")
    assert "site.load" in decision.unknown
    clock.now += 3.0
    assert order(engine) == ("ward",)


def test_a_reading_can_be_taken_back(engine: Engine) -> None:
    engine.signals.publish(GOOD)
    engine.signals.publish({"site.load": None})
    decision = engine.decide(Request())
    assert decision.order == ("ward", "azure")
    assert "site.load" in decision.unknown


def test_the_request_knows_better(engine: Engine) -> None:
    engine.signals.publish({**GOOD, "net.jitter": "90ms"})
    assert order(engine, net__jitter="4ms") == ("ward", "site", "azure")
    assert order(engine, net__jitter=None) == ("ward", "site")


def test_only_signals_are_published(engine: Engine) -> None:
    engine.signals.publish({**GOOD, "request.tokens": 95_000, "no.such": 1})
    assert engine.decide(Request()).status == "route"
    assert engine.decide(Request({"request.tokens": 95_000})).status == "hold"


@pytest.mark.parametrize("value", ["CANARY", 90, [1], True, "90s", float("nan"), b"CANARY"])
def test_a_reading_that_is_none_counts_as_not_given(
    engine: Engine, value: object, caplog: pytest.LogCaptureFixture
) -> None:
    engine.signals.publish({**GOOD, "net.jitter": value})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert order(engine) == ("ward", "site")
    assert caplog.text.count("net.jitter") == 1  # told once
    assert "CANARY" not in caplog.text
    with pytest.raises(RequestError):
        order(engine, request__tokens="CANARY")
    batch = engine.decide_batch({"request.tokens": [1, 2]})
    assert [batch.targets[place] for place in batch.target] == ["ward", "ward"]
    assert (batch.permitted == 0b11).all()
    engine.signals.publish({"net.jitter": "4ms"})
    assert order(engine) == ("ward", "site", "azure")


def test_signals_of_a_batch(engine: Engine, clock: Clock) -> None:
    columns = {"request.tokens": [1, 95_000]}
    assert list(engine.decide_batch(columns).permitted) == [0b1, 0b1]
    engine.signals.publish(GOOD)
    assert list(engine.decide_batch(columns).permitted) == [0b111, 0b111]
    assert list(engine.decide_batch({**columns, "net.jitter": ["4ms", "90ms"]}).permitted) == [
        0b111,
        0b11,
    ]
    clock.now += 6
    assert list(engine.decide_batch(columns).permitted) == [0b11, 0b11]


def test_providers_that_publish_at_once_lose_nothing() -> None:
    board = SignalBoard()
    names = [[f"s{provider}.n{i}" for i in range(400)] for provider in range(8)]
    start = threading.Barrier(len(names))

    def provide(own: list[str]) -> None:
        start.wait()
        for name in own:
            board.publish({name: 1})

    threads = [threading.Thread(target=provide, args=(own,)) for own in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    everything = {name for own in names for name in own}
    assert board.fresh(dict.fromkeys(everything, 2**63)).keys() == everything


def test_time_is_monotonic() -> None:
    board = SignalBoard()
    board.publish({"a.b": 1})
    assert board.fresh({"a.b": 60_000_000}) == {"a.b": 1}
