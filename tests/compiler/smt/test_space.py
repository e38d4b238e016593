"""Many questions settled together have the answers that they have one by one."""

import time
from random import Random

import pytest

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.answers import Answer, Impossible, Possible, Undecided
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.space import USED_UP, Space
from epol.compiler.smt.terms import Bool
from epol.lang.types import MAX_INT
from tests.compiler.smt.seeded import policy_of_seed
from tests.lang.policies import policy

SEEDS = range(20)


def goals_of(space: Space) -> dict[tuple[str, ...], Bool]:
    """Of every place: what may fire, and things that mostly cannot be."""
    terms = space.terms
    found: dict[tuple[str, ...], Bool] = {("never",): terms.false, ("always",): terms.true}
    for place in space.places:
        for name, lane in space.formula(place).lanes.items():
            for index, firing in enumerate(lane.firings):
                key = (*map(str, place), name, str(index))
                found[*key, "fires"] = firing.fires
                found[*key, "alone"] = terms.both(firing.fires, lane.permitted)
                found[*key, "torn"] = terms.both(firing.fires, lane.refuses(firing.rule.name))
    return found


def shows(space: Space, goal: Bool, answer: Possible) -> bool:
    """Whether the values of an answer are in range and show what was asked."""
    whole = Samples([space.whole(answer).values])
    allowed = (each for symbols in space.solver.symbols for each in symbols.constraints)
    return whole.where(goal, *allowed) == 1


@pytest.mark.parametrize("seed", SEEDS)
def test_all_together_is_as_one_by_one(seed: int) -> None:
    space, other = Space(policy_of_seed(seed + 500)), Space(policy_of_seed(seed + 500))
    goals = goals_of(space)
    found = space.settle(goals)
    assert list(found) == list(goals)
    alone = {key: other.ask(goal) for key, goal in goals_of(other).items()}
    assert {k: type(each) for k, each in found.items()} == {k: type(e) for k, e in alone.items()}
    for key, answer in found.items():
        if isinstance(answer, Possible):
            assert shows(space, goals[key], answer)


def test_some_can_be_and_some_cannot() -> None:
    kinds = [
        type(answer)
        for seed in SEEDS
        for space in [Space(policy_of_seed(seed + 500))]
        for answer in space.settle(goals_of(space)).values()
    ]
    assert kinds.count(Possible) > 100
    assert kinds.count(Impossible) > 100
    assert Undecided not in kinds


def told(answers: dict[tuple[str, ...], Answer], space: Space) -> list[object]:
    """Answers as what can be compared with those of another space."""
    every = list(space.symbols.all_terms())
    return [
        [answer.values.get(term) for term in every] if isinstance(answer, Possible) else key
        for key, answer in answers.items()
    ]


@pytest.mark.parametrize("seed", [0, 3, 7])
def test_the_answers_and_the_requests_are_the_same_each_time(seed: int) -> None:
    spaces = [Space(policy_of_seed(seed + 500)) for _ in range(2)]
    one, two = (told(space.settle(goals_of(space)), space) for space in spaces)
    assert one == two


def test_what_was_asked_before_changes_no_answer() -> None:
    policies = [policy_of_seed(seed + 500) for seed in SEEDS[:4]]
    for each in policies:
        plain, asked = Space(each), Space(each)
        goals = goals_of(asked)
        for key in Random(0).sample([*goals], min(5, len(goals))):
            asked.settle({key: goals[key]})
        found = asked.settle(goals)
        wanted = plain.settle(goals_of(plain))
        assert [type(a) for a in found.values()] == [type(a) for a in wanted.values()]


RULES = """
attr a.n : int in 0 .. 100 default 0
target near { at local }
rule one { when a.n > 3 deny }
rule two { when a.n > 3 and a.n < 2 deny }
"""


def test_after_the_deadline_the_solver_is_not_asked() -> None:
    space = Space(policy(RULES), time.monotonic() - 1)
    lane = space.formula().lanes["near"]
    one, two = (firing.fires for firing in lane.firings)
    found = space.settle({"one": one, "two": two, "no": space.terms.false})
    assert found["two"] is USED_UP
    assert isinstance(found["one"], Possible)  # guessed, which is right without any time
    assert shows(space, one, found["one"])
    assert isinstance(found["no"], Impossible)
    assert space.ask(one) is USED_UP


def test_a_guess_out_of_range_is_no_answer() -> None:
    """Of a label no more than the largest integer is found, over all roles."""
    text = "label l.a\ntarget near { at local }\nrule r { when found l.a from user deny }"
    space = Space(policy(text))
    users, others = space.symbols.label("l.a").counts
    most, one = space.terms.number(MAX_INT), space.terms.number(1)
    goals = {"one": space.terms.at_most(most, users), "two": space.terms.at_most(one, others)}
    assert all(isinstance(each, Possible) for each in space.settle(goals).values())
    both = space.settle({"both": space.terms.all(goals.values())})
    assert isinstance(both["both"], Impossible)


def test_nothing_asked_is_nothing_answered() -> None:
    assert Space(policy(RULES)).settle({}) == {}


def test_samples_of_what_was_shown() -> None:
    space = Space(policy(RULES))
    one, two = (firing.fires for firing in space.formula().lanes["near"].firings)
    samples = space.samples(space.settle({1: one, 2: two}).values())
    assert (len(samples.requests), samples.where(two)) == (2, 0)
    assert samples.where(one) in (0b10, 0b11)


def test_globs_with_too_many_outcomes_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("epol.compiler.smt.outcomes.MAX_STATES", 100)
    globs = " or ".join(f'request.code like "*{letter}*"' for letter in "hijklmno")
    text = f"attr request.code : string\ntarget near {{ at local }}\nrule r {{ when {globs} deny }}"
    with pytest.raises(TooManyOutcomesError):
        goals_of(Space(policy(text)))
