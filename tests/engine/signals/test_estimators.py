"""Smoothing, jitter, percentiles and hysteresis."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from epol.engine.signals.estimators import Jitter, Smoothed, Window, percentile
from epol.engine.signals.hysteresis import Hysteresis

TIMES = st.lists(st.floats(0, 100), min_size=1, max_size=50)


def test_smoothing_as_rfc_6298_says() -> None:
    smoothed = Smoothed()
    smoothed.add(0.8)
    assert (smoothed.value, smoothed.deviation) == (0.8, 0.4)
    smoothed.add(1.6)
    # RTTVAR = 3/4 · 0.4 + 1/4 · |0.8 - 1.6|, then SRTT = 7/8 · 0.8 + 1/8 · 1.6
    assert smoothed.deviation == pytest.approx(0.5)
    assert smoothed.value == pytest.approx(0.9)


@given(TIMES)
def test_a_smoothed_value_stays_among_the_values(times: list[float]) -> None:
    smoothed = Smoothed()
    for each in times:
        smoothed.add(each)
    assert smoothed.value is not None
    assert min(times) - 1e-9 <= smoothed.value <= max(times) + 1e-9
    assert 0 <= smoothed.deviation <= max(times)


@given(TIMES)
def test_jitter_is_at_most_the_largest_step(times: list[float]) -> None:
    jitter = Jitter()
    for each in times:
        jitter.add(each)
    steps = [abs(one - two) for one, two in pairwise(times)]
    if not steps:
        assert jitter.value is None
    else:
        assert jitter.value is not None
        assert 0 <= jitter.value <= max(steps)


def test_jitter_as_rfc_3550_says() -> None:
    jitter = Jitter()
    for each in (0.0, 16.0, 0.0):
        jitter.add(each)
    assert jitter.value == 1 + (16 - 1) / 16


@given(st.lists(st.floats(-100, 100), min_size=1), st.floats(0.01, 100))
def test_a_percentile_is_the_least_that_so_many_do_not_exceed(
    values: list[float], percent: float
) -> None:
    found = percentile(values, percent)
    assert found in values
    share = percent * len(values) / 100
    assert sum(each <= found for each in values) >= share
    smaller = [each for each in values if each < found]
    assert len(smaller) < share


def test_of_no_values_there_is_no_percentile() -> None:
    assert percentile([], 50) is None


@given(
    st.lists(st.tuples(st.floats(0, 5), st.integers()), max_size=60),
    st.floats(0.5, 20),
    st.integers(1, 10),
)
def test_a_window_has_the_latest_that_are_not_too_old(
    steps: list[tuple[float, int]], seconds: float, most: int
) -> None:
    window: Window[int] = Window(seconds, most)
    now, added = 0.0, list[tuple[float, int]]()
    for step, value in steps:
        now += step
        window.add(now, value)
        added.append((now, value))
        fresh = [each for since, each in added[-most:] if now - since <= seconds]
        assert window.values(now) == fresh


# --- hysteresis ----------------------------------------------------------------------------


def turns(hysteresis: Hysteresis, results: list[bool]) -> list[int]:
    """At which results the state changed, the first apart."""
    seen: list[int] = []
    for at, result in enumerate(results):
        before = hysteresis.state
        hysteresis.add(result)
        if before is not None and hysteresis.state is not before:
            seen.append(at)
    return seen


def test_the_first_result_decides() -> None:
    for result in (True, False):
        hysteresis = Hysteresis()
        assert hysteresis.state is None
        hysteresis.add(result)
        assert hysteresis.state is result


def test_five_bad_of_eight_turn_it_and_six_good_turn_it_back() -> None:
    hysteresis = Hysteresis()
    assert turns(hysteresis, [True] * 8 + [False] * 5 + [True] * 8) == [12, 18]


@pytest.mark.parametrize(
    "trace",
    [
        [True, True, False, True] * 50,
        [True, False, True, True, True] * 50,
        # A quarter lost, now and then two in a row, as over a bad radio link.
        ([True] * 3 + [False] + [True] * 2 + [False] * 2 + [True] * 4) * 20,
    ],
)
def test_losses_now_and_then_turn_nothing(trace: list[bool]) -> None:
    assert not turns(Hysteresis(), trace)


def test_good_and_bad_by_turns_turn_nothing() -> None:
    assert not turns(Hysteresis(), [True, False] * 100)
    assert not turns(Hysteresis(), [False, True] * 100)


def test_a_twentieth_lost_at_random_turns_nothing_in_an_hour() -> None:
    chance = random.Random(1)
    assert not turns(Hysteresis(), [chance.random() > 0.05 for _ in range(3600)])


@st.composite
def numbers(draw: st.DrawFn) -> tuple[int, int, int]:
    """Numbers that a hysteresis takes."""
    of = draw(st.integers(1, 8))
    rise = draw(st.integers(1, of))
    return rise, draw(st.integers(of - rise + 1, of)), of


@given(numbers(), st.lists(st.booleans(), max_size=200))
def test_between_two_turns_there_are_so_many_results(
    asked: tuple[int, int, int], results: list[bool]
) -> None:
    rise, fall, of = asked
    seen = turns(Hysteresis(rise, fall, of), results)
    assert all(two - one >= rise + fall - of for one, two in pairwise(seen))


@given(st.lists(st.booleans(), min_size=1), st.booleans())
def test_as_many_as_are_counted_decide(results: list[bool], last: bool) -> None:
    hysteresis = Hysteresis()
    for each in [*results, *[last] * 6]:
        hysteresis.add(each)
    assert hysteresis.state is last


@pytest.mark.parametrize("asked", [(0, 5, 5), (5, 0, 5), (6, 3, 5), (3, 6, 5), (2, 3, 5)])
def test_numbers_that_make_no_sense(asked: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="together"):
        Hysteresis(*asked)
