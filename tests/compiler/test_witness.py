"""A witness as a `test` block: it compiles, passes, and says the request whole."""

from dataclasses import replace
from random import Random

import pytest

from epol.compiler.testing import PASSED, run_test
from epol.compiler.witness import as_test
from epol.lang.model import Policy
from epol.lang.request import Request
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests


def plain(policy: Policy, request: Request) -> Request:
    """A request that a test can set: no defaults set to unknown, no empty or zero counts."""
    labels = {
        name: None if counts is None else {role: n for role, n in counts.items() if n}
        for name, counts in request.labels.items()
    }
    texts = {name: 0 for name, info in policy.inputs.items() if info.text is not None}
    found = {name: counts for name, counts in labels.items() if counts is None or counts}
    return replace(request, inputs={**texts, **request.inputs}, labels=found)


@pytest.mark.parametrize("seed", range(30))
def test_a_block_says_the_request_and_passes(seed: int) -> None:
    rng = Random(seed)
    text = policy_text(rng)
    before = compiled(text)
    assert before is not None
    requests = [plain(before, Requests(before).request(rng)) for _ in range(5)]
    blocks = [as_test(before, each, f'a "title" {i}') for i, each in enumerate(requests)]
    policy = compiled("\n".join([text, *blocks]))
    assert policy is not None
    assert len(policy.tests) == len(requests)
    for request, test in zip(requests, policy.tests, strict=True):
        outcome = run_test(policy, test)
        assert outcome.status == PASSED
        assert outcome.request is not None
        assert outcome.request.labels == request.labels
        assert {**outcome.request.inputs} == {**request.inputs}
        assert (test.flow, test.target) == (request.flow, request.target)
