"""The engine's kernel and the reference evaluator decide alike: random policies and requests.

One at a time and in batches; every thirteenth policy has up to 64 targets and many labels.
A seed that ever showed a disagreement stands in `seeds.txt` and is tried again each time.
"""

from pathlib import Path
from random import Random, SystemRandom

import pytest

from epol.compiler.lower import lower
from epol.engine.bundle.program_codec import decode_program, encode_program
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.differential.shrinking import shrunk
from tests.engine.deciding.direct import Direct, disagreement, row_of
from tests.fuzz.corpus import FUZZING, TOTAL

CHUNKS = 20
REQUESTS = 40
"""Requests of one policy."""
CASES = 10 * TOTAL if FUZZING else 10_000
POLICIES = max(CASES // (CHUNKS * REQUESTS), 1)
SEEDS = Path(__file__).with_name("seeds.txt")


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_kernel_decides_as_the_evaluator(chunk: int) -> None:
    first = SystemRandom().randrange(2**40) if FUZZING else chunk * 1_000_000
    # A policy whose sums may leave 64 bits does not compile; others make up for it.
    seeds, left, skipped = iter(range(first, first + 2 * POLICIES + 20)), POLICIES, 0
    while left:
        if check(next(seeds)):
            left -= 1
        else:
            skipped += 1
    assert skipped <= POLICIES // 4 + 5


def test_what_once_disagreed_agrees() -> None:
    lines = SEEDS.read_text(encoding="utf-8").splitlines()
    for seed in (int(line.split()[0]) for line in lines if not line.startswith("#")):
        check(seed)


def text_of(seed: int) -> str:
    """The policy of a seed."""
    if seed % 13:
        return policy_text(Random(seed))
    return policy_text(Random(seed), 12, targets=(1, 64), more_labels=30)


def direct_of(policy: Policy) -> Direct:
    """The engine with the program of a policy, by way of the bytes of a bundle."""
    return Direct(decode_program(encode_program(lower(policy))))


def check(seed: int) -> bool:
    """Whether the policy of a seed compiles; if so, its requests are decided alike."""
    rng = Random(seed)
    text = text_of(seed)
    policy = compiled(text)
    if policy is None:
        return False
    direct, requests = direct_of(policy), Requests(policy)
    cases = [requests.request(rng) for _ in range(REQUESTS)]
    decisions = [decide(policy, request) for request in cases]
    for request, decision in zip(cases, decisions, strict=True):
        found = disagreement(direct, request, decision)
        assert not found, report(seed, text, request)
    asked = [case for case in zip(cases, decisions, strict=True) if case[0].flow == "request"] * 4
    if asked:
        rows = direct.rows([request for request, _ in asked])
        assert rows == [row_of(decision) for _, decision in asked], f"seed {seed} in a batch"
    return True


def report(seed: int, text: str, request: Request) -> str:
    """A small case of the disagreement that a seed shows."""
    small, few = shrunk(text, request, disagrees)
    policy = compiled(small)
    assert policy is not None
    found = disagreement(direct_of(policy), few, decide(policy, few))
    return f"seed {seed}\n{small}\n{few}\nevaluator, kernel: {found}"


def disagrees(policy: Policy, request: Request) -> bool:
    """Whether kernel and evaluator decide a request differently."""
    return bool(disagreement(direct_of(policy), request, decide(policy, request)))
