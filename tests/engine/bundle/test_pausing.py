"""Work during which no garbage is collected."""

from __future__ import annotations

import gc
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from epol.engine.bundle.pausing import uncollected
from tests.engine.forking import forked


@pytest.fixture(autouse=True)
def as_before() -> Generator[None]:
    """Garbage is collected after each test."""
    yield
    gc.enable()


@pytest.mark.parametrize("was_enabled", [True, False])
def test_after_it_is_as_before(was_enabled: bool) -> None:
    if not was_enabled:
        gc.disable()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is was_enabled
    with pytest.raises(KeyError), uncollected():
        raise KeyError
    assert gc.isenabled() is was_enabled


def test_one_within_another() -> None:
    with uncollected():
        with uncollected():
            pass
        assert not gc.isenabled()
    assert gc.isenabled()


def test_a_child_of_another_thread_collects_garbage() -> None:
    begun, end = Event(), Event()

    def pause() -> None:
        with uncollected():
            begun.set()
            end.wait()

    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(pause)
        begun.wait()
        try:
            assert not gc.isenabled()
            assert forked(gc.isenabled)
        finally:
            end.set()
        waiting.result()
    assert gc.isenabled()


def test_a_child_of_the_same_thread_does_as_its_parent() -> None:
    with uncollected():
        assert forked(lambda: not gc.isenabled())


class Loop:
    """Refers to itself."""

    gone = 0

    def __init__(self) -> None:
        self.itself = self

    def __del__(self) -> None:
        Loop.gone += 1


def test_garbage_may_be_collected_at_the_end() -> None:
    before = Loop.gone
    with uncollected(then_collect=True):
        Loop()
        assert Loop.gone == before
    assert Loop.gone == before + 1
