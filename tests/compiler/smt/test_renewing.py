"""A renewed rule says the same in other objects."""

from random import Random

import pytest

from epol.compiler.smt.renewing import renewed
from epol.compiler.smt.strings import of_rule, with_parts
from epol.lang.model import Policy
from tests.differential.policies import compiled, policy_text


@pytest.mark.parametrize("seed", range(30))
def test_it_says_the_same_and_shares_no_expression(seed: int) -> None:
    policy: Policy | None = compiled(policy_text(Random(seed)))
    assert policy is not None
    for rule in policy.rules:
        new = renewed(rule)
        assert new == rule
        assert new.span == rule.span
        old = {id(node) for node in with_parts(of_rule(rule))}
        assert old.isdisjoint(id(node) for node in with_parts(of_rule(new)))
