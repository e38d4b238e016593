"""The circuit breaker, step by step and against a model of it."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from epol.engine.signals.breaker import Breaker, BreakerRules, Pass, State
from tests.engine.signals.proxy import Hand

RULES = BreakerRules(least=4, of=6, seconds=30, pause=2, longest=10, successes=2, patience=50)


def breaker(hand: Hand, rules: BreakerRules = RULES) -> Breaker:
    """One whose pauses are not shortened."""
    return Breaker(rules, hand, lambda: 0.0)


def send(each: Breaker, *outcomes: bool | None) -> None:
    for outcome in outcomes:
        entered = each.enter()
        assert entered is not None
        each.leave(entered, outcome)


def shows(each: Breaker, state: State) -> bool:
    """Whether it is in a state; asked anew each time."""
    return each.state is state


def test_it_opens_when_half_of_enough_outcomes_are_failures() -> None:
    each = breaker(Hand())
    send(each, False, False, False)
    assert shows(each, State.CLOSED)
    send(each, True)
    assert shows(each, State.OPEN)
    assert each.enter() is None


def test_few_failures_among_many_outcomes_open_nothing() -> None:
    each = breaker(Hand())
    send(each, *[True, True, False] * 20)
    assert shows(each, State.CLOSED)


def test_old_failures_do_not_count() -> None:
    hand = Hand()
    each = breaker(hand)
    send(each, False, False, False)
    hand.now += 31
    send(each, False)
    assert shows(each, State.CLOSED)


def test_pauses_double_up_to_the_longest_and_begin_anew_when_it_has_closed() -> None:
    hand = Hand()
    each = breaker(hand)

    def pause() -> float:
        for tenths in count():
            if each.admits:
                return tenths / 10
            hand.now += 0.1
        raise AssertionError

    def fail() -> float:
        send(each, False)
        return pause()

    send(each, False, False, False)
    assert [fail() for _ in range(5)] == pytest.approx([2, 4, 8, 10, 10], abs=0.11)
    send(each, True, True)
    assert shows(each, State.CLOSED)
    send(each, False, False, False)
    assert fail() == pytest.approx(2, abs=0.11)


def test_chance_shortens_a_pause() -> None:
    hand = Hand()
    each = Breaker(RULES, hand, lambda: 1.0)
    send(each, *[False] * 4)
    hand.now += 2 * 0.8 - 0.001
    assert shows(each, State.OPEN)
    hand.now += 0.002
    assert shows(each, State.HALF_OPEN)


def half_open(hand: Hand) -> Breaker:
    each = breaker(hand)
    send(each, *[False] * 4)
    hand.now += 2
    assert shows(each, State.HALF_OPEN)
    return each


def test_one_probe_at_a_time() -> None:
    each = half_open(Hand())
    probe = each.enter()
    assert probe is not None
    assert probe.is_probe
    assert not each.admits
    assert each.enter() is None
    each.leave(probe, True)
    send(each, True)
    assert shows(each, State.CLOSED)


def test_a_probe_without_outcome_makes_room_for_another() -> None:
    each = half_open(Hand())
    send(each, None)
    assert shows(each, State.HALF_OPEN)
    assert each.admits


def test_a_probe_of_which_nothing_is_heard_has_failed() -> None:
    hand = Hand()
    each = half_open(hand)
    probe = each.enter()
    assert probe is not None
    hand.now += 51
    assert shows(each, State.OPEN)
    hand.now += 4
    assert each.admits
    each.leave(probe, True)  # late
    send(each, True)
    assert shows(each, State.HALF_OPEN)


def test_what_began_before_it_opened_says_nothing() -> None:
    hand = Hand()
    each = breaker(hand)
    early = each.enter()
    send(each, *[False] * 4)
    hand.now += 2
    assert shows(each, State.HALF_OPEN)
    assert early is not None
    each.leave(early, False)
    assert shows(each, State.HALF_OPEN)


@pytest.mark.parametrize(
    "wrong",
    [
        {"failures": 0.0},
        {"failures": 1.1},
        {"spread": 1.0},
        {"least": 0},
        {"least": 21},
        {"successes": 0},
        {"seconds": 0.0},
        {"patience": 0.0},
        {"pause": 0.0},
        {"pause": 61.0},
    ],
)
def test_rules_that_make_no_sense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"above|least"):
        BreakerRules(**wrong)  # type: ignore[arg-type]


class Model(RuleBasedStateMachine):
    """Random traffic, against what a reader of the rules would expect.

    The model keeps every outcome since the breaker closed, and works out from them alone what
    must hold.
    """

    def __init__(self) -> None:
        super().__init__()
        self.hand = Hand()
        self.each = breaker(self.hand)
        self.state = State.CLOSED
        self.outcomes: list[tuple[float, bool]] = []
        self.under_way: list[tuple[Pass, int, float]] = []
        self.period = 0
        self.pause = RULES.pause
        self.until = 0.0
        self.good = 0

    def probe(self) -> tuple[Pass, int, float] | None:
        """The probe that is under way now."""
        found = [each for each in self.under_way if each[1] == self.period and each[0].is_probe]
        assert len(found) <= 1
        return found[0] if found else None

    def open(self, now: float) -> None:
        self.state, self.period = State.OPEN, self.period + 1
        self.until = now + self.pause
        self.pause = min(self.pause * 2, RULES.longest)
        self.outcomes = []
        self.good = 0

    def settle(self) -> None:
        """What time alone has done."""
        now = self.hand.now
        probe = self.probe() if self.state is State.HALF_OPEN else None
        if probe is not None and now - probe[2] > RULES.patience:
            self.open(now)
        elif self.state is State.OPEN and now >= self.until:
            self.state, self.period = State.HALF_OPEN, self.period + 1

    @rule(seconds=st.floats(0, 60))
    def wait(self, seconds: float) -> None:
        self.hand.now += seconds
        self.settle()
        assert self.each.state is self.state

    @rule()
    def enter(self) -> None:
        wanted = self.state is State.CLOSED or (
            self.state is State.HALF_OPEN and self.probe() is None
        )
        entered = self.each.enter()
        assert (entered is not None) == wanted
        if entered is not None:
            assert entered.is_probe == (self.state is State.HALF_OPEN)
            self.under_way.append((entered, self.period, self.hand.now))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), outcome=st.sampled_from([True, False, False, None]))
    def leave(self, data: st.DataObject, outcome: bool | None) -> None:
        at = data.draw(st.integers(0, len(self.under_way) - 1))
        entered, period, _ = self.under_way.pop(at)
        self.each.leave(entered, outcome)
        if period == self.period and outcome is not None:
            self.count(entered, outcome)

    def count(self, entered: Pass, outcome: bool) -> None:
        now = self.hand.now
        if entered.is_probe:
            self.good += outcome
            if not outcome:
                self.open(now)
            elif self.good == RULES.successes:
                self.state, self.period = State.CLOSED, self.period + 1
                self.pause, self.good = RULES.pause, 0
            return
        self.outcomes.append((now, outcome))
        last = [good for at, good in self.outcomes[-RULES.of :] if now - at <= RULES.seconds]
        if len(last) >= RULES.least and last.count(False) >= RULES.failures * len(last):
            self.open(now)

    @invariant()
    def agree(self) -> None:
        assert self.each.state is self.state


TestModel = Model.TestCase
TestModel.settings = settings(max_examples=100, stateful_step_count=60)
