"""The health of targets, from requests under way."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Mapping

import pytest

from epol.engine.reading.inputs import Scaled
from epol.engine.signals.board import SignalBoard
from epol.engine.signals.breaker import BreakerRules, State
from epol.engine.signals.health import Health
from tests.engine.forking import forked
from tests.engine.signals.proxy import Hand
from tests.engine.test_sharing import in_threads

SIGNALS = ("up", "queue", "latency", "errors", "rate_left")


class Ward:
    """A target's health, and what the board says of it."""

    def __init__(self, **options: object) -> None:
        self.hand = Hand()
        self.board = SignalBoard(self.hand)
        rules = BreakerRules(least=3, pause=2, spread=0)
        self.health = Health(
            self.board,
            ["ward", "azure"],
            rules=rules,
            clock=self.hand,
            **options,  # type: ignore[arg-type]
        )

    def send(self, status: int, seconds: float = 0.0, target: str = "ward") -> None:
        attempt = self.health.begin(target)
        assert attempt is not None
        with attempt:
            self.hand.now += seconds
            attempt.answer(status)

    def says(self, target: str = "ward") -> Mapping[str, object]:
        """Fresh readings, by the last part of their names."""
        names = {f"{target}.{signal}": 2**63 for signal in SIGNALS}
        fresh = self.board.fresh(names)
        values = {n: v.value if isinstance(v, Scaled) else v for n, v in fresh.items()}
        return {name.removeprefix(f"{target}."): value for name, value in values.items()}


@pytest.fixture
def ward() -> Ward:
    return Ward()


def test_requests_under_way_are_the_queue(ward: Ward) -> None:
    first, second = ward.health.begin("ward"), ward.health.begin("ward")
    assert first is not None
    assert second is not None
    assert ward.says() == {"up": True, "queue": 2}
    first.end()
    assert ward.says()["queue"] == 1
    second.abandon()
    assert ward.says()["queue"] == 0
    second.fail()  # it is over already
    assert ward.says()["queue"] == 0
    assert ward.says("azure") == {}


def test_latency_is_the_median_of_first_bytes(ward: Ward) -> None:
    for seconds in (0.1, 0.3, 5.0):
        ward.send(200, seconds)
    assert ward.says()["latency"] == pytest.approx(300_000, abs=1)


def test_a_stream_has_answered_with_its_head(ward: Ward) -> None:
    attempt = ward.health.begin("ward")
    assert attempt is not None
    ward.hand.now += 0.5
    attempt.answer(200)
    ward.hand.now += 30
    attempt.end()
    assert ward.says()["latency"] == pytest.approx(500_000, abs=1)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 529])
def test_a_status_that_is_the_targets_failure(ward: Ward, status: int) -> None:
    for _ in range(3):
        assert ward.says().get("up", True) is True
        ward.send(status)
    assert ward.says() == {"up": False, "queue": 0, "errors": 1_000_000}
    assert ward.health.begin("ward") is None
    assert ward.health.state("ward") is State.OPEN
    assert ward.health.state("azure") is State.CLOSED


@pytest.mark.parametrize("status", [200, 400, 401, 404, 422])
def test_a_status_that_is_an_answer(ward: Ward, status: int) -> None:
    for _ in range(10):
        ward.send(status)
    assert ward.says()["errors"] == 0
    assert ward.says()["up"] is True


def test_an_exception_is_a_failure_and_giving_up_is_nothing(ward: Ward) -> None:
    for error in (OSError(), TimeoutError(), asyncio.CancelledError(), GeneratorExit()):
        attempt = ward.health.begin("ward")
        assert attempt is not None
        with pytest.raises(type(error)), attempt:
            raise error
    assert ward.says() == {"up": True, "queue": 0, "errors": 1_000_000}
    ward.send(200)
    assert ward.says()["errors"] == 666_666


def test_a_target_that_is_down_is_tried_again(ward: Ward) -> None:
    for _ in range(3):
        ward.send(503)
    ward.hand.now += 2
    asyncio.run(ward.health.read())  # nobody sends, so it takes the runner to see it
    assert ward.says()["up"] is True
    probe = ward.health.begin("ward")
    assert probe is not None
    assert ward.says()["up"] is False  # until the probe is over
    probe.end()
    ward.send(200)
    assert ward.says()["up"] is True
    assert ward.health.state("ward") is State.CLOSED


def test_what_is_a_minute_old_is_forgotten(ward: Ward) -> None:
    ward.send(503, 0.5)
    ward.send(200, 0.5)
    ward.hand.now += 61
    asyncio.run(ward.health.read())
    assert ward.says() == {"up": True, "queue": 0}


def test_readings_grow_stale_without_a_runner(ward: Ward) -> None:
    ward.send(200, 0.5)
    ward.hand.now += 3.1
    assert ward.says() == {}


def test_how_many_requests_are_left(ward: Ward) -> None:
    attempt = ward.health.begin("ward")
    assert attempt is not None
    attempt.answer(200, {"x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "2s"})
    attempt.end()
    assert ward.says()["rate_left"] == 3
    ward.send(200)  # says nothing of it
    assert ward.says()["rate_left"] == 3
    ward.hand.now += 2
    asyncio.run(ward.health.read())
    assert "rate_left" not in ward.says()


def test_probes_of_the_network_count() -> None:
    reachable: dict[str, bool | None] = {"ward": False, "azure": True}
    ward = Ward(reachable=reachable.get)
    asyncio.run(ward.health.read())
    assert ward.says()["up"] is False
    assert ward.says("azure")["up"] is True
    reachable["ward"] = None  # not known any more
    asyncio.run(ward.health.read())
    assert ward.says()["up"] is True


def test_a_target_that_nobody_named(ward: Ward) -> None:
    with pytest.raises(KeyError):
        ward.health.begin("nobody")


def test_threads_lose_no_request() -> None:
    board = SignalBoard()
    health = Health(board, ["ward"], rules=BreakerRules(least=20, failures=1.0))

    def send(number: int) -> None:
        for at in range(200):
            attempt = health.begin("ward")
            assert attempt is not None
            with attempt:
                attempt.answer(200 if (at + number) % 2 else 500)

    in_threads(send)
    found = board.fresh({f"ward.{signal}": 2**63 for signal in SIGNALS})
    assert found["ward.queue"] == 0
    assert found["ward.up"] is True


def test_tasks_lose_no_request() -> None:
    board = SignalBoard()
    health = Health(board, ["ward"])

    async def send(at: int) -> None:
        attempt = health.begin("ward")
        assert attempt is not None
        with attempt:
            await asyncio.sleep(0)
            if at % 10 == 0:
                raise asyncio.CancelledError
            attempt.answer(200)

    async def run() -> None:
        await asyncio.gather(*(send(at) for at in range(200)), return_exceptions=True)

    asyncio.run(run())
    assert board.fresh({"ward.queue": 2**63}) == {"ward.queue": 0}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_goes_on_whoever_held_the_lock(ward: Ward) -> None:
    attempt = ward.health.begin("ward")
    assert attempt is not None
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with vars(ward.health)["_lock"]:
            held.set()
            release.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(60)

    def child() -> bool:
        ward.send(200)
        return ward.says()["queue"] == 0

    try:
        assert forked(child)
    finally:
        release.set()
        thread.join()
    attempt.end()
