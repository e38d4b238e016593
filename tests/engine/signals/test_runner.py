"""The runner: it publishes, survives what fails, and ends; and what a policy sees of it."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping

import pytest

from epol.engine import Engine, Request
from epol.engine.signals.board import SignalBoard
from epol.engine.signals.budget import Budget, Ledger
from epol.engine.signals.clock import Clock
from epol.engine.signals.endpoints import Endpoint
from epol.engine.signals.health import Health
from epol.engine.signals.machine import Machine
from epol.engine.signals.network import Network, Timing
from epol.engine.signals.provider import Provider
from epol.engine.signals.runner import SignalRunner
from tests.engine.engines import bundle_of
from tests.engine.forking import forked
from tests.engine.signals.proxy import PATIENT, Hand, behind_proxy

FOREVER = 2**63


class Counting:
    """A provider of a number that grows, or of what it is told to do."""

    def __init__(self, name: str = "a", interval: float = 0.001) -> None:
        self.name, self.interval = name, interval
        self.reads = 0
        self.fails: Callable[[], None] = lambda: None
        self.read_again = threading.Condition()

    async def read(self) -> Mapping[str, object]:
        with self.read_again:
            self.reads += 1
            self.read_again.notify_all()
        self.fails()
        return {f"{self.name}.n": self.reads}

    def wait_for(self, reads: int) -> bool:
        """Whether it is read so many times more, in time."""
        with self.read_again:
            until = self.reads + reads
            return self.read_again.wait_for(lambda: self.reads >= until, PATIENT)


def failing() -> None:
    raise OSError("CANARY")


def threads() -> int:
    """How many threads of runners there are."""
    return sum(each.name == "epol-signals" for each in threading.enumerate())


def test_it_reads_again_and_again_and_stops() -> None:
    board = SignalBoard(Hand())
    one, two = Counting("a"), Counting("b", 0.002)
    runner = SignalRunner(board, [one, two])
    with runner:
        assert one.wait_for(3)
        assert two.wait_for(3)
        runner.start()  # it has begun
        assert threads() == 1
    assert threads() == 0
    assert board.fresh({"a.n": FOREVER, "b.n": FOREVER}) == {"a.n": one.reads, "b.n": two.reads}
    with runner:
        assert one.wait_for(3)
    runner.stop()
    assert threads() == 0


def test_a_provider_that_fails_is_logged_once_and_asked_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    board = SignalBoard(Hand())
    good, bad = Counting("good"), Counting("bad")
    bad.fails = failing
    with caplog.at_level(logging.WARNING), SignalRunner(board, [good, bad]):
        assert bad.wait_for(5)
        assert good.wait_for(5)
        assert not board.fresh({"bad.n": FOREVER})
        assert board.fresh({"good.n": FOREVER})
        bad.fails = lambda: None
        assert bad.wait_for(2)
        assert board.fresh({"bad.n": FOREVER})
    assert caplog.text.count("`bad`") == 1
    assert "OSError" in caplog.text
    assert "CANARY" not in caplog.text


def test_one_that_hangs_holds_up_nobody() -> None:
    class Hanging(Counting):
        async def read(self) -> Mapping[str, object]:
            await super().read()
            await asyncio.Event().wait()
            return {}

    good, bad = Counting("good"), Hanging("bad")
    with SignalRunner(SignalBoard(), [good, bad]):
        assert good.wait_for(5)
    assert bad.reads == 1


def test_in_an_event_loop() -> None:
    async def run() -> None:
        board, provider = SignalBoard(Hand()), Counting()
        task = asyncio.create_task(SignalRunner(board, [provider]).run())
        while provider.reads < 3:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert board.fresh({"a.n": FOREVER})

    asyncio.run(run())


def test_readings_are_good_for_three_intervals() -> None:
    hand = Hand()
    board, provider = SignalBoard(hand), Counting(interval=2.0)

    async def once() -> None:
        task = asyncio.create_task(SignalRunner(board, [provider]).run())
        while not provider.reads:
            await asyncio.sleep(0)
        task.cancel()

    asyncio.run(once())
    hand.now += 6
    assert board.fresh({"a.n": FOREVER}) == {"a.n": 1}
    hand.now += 0.001
    assert board.fresh({"a.n": FOREVER}) == {}


def test_providers_that_make_no_sense() -> None:
    with pytest.raises(ValueError, match="same name"):
        SignalRunner(SignalBoard(), [Counting(), Counting()])
    with pytest.raises(ValueError, match="above zero"):
        SignalRunner(SignalBoard(), [Counting(interval=0.0)])


@pytest.mark.parametrize("late", [False, True], ids=["in time", "when the next is due"])
def test_it_may_be_stopped_from_within(late: bool) -> None:
    provider = Counting()
    runner = SignalRunner(SignalBoard(), [provider])

    def stop() -> None:
        runner.stop()
        if late:
            time.sleep(2 * provider.interval)

    provider.fails = stop
    runner.start()
    for each in threading.enumerate():
        if each.name == "epol-signals":
            each.join(PATIENT)
    assert provider.reads == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_it_can_be_stopped_when_it_has_ended_by_itself() -> None:
    def leave() -> None:
        raise SystemExit

    provider = Counting()
    provider.fails = leave
    runner = SignalRunner(SignalBoard(), [provider])
    runner.start()
    for each in threading.enumerate():
        if each.name == "epol-signals":
            each.join(PATIENT)
    runner.stop()
    provider.fails = lambda: None
    with runner:
        assert provider.wait_for(2)


def test_all_providers_together(ledger: Ledger) -> None:
    async def run() -> None:
        async with behind_proxy() as proxy:
            board = SignalBoard()
            network = Network([Endpoint("azure", "127.0.0.1", proxy.port, how="head")])
            health = Health(board, ["azure"], reachable=network.is_reachable)
            providers: list[Provider] = [network, health, Machine(), Budget(ledger), Clock("UTC")]
            task = asyncio.create_task(SignalRunner(board, providers).run())
            names = {
                *("net.online", "azure.rtt", "azure.up", "local.memory_free"),
                *("budget.remaining", "time.hour"),
            }
            async with asyncio.timeout(PATIENT):
                while board.fresh(dict.fromkeys(names, FOREVER)).keys() < names:
                    await asyncio.sleep(0.001)
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(run())


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
def test_a_child_starts_its_own() -> None:
    board, provider = SignalBoard(), Counting()
    runner = SignalRunner(board, [provider])
    with runner:
        assert provider.wait_for(2)

        def child() -> bool:
            gc.collect()
            provider.read_again = threading.Condition()
            reads = provider.reads
            with runner:
                return provider.wait_for(2) and provider.reads > reads

        assert forked(child)
        assert provider.wait_for(2)  # the parent's goes on


def test_a_real_network_that_goes_and_comes_back() -> None:
    """In real time, with the runner beside the proxy in one event loop."""

    async def run() -> None:
        async with behind_proxy() as proxy:
            board = SignalBoard()
            endpoint = Endpoint("azure", "127.0.0.1", proxy.port, how="head")
            timing = Timing(interval=0.01, patience=PATIENT, longest=0.01)
            task = asyncio.create_task(SignalRunner(board, [Network([endpoint], timing)]).run())

            async def until(online: bool) -> None:
                async with asyncio.timeout(PATIENT):
                    while board.fresh({"net.online": FOREVER}).get("net.online") is not online:
                        await asyncio.sleep(0.001)

            await until(True)
            await proxy.refuse()
            await until(False)
            await proxy.listen()
            await until(True)
            task.cancel()
            await asyncio.wait([task])

    asyncio.run(run())


# --- through a policy ----------------------------------------------------------------------

POLICY = """policy clinic version "1"
import std.edge
target ward { at local context 8k }
target azure { at cloud context 8k }
rule offline { when not net.online and target.at == cloud  deny }
rule rough   { when net.jitter > 80ms and target.at == cloud  deny }
rule slow    { when target.rtt > 200ms  avoid 10 }
rule busy    { when target.queue >= 2  deny }
rule night   { when time.hour >= 22  tag "night" }
rule cloudy  { when target.at == cloud  prefer 5 }
"""


def order(engine: Engine) -> tuple[str, ...]:
    return engine.decide(Request({"task.complexity": 0})).order


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def engine(hand: Hand) -> Engine:
    engine = Engine.load(bundle_of(POLICY))
    engine.signals = SignalBoard(hand)
    return engine


def test_when_probing_stops_the_policy_is_offline(engine: Engine, hand: Hand) -> None:
    async def run() -> None:
        async with behind_proxy() as proxy:
            endpoint = Endpoint("azure", "127.0.0.1", proxy.port, how="head")
            network = Network([endpoint], Timing(patience=PATIENT), clock=hand)
            for _ in range(2):
                assert order(engine) == ("ward",)
                engine.signals.publish(await network.read())
        assert order(engine) == ("azure", "ward")
        hand.now += 5.0
        assert order(engine) == ("azure", "ward")
        hand.now += 0.001  # no probe for more than `stale after 5s`
        assert order(engine) == ("ward",)

    asyncio.run(run())


def test_when_the_network_goes_the_policy_follows(engine: Engine, hand: Hand) -> None:
    async def run() -> None:
        async with behind_proxy() as proxy:
            endpoint = Endpoint("azure", "127.0.0.1", proxy.port, how="head")
            network = Network([endpoint], Timing(patience=PATIENT), clock=hand)
            health = Health(
                engine.signals, ["ward", "azure"], reachable=network.is_reachable, clock=hand
            )

            async def seconds(count: int) -> None:
                for _ in range(count):
                    hand.now += 1
                    engine.signals.publish(await network.read(), 3.0)
                    await health.read()

            await seconds(3)
            assert order(engine) == ("azure", "ward")
            await proxy.refuse()
            await seconds(5)
            assert order(engine) == ("ward",)
            assert {"offline", "std.edge.target_is_up"} <= set(
                engine.decide(Request({"task.complexity": 0})).targets["azure"].fired
            )
            await proxy.listen()
            await seconds(6)
            assert order(engine) == ("azure", "ward")

    asyncio.run(run())


def test_requests_under_way_are_seen_at_once(engine: Engine, hand: Hand) -> None:
    engine.signals.publish({"net.online": True, "net.jitter": "4ms"})
    health = Health(engine.signals, ["ward", "azure"], clock=hand)
    attempts = [health.begin("azure") for _ in range(2)]
    assert order(engine) == ("ward",)
    assert attempts[0] is not None
    attempts[0].end()
    assert order(engine) == ("azure", "ward")


def test_every_reading_of_a_provider_is_taken(
    engine: Engine, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    """A value that a policy with std.edge does not take would be logged."""

    async def run() -> dict[str, object]:
        async with behind_proxy() as proxy:
            endpoint = Endpoint("azure", "127.0.0.1", proxy.port, how="head")
            network = Network([endpoint], Timing(patience=PATIENT), clock=hand)
            readings = {**await network.read(), **await network.read()}
            machine = Machine()
            readings |= await machine.read()
            while readings["local.load"] is None:  # until its clock has ticked
                readings |= await machine.read()
            return {**readings, **await Clock("UTC").read()}

    readings = asyncio.run(run())
    engine.signals.publish(readings)
    health = Health(engine.signals, ["azure"])
    attempt = health.begin("azure")
    assert attempt is not None
    attempt.answer(200, {"ratelimit-remaining": "5"})
    attempt.end()
    with caplog.at_level(logging.WARNING):
        assert engine.decide(Request({"task.complexity": 0})).target == "azure"
    assert not caplog.records
    declared = set(engine.signals.fresh(dict.fromkeys(readings, FOREVER)))
    assert {"net.online", "net.rtt", "net.jitter", "net.loss", "azure.rtt"} <= declared
    assert {"local.load", "local.memory_free", "time.hour", "time.weekday"} <= declared
