"""One engine for many threads and tasks, while its policy is swapped."""

from __future__ import annotations

import asyncio
import gc
import threading
import tracemalloc
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import cycle

from epol.engine import BundleError, Decision, Engine, Request
from tests.engine.engines import GOOD, KNOWN, answering, bundle

ONE = bundle(version="1.3.0", more='rule which { tag "one" }\n')
TWO = bundle(version="1.4.0", more='rule which { hold tag "two" }\nlabel pii.age\n')
THREADS, EACH, SWAPS = 4, 2500, 200
Answer = tuple[str, tuple[str, ...], str | None, int | None]
WHOLE = {("route", ("one",), "1.3.0"), ("hold", ("two",), "1.4.0")}
"""What a decision under one policy says; anything else would be a mixture."""


def answer(decision: Decision) -> Answer:
    """What the policies say differently, and the request's own count."""
    return (
        decision.status,
        decision.targets["ward"].tags,
        decision.policy.version,
        decision.labels.get("phi.mrn"),
    )


def in_threads(work: Callable[[int], object], threads: int = THREADS) -> None:
    """Run some work in threads at once; the first error of any is raised."""
    start = threading.Barrier(threads)
    errors: list[BaseException] = []

    def run(number: int) -> None:
        start.wait()
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 (raised below)
            errors.append(error)

    running = [threading.Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    if errors:
        raise errors[0]


class Swapping:
    """Two policies by turns, in a thread of its own, until all is decided."""

    def __init__(self, engine: Engine, swaps: int = SWAPS) -> None:
        self.engine, self.swaps, self.done = engine, 0, threading.Event()
        self._least = swaps
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Swapping:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.done.set()
        self._thread.join()

    def _run(self) -> None:
        for bundle_ in cycle([TWO, ONE]):
            if self.done.is_set() and self.swaps >= self._least:
                return
            self.engine.swap(bundle_, allow_downgrade=True)
            self.swaps += 1


def test_no_request_is_lost_or_decided_by_a_mixture() -> None:
    engine = Engine.load(ONE)
    engine.signals.publish({n: v for n, v in GOOD.items() if n == "site.load"})
    answers: list[list[Answer]] = [[] for _ in range(THREADS)]

    def decide(number: int) -> None:
        # Each thread has counts of its own, so that an answer to another request shows.
        request = Request(
            {"net.jitter": "4ms", "caller.tenant": "x"}, labels={"phi.mrn": number + 1}
        )
        spoken = Request(KNOWN, [("user", "MRN 00482913 " * (number + 1))])
        for turn in range(EACH):
            decision = engine.decide(spoken if turn % 2 else request)
            answers[number].append(answer(decision))

    with Swapping(engine) as swapping:
        in_threads(decide)
    assert swapping.swaps >= SWAPS
    assert [len(each) for each in answers] == [EACH] * THREADS
    for number, own in enumerate(answers):
        assert {(status, tags, version) for status, tags, version, _ in own} == WHOLE
        assert {found for *_, found in own} == {number + 1}


def test_batches_are_whole_too() -> None:
    engine = Engine.load(ONE)

    def decide(number: int) -> None:
        for _ in range(60):
            batch = engine.decide_batch({"request.tokens": list(range(700 + number))})
            assert len(batch) == 700 + number
            assert set(batch.status) in ({1}, {2})
            assert (batch.held == (0b111 if batch.status[0] == 2 else 0)).all()

    with Swapping(engine, 20):
        in_threads(decide)


def test_swaps_at_once_end_in_one_of_them() -> None:
    engine = Engine.load(ONE)

    def swap(number: int) -> None:
        for _ in range(20):
            engine.swap((ONE, TWO)[number % 2], allow_downgrade=True)

    in_threads(swap)
    decision = engine.decide(Request(KNOWN))
    assert answer(decision)[:3] in WHOLE
    assert decision.policy == engine.policy


def test_of_two_swaps_at_once_the_newer_stays() -> None:
    """Without `allow_downgrade`, whichever comes later: the older one does not undo it."""
    for _ in range(10):
        engine = Engine.load(bundle())

        def swap(number: int, engine: Engine = engine) -> None:
            try:
                engine.swap((ONE, TWO)[number])
            except BundleError:
                assert number == 0

        in_threads(swap, 2)
        assert engine.policy.version == "1.4.0"


def test_tasks_share_an_engine() -> None:
    engine = Engine.load(ONE)

    async def ask(number: int) -> Answer:
        request = Request(KNOWN, [("user", "MRN 00482913 " * (number % 5))])
        return answer(await engine.adecide(request))

    async def everything() -> list[Answer]:
        return await asyncio.gather(*(ask(number) for number in range(500)))

    with Swapping(engine, 20):
        answers = asyncio.run(everything())
    assert [found for *_, found in answers] == [number % 5 or None for number in range(500)]
    assert {(status, tags, version) for status, tags, version, _ in answers} <= WHOLE


def test_the_event_loop_is_free_while_a_model_runs() -> None:
    """The model waits for what the loop does only after the decision was begun."""
    came = threading.Event()

    def model(request: Request) -> float:
        assert came.wait(60)
        return 0.9

    engine = Engine.load(bundle(), models={"hard": model})

    async def both() -> Decision:
        deciding = asyncio.create_task(engine.adecide(Request(KNOWN)))
        await asyncio.sleep(0)
        came.set()
        return await deciding

    assert asyncio.run(both()).target == "azure"


def test_an_error_of_a_task_is_its_own() -> None:
    engine = Engine.load(ONE)

    async def both() -> list[Decision | BaseException]:
        good, bad = Request(KNOWN), Request({"request.tokens": -1})
        return await asyncio.gather(
            *(engine.adecide(each) for each in (good, bad, good)), return_exceptions=True
        )

    first, second, third = asyncio.run(both())
    assert isinstance(first, Decision)
    assert isinstance(third, Decision)
    assert type(second).__name__ == "RequestError"


def test_a_decision_may_be_read_in_many_threads() -> None:
    engine = Engine.load(ONE)

    def show(decision: Decision, shown: list[object], number: int) -> None:
        shown.append(decision.to_json())

    for _ in range(50):
        decision = engine.decide(Request(KNOWN, [("user", "MRN 00482913")]))
        shown: list[object] = []
        in_threads(partial(show, decision, shown))
        assert Counter(map(str, shown)) == {str(shown[0]): THREADS}


def grown(work: Callable[[int], object], times: int) -> int:
    """Bytes that stay allocated by work that is done so often, after some to warm up."""
    work(max(20, times // 10))
    gc.collect()
    tracemalloc.start()
    try:
        work(max(20, times // 10))
        gc.collect()
        before, _ = tracemalloc.get_traced_memory()
        work(times)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return after - before


def test_ten_thousand_decisions_leave_nothing_behind() -> None:
    engine = Engine.load(ONE)
    spoken = Request(KNOWN, [("user", "MRN 00482913, and so on")])

    def decide(times: int) -> None:
        for number in range(times):
            engine.decide(Request({**KNOWN, "request.tokens": number}))
            if number % 10 == 0:
                engine.decide(spoken).to_json()
                engine.signals.publish({"net.jitter": "4ms"})

    assert grown(decide, 10_000) < 20_000


def test_models_leave_nothing_behind() -> None:
    engine = Engine.load(ONE, models={"hard": answering(0.9)})

    def decide(times: int) -> None:
        for number in range(times):
            engine.decide(Request({**KNOWN, "request.tokens": number}))

    assert grown(decide, 500) < 20_000


def test_fifty_swaps_leave_nothing_behind() -> None:
    engine = Engine.load(ONE)

    def swap(times: int) -> None:
        for number in range(times):
            engine.swap((TWO, ONE)[number % 2], allow_downgrade=True)
            engine.decide(Request(KNOWN, [("user", "MRN 00482913")])).to_json()
            engine.decide_batch({"request.tokens": [1]})

    assert grown(swap, 50) < 50_000


def test_threads_that_end_leave_nothing_behind() -> None:
    engine = Engine.load(ONE)
    spoken = Request(KNOWN, [("user", "MRN 00482913")])

    def decide(times: int) -> None:
        in_threads(lambda _: engine.decide(spoken).to_json(), times)

    assert grown(decide, 50) < 50_000
