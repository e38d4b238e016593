"""Work during which no garbage is collected."""

from __future__ import annotations

import gc
from collections.abc import Generator

import pytest

from epol.engine.bundle.pausing import uncollected


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
