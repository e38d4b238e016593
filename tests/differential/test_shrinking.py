"""What disagrees shrinks to what it needs."""

from random import Random

from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.differential.shrinking import shrunk


def is_treated(policy: Policy, request: Request) -> bool:
    """Stands for a disagreement: something is masked on the way to some target."""
    return any(target.treatments for target in decide(policy, request).targets.values())


def test_a_case_shrinks_while_it_still_shows_what_it_did() -> None:
    shown = 0
    for seed in range(8):
        rng = Random(seed)
        text = policy_text(rng)
        policy = compiled(text)
        assert policy is not None
        request = Requests(policy).request(rng)
        if not is_treated(policy, request):
            continue
        shown += 1
        small, few = shrunk(text, request, is_treated)
        again = compiled(small)
        assert again is not None
        assert is_treated(again, few)
        assert len(few.labels) == 1
        assert small.count("rule ") == small.count("target t") == 1
    assert shown
