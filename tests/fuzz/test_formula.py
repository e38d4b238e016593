"""The solver's formula and the reference evaluator decide alike: random policies and requests."""

from random import Random, SystemRandom

import pytest

from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.differential.formulas import Formulas
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.differential.shrinking import shrunk
from tests.fuzz.corpus import FUZZING, TOTAL

CHUNKS = 20
REQUESTS = 10
"""Requests of one policy."""
POLICIES = max(TOTAL // 5, 1000) // (CHUNKS * REQUESTS)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_formula_decides_as_the_evaluator(chunk: int) -> None:
    first = SystemRandom().randrange(2**40) if FUZZING else chunk * 1_000_000
    not_compiled = 0
    for seed in range(first, first + POLICIES):
        not_compiled += not check(seed)
    assert not_compiled <= POLICIES // 5


def check(seed: int) -> bool:
    """Whether the policy of a seed compiles; if so, its requests are decided alike."""
    rng = Random(seed)
    text = policy_text(rng)
    policy = compiled(text)
    if policy is None:
        return False
    formulas, requests = Formulas(policy), Requests(policy)
    for _ in range(REQUESTS):
        request = requests.request(rng)
        assert not formulas.disagrees(request), report(seed, text, request)
    return True


def report(seed: int, text: str, request: Request) -> str:
    """A small case of the disagreement that a seed shows."""
    small, few = shrunk(text, request, lambda policy, each: Formulas(policy).disagrees(each))
    policy = compiled(small)
    assert policy is not None
    decisions = Formulas(policy).decide(few), decide(policy, few)
    return f"seed {seed}\n{small}\n{few}\nformula: {decisions[0]}\nevaluator: {decisions[1]}"
