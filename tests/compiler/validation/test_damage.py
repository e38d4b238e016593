"""Programs that were damaged: refused, or proved to decide every request as before.

What is refused with a request decides that request differently in the engine; what is
proved decides random requests alike.  So nothing is let through, and nothing refused for
nothing.
"""

from __future__ import annotations

from random import Random

import pytest

from epol.compiler.lower import lower
from epol.compiler.validation.refusal import RefusedError
from epol.compiler.validation.translation import DiffersError, validate
from epol.engine.bundle.program import Program
from epol.engine.bundle.program_codec import decode_program, encode_program
from epol.engine.errors import BundleError
from epol.lang.model import Policy
from epol.lang.semantics import decide
from tests.compiler.validation.damage import damaged
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.engine.deciding.direct import Direct, disagreement
from tests.fuzz.corpus import FUZZING

SEEDS = range(12)
EVERY = 1 if FUZZING else 60
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
        direct = Direct(decode_program(data))
    except (BundleError, OverflowError):  # what is no program at all
        return True
    try:
        validate(data, policy)
    except DiffersError as error:
        refused, shown = str(error), [error.request]
    except RefusedError:
        return True
    else:
        requests, rng = Requests(policy), Random(where)
        refused, shown = "", [requests.request(rng) for _ in range(REQUESTS)]
    differs = [bool(disagreement(direct, each, decide(policy, each))) for each in shown]
    assert any(differs) == bool(refused), f"{where}: {refused or 'not refused'}"
    return bool(refused)
