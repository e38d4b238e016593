"""Rules that are seen to change something do, when it is decided without them."""

from dataclasses import replace
from random import Random

import pytest

from epol.compiler.places import Place, places
from epol.compiler.smt.evaluate import assignment
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.mattering import mattering
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.space import Space
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Terms
from epol.lang.model import Policy
from epol.lang.request import Request
from tests.compiler.smt.seeded import policy_of_seed, requests
from tests.compiler.smt.test_removal import differs
from tests.fuzz.corpus import TOTAL
from tests.lang.policies import policy

SEEDS = range(30, max(TOTAL // 160, 12) + 30)
REQUESTS = 6


def compared(policy: Policy, place: Place, rng: Random) -> tuple[int, int]:
    """How many of the rules that change something on a request are seen, and how many do."""
    symbols = Symbols(Terms(), [policy])
    formula = Formula(policy, symbols, *place)
    assert mattering(formula, (), formula.rules) == frozenset()  # encodes all
    made = requests(policy, rng, REQUESTS, place.flow)
    shown = [replace(each, target=place.producer) for each in made]
    batch = Samples([assignment(symbols, each) for each in shown])
    seen = do = 0
    every = frozenset[str]()
    for index, request in enumerate(shown):
        found = mattering(formula, [(batch, 1 << index)], formula.rules)
        truly = {rule.name for rule in formula.rules if differs(policy, rule, request)}
        assert found <= truly, (found - truly, request)
        every, seen, do = every | found, seen + len(found), do + len(truly)
    together = mattering(formula, [(batch, (1 << len(shown)) - 1)], formula.rules)
    assert together <= every
    one_by_one = ((batch, 1 << index) for index in range(len(shown)))
    assert mattering(formula, one_by_one, formula.rules) == every
    return seen, do


def test_what_is_seen_is_so_and_most_of_it_is_seen() -> None:
    counts = [
        compared(policy, place, Random(seed))
        for seed in SEEDS
        for policy in [policy_of_seed(seed + 600)]
        for place in places(policy)
    ]
    seen, do = (sum(each) for each in zip(*counts, strict=True))
    assert do > 200
    assert seen > do / 2


ALL = """
attr a.n : int in 0 .. 9 default 0
label l.a
target near { at local }
target far { at cloud }
rule denies { when a.n > 3 and target.at == cloud deny }
rule allows { when a.n > 4 only target.at == local }
rule holds { when a.n > 5 hold }
rule caps { when a.n > 1 cap temperature 1 }
rule caps_more { when a.n > 3 cap temperature 0 }
rule caps_as_well { when a.n > 4 cap temperature 1 }
rule treats { when a.n > 2 redact l.a }
rule treats_less { when a.n > 3 mask l.a }
rule moves { when a.n < 9 and target.at == cloud prefer 2 }
rule moves_all { prefer 3 }
"""


def test_what_others_do_as_well_is_not_seen() -> None:
    """Nor is one of two restrictions: `allows` does nothing that `denies` does not do."""
    space = Space(policy(ALL))
    assert space.mattering(space.policy.rules) == {
        "denies", "holds", "caps", "caps_more", "treats", "moves",
    }  # fmt: skip


TREATS = """
label l.a
target near { at local }
rule guards { when sends l.a deny }
rule treats { redact l.a only target.at == cloud }
"""


def test_without_a_treatment_another_rule_may_do_as_much() -> None:
    """`treats` refuses the target, and without it `guards` does where the label is found."""
    only = policy(TREATS)
    symbols = Symbols(Terms(), [only])
    formula = Formula(only, symbols)
    assert mattering(formula, (), formula.rules) == frozenset()
    found = Request(labels={"l.a": {"user": 1}})
    batch = Samples([assignment(symbols, found)])
    assert not any(differs(only, rule, found) for rule in formula.rules if rule.name == "treats")
    assert "treats" not in mattering(formula, [(batch, 1)], formula.rules)


@pytest.mark.parametrize("amount", ["a.n", "a.n + a.m"])
def test_what_only_an_amount_reads_is_looked_at_too(amount: str) -> None:
    text = "attr a.n : int in 0 .. 9 default 1\nattr a.m : int in 0 .. 9 default 1\n"
    text += "target near { at local }\ntarget far { at cloud }\n"
    space = Space(policy(f"{text}rule r {{ when target.at == cloud prefer {amount} }}"))
    assert space.mattering(space.policy.rules) == {"r"}
