"""A request written as JSON is read back as it was."""

import json
from random import Random

import pytest

from epol.lang.request import parse_json, read_request
from epol.lang.writing import request_json
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests


@pytest.mark.parametrize("seed", range(20))
def test_a_request_is_read_back(seed: int) -> None:
    rng = Random(seed)
    policy = compiled(policy_text(rng))
    assert policy is not None
    for _ in range(20):
        request = Requests(policy).request(rng)
        text = json.dumps(request_json(request, policy))
        again = read_request(parse_json(text), policy)
        # In no text there is nothing to count, whether the request says so or not.
        nothing = {"text.digits": 0}
        assert {**nothing, **again.inputs} == {**nothing, **request.inputs}
        assert again.labels == request.labels
        assert (again.flow, again.target, again.text) == (
            request.flow,
            request.target,
            request.text,
        )
