"""One label for all that a policy never tells apart: it decides the same."""

from dataclasses import replace
from random import Random

import pytest

from epol.compiler.smt.alike import Alike, alike
from epol.lang.claims import is_allowed
from epol.lang.decision import Decision
from epol.lang.model import Counts, Policy
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.lang.policies import policy

HEAD = """
label pii.name
label pii.email
label pii.phone
label pii.card
label pii.born generalize by year
label other.thing
detector mail -> pii.email { match /@/ }
detector people -> pii.name { model "names" class PER }
target home { at local }
"""


def test_labels_that_nothing_tells_apart_have_one_that_stands_for_them() -> None:
    found = alike(policy(HEAD + "rule r { when found pii redact pii }"))
    assert found.stands_for["pii.phone"] == found.stands_for["pii.card"] == "pii.email"
    assert found.stands_for["pii.name"] == "pii.name"  # a model may leave it unknown
    assert found.stands_for["pii.born"] == "pii.born"  # it is generalized otherwise
    assert found.stands_for["other.thing"] not in ("pii.email", "pii.name", "pii.born")


def test_what_is_named_or_counted_stands_for_itself() -> None:
    rules = "rule r { when found pii redact pii except pii.card }"
    assert alike(policy(HEAD + rules)).stands_for["pii.card"] != "pii.email"
    counted = alike(policy(HEAD + "rule r { when count pii > 3 deny }"))
    assert {counted.stands_for[name] for name in ("pii.phone", "pii.card")} == {
        "pii.phone",
        "pii.card",
    }


def test_more_rules_tell_more_apart() -> None:
    text = HEAD + "rule r { redact pii }"
    [rule] = policy(HEAD + "rule s { redact pii.card }").rules
    assert alike(policy(text)).stands_for["pii.card"] == "pii.email"
    assert alike(policy(text), [rule]).stands_for["pii.card"] == "pii.card"


@pytest.mark.parametrize("seed", range(40))
def test_the_small_policy_decides_as_the_whole_does(seed: int) -> None:
    """A label stands for others by being found wherever one of them is."""
    rng = Random(seed)
    whole = compiled(policy_text(rng, more_labels=6))
    if whole is None:
        pytest.skip("a random sum may leave 64 bits")
    small = alike(whole)
    few, requests = small.policy(whole), Requests(whole)
    for _ in range(30):
        request = requests.request(rng)
        if is_allowed(whole, request):
            moved = _moved(small, request)
            assert _shape(small, whole, request) == _shape(small, few, moved)


def _moved(small: Alike, request: Request) -> Request:
    labels: dict[str, Counts] = {}
    for name, counts in request.labels.items():
        own = small.stands_for[name]
        known = labels.get(own, {})
        if counts is None or known is None:
            labels[own] = None
        else:
            roles = counts.keys() | known.keys()
            labels[own] = {role: max(counts.get(role, 0), known.get(role, 0)) for role in roles}
    return replace(request, labels=labels)


def _shape(small: Alike, whole: Policy, request: Request) -> Decision:
    """A decision with its labels replaced by those that stand for them."""
    decision = decide(whole, request)
    targets = {
        name: replace(
            target,
            treatments={small.stands_for[label]: d for label, d in target.treatments.items()},
        )
        for name, target in decision.targets.items()
    }
    unknown = tuple(sorted({small.stands_for.get(name, name) for name in decision.unknown}))
    return replace(decision, targets=targets, labels={}, unknown=unknown)
