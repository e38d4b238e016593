"""Programs that were damaged: refused, or proved to decide every request as before.

What is refused with a request decides that request differently in the engine; what is
proved decides random requests alike.  So nothing is let through, and nothing refused for
nothing.
"""

from __future__ import annotations

import os
from random import Random

import pytest

from epol.compiler.emit.text import text_plan
from epol.compiler.lower import lower
from epol.compiler.validation.refusal import RefusedError
from epol.compiler.validation.translation import DiffersError, validate
from epol.engine.bundle.program import Program
from epol.engine.bundle.program_codec import decode_program, encode_program
from epol.engine.decision import PolicyName
from epol.engine.errors import BundleError
from epol.engine.policy import Policy as EnginePolicy
from epol.engine.text.service import TextService
from epol.lang.decision import to_json
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.compiler.validation.damage import damaged
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.engine.deciding.agreeing import decided

SEEDS = range(12)
EVERY = 1 if os.environ.get("EPOL_FUZZ") else 25
"""One of how many damaged programs is tried."""
REQUESTS = 25


@pytest.mark.parametrize("seed", SEEDS)
def test_a_damaged_program_is_refused_unless_it_decides_alike(seed: int) -> None:
    policy = compiled(policy_text(Random(seed), most_rules=4))
    if policy is None:
        pytest.skip("a sum of this policy may leave 64 bits")
    program = lower(policy)
    refused = 0
    for index, (where, other) in enumerate(damaged(program)):
        if index % EVERY == seed % EVERY:
            refused += check(policy, other, where)
    assert refused


def check(policy: Policy, program: Program, where: str) -> bool:
    """Whether a damaged program is refused, rightly."""
    try:
        data = encode_program(program)
        read = decode_program(data)
    except (BundleError, OverflowError):
        return True
    try:
        validate(data, policy)
    except DiffersError as error:
        assert differs(policy, read, error.request), f"{where}: {error}"
        return True
    except RefusedError:
        return True
    requests, rng = Requests(policy), Random(where)
    for _ in range(REQUESTS):
        request = requests.request(rng)
        assert not differs(policy, read, request), where
    return False


def differs(policy: Policy, program: Program, request: Request) -> bool:
    """Whether the engine decides a request by a program otherwise than the evaluator."""
    name = PolicyName(policy.name, policy.version, policy.digest)
    engine = EnginePolicy(program, TextService(text_plan(policy)), name, {})
    return decided(engine, request) != to_json(decide(policy, request), policy)
