"""The fewest wishes to give up, compared with trying all sets; and the plainest values."""

from collections.abc import Sequence
from itertools import combinations
from random import Random

import pytest

from epol.compiler.smt.alike import spared
from epol.compiler.smt.answers import Answer, Impossible, Possible, Undecided
from epol.compiler.smt.fewest import MOST_AT_ONCE, OUT_OF_TIME, Fewest
from epol.compiler.smt.plainest import plainest
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.witness import request_of
from epol.lang.model import Counts, Value
from tests.lang.policies import policy


class Conflicts:
    """Wishes of which some cannot be had together, answered without a solver."""

    def __init__(self, rng: Random) -> None:
        terms = Terms()
        self.wishes = [terms.boolean(str(index)) for index in range(rng.randint(1, 8))]
        self.cores = [
            frozenset(rng.sample(self.wishes, rng.randint(1, min(3, len(self.wishes)))))
            for _ in range(rng.randint(0, 6))
        ]
        self.asked = 0

    def ask(self, kept: Sequence[Bool]) -> Answer:
        """Impossible with a whole core, as a solver might say; it may say more than it needs."""
        self.asked += 1
        core = next((core for core in self.cores if core <= {*kept}), None)
        return Possible({}) if core is None else Impossible(tuple(core))

    def smallest(self) -> int:
        """How many must be given up, by trying all sets."""
        for size in range(len(self.wishes) + 1):
            for given in combinations(self.wishes, size):
                if all(core & {*given} for core in self.cores):
                    return size
        raise AssertionError


@pytest.mark.parametrize("seed", range(200))
def test_no_smaller_set_would_do(seed: int) -> None:
    conflicts = Conflicts(Random(seed))
    search = Fewest(conflicts.ask, conflicts.wishes, lambda: False)
    search.look()
    size = conflicts.smallest()
    if size > MOST_AT_ONCE:
        assert (search.is_far, search.found) == (True, [])
        return
    [found] = search.found
    assert len(found) == size
    assert all(core & {*found} for core in conflicts.cores)
    assert conflicts.asked <= len(conflicts.cores) + 1


@pytest.mark.parametrize("seed", range(200))
def test_every_single_wish_that_would_do_is_found(seed: int) -> None:
    conflicts = Conflicts(Random(seed))
    search = Fewest(conflicts.ask, conflicts.wishes, lambda: False)
    search.look(100)
    singles = [
        (wish,) for wish in conflicts.wishes if all(wish in core for core in conflicts.cores)
    ]
    if conflicts.cores and singles:
        assert search.found == singles


def test_what_nothing_helps_is_told() -> None:
    terms = Terms()
    wishes = [terms.boolean("a"), terms.boolean("b")]

    def never(_: Sequence[Bool]) -> Answer:
        return Impossible((terms.boolean("c"),))

    search = Fewest(never, wishes, lambda: False)
    search.look()
    assert (search.is_impossible, search.found, search.open) == (True, [], None)


def test_what_was_open_can_be_looked_for_again() -> None:
    answers: list[Answer] = [Undecided("because"), Possible({})]
    over = [True]

    def ask(_: Sequence[Bool]) -> Answer:
        return answers.pop(0)

    search = Fewest(ask, [Terms().boolean("a")], lambda: over[0])
    search.look()
    assert (search.open, search.found) == (OUT_OF_TIME, [])
    over[0] = False
    search.look()
    assert (search.open, search.found) == ("because", [])
    search.look()
    assert (search.open, search.found) == (None, [()])


TEXT = """
attr a.n : int in 0 .. 100k
attr a.m : int in 0 .. 100k default 5
attr a.set : set { p, q, r } default { p }
attr a.on : bool
signal s.n : int in 0 .. 100k default 5
label id.one
label id.two
label id.three
label id.four
detector two -> id.two { match /x{4}/ }
target near { at local }
rule r { when count id > 3 and a.n > 41234 and a.m > 5 deny }
rule s { when found id.four and a.set has q deny }
rule u { when a.m + s.n > 90k block }
"""


def asked(*, text: str = TEXT) -> tuple[Symbols, Solver]:
    """The symbols of a policy, all of them made, and a solver for them."""
    example = policy(text)
    symbols = Symbols(Terms(), [example], any_unknown=False)
    for name in example.inputs:
        symbols.input(name)
    for name in example.labels:
        symbols.label(name)
    return symbols, Solver([symbols])


def best(
    symbols: Symbols, solver: Solver, *conditions: Bool, budget: float = 60.0
) -> tuple[dict[str, Value], dict[str, Counts]]:
    """Inputs and labels of the plainest request."""
    found = solver.ask(*conditions)
    assert isinstance(found, Possible)
    request = request_of(symbols, plainest(solver, conditions, found, budget).values)
    return dict(request.inputs), dict(request.labels)


def test_nothing_asked_is_nothing_said() -> None:
    symbols, solver = asked()
    assert best(symbols, solver, symbols.terms.true) == ({}, {})


def test_numbers_are_round_and_members_few() -> None:
    symbols, solver = asked()
    terms = symbols.terms
    big = terms.below(terms.number(41_234), symbols.integer("a.n"))
    has = terms.negation(symbols.is_value("a.set", frozenset(["p"])))
    inputs, labels = best(symbols, solver, big, symbols.input("a.n").known, has)
    assert inputs["a.n"] == 50_000
    members = inputs["a.set"]
    assert isinstance(members, frozenset)
    assert len(members ^ {"p"}) == 1
    assert labels == {}


def test_attributes_give_way_before_signals_and_signals_before_labels() -> None:
    symbols, solver = asked()
    terms = symbols.terms
    sum_ = terms.total([symbols.integer("a.m"), symbols.integer("s.n")])
    either = terms.either(
        terms.below(terms.number(90_000), sum_), symbols.found("id.two"), symbols.found("id.one")
    )
    assert best(symbols, solver, either) == ({"a.m": 90_000}, {})


def test_one_label_stands_for_its_kind_and_the_rest_when_asked_for() -> None:
    symbols, solver = asked()
    every = [*policy(TEXT).labels]
    assert spared([policy(TEXT)], every) == {"id", "id.one", "id.three"}
    some = symbols.terms.either(*(symbols.found(name) for name in every))
    assert best(symbols, solver, some) == ({}, {"id.two": {"user": 1}})
    three = symbols.found("id.three")
    assert best(symbols, solver, three) == ({}, {"id.three": {"user": 1}})


def test_without_time_the_values_still_show_it() -> None:
    symbols, solver = asked()
    big = symbols.terms.below(symbols.terms.number(41_234), symbols.integer("a.n"))
    inputs, _ = best(symbols, solver, big, symbols.input("a.n").known, budget=0.0)
    assert inputs["a.n"] == 50_000
