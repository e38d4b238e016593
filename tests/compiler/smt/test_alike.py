"""One label for all that policies never tell apart: requests with it decide the same."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest

from epol.compiler.smt.alike import spared, standing
from epol.lang.claims import is_allowed
from epol.lang.decision import Decision
from epol.lang.model import Counts
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
    stands = standing([policy(HEAD + "rule r { when found pii redact pii }")])
    assert stands["pii.phone"] == stands["pii.card"] == "pii.email"
    assert stands["pii.name"] == "pii.name"  # a model may leave it unknown
    assert stands["pii.born"] == "pii.born"  # it is generalized otherwise
    assert stands["other.thing"] not in ("pii.email", "pii.name", "pii.born")


def test_what_is_named_stands_for_itself() -> None:
    rules = "rule r { when found pii redact pii except pii.card }"
    assert standing([policy(HEAD + rules)])["pii.card"] != "pii.email"


def test_two_policies_tell_more_apart() -> None:
    one, other = (policy(HEAD + f"rule r {{ redact {name} }}") for name in ("pii", "pii.card"))
    assert standing([one])["pii.card"] == "pii.email"
    assert standing([one, other])["pii.card"] == "pii.card"


def test_of_some_labels_others_are_spared() -> None:
    one = policy(HEAD + "rule r { when found pii redact pii }")
    assert spared([one], ["pii.card", "pii.phone", "pii.born"]) == {"pii.phone"}


@pytest.mark.parametrize("seed", range(40))
def test_spans_of_one_label_may_stand_for_those_of_another(seed: int) -> None:
    rng = Random(seed)
    whole = compiled(policy_text(rng, more_labels=6))
    if whole is None:
        pytest.skip("a random sum may leave 64 bits")
    stands, requests = standing([whole]), Requests(whole)
    for _ in range(30):
        request = requests.request(rng)
        if is_allowed(whole, request):
            moved = replace(request, labels=_moved(stands, request))
            assert _shape(stands, decide(whole, request)) == _shape(stands, decide(whole, moved))


def _moved(stands: Mapping[str, str], request: Request) -> dict[str, Counts]:
    """The counts of all labels under those that stand for them."""
    labels: dict[str, Counts] = {n: c for n, c in request.labels.items() if c is None}
    counted: dict[str, Counter[str]] = {}
    for name, counts in request.labels.items():
        if counts is not None:
            counted.setdefault(stands[name], Counter()).update(counts)
    return {**labels, **{name: dict(counts) for name, counts in counted.items()}}


def _shape(stands: Mapping[str, str], decision: Decision) -> Decision:
    """A decision with its labels replaced by those that stand for them."""
    targets = {
        name: replace(
            target, treatments={stands[label]: d for label, d in target.treatments.items()}
        )
        for name, target in decision.targets.items()
    }
    unknown = tuple(sorted({stands.get(name, name) for name in decision.unknown}))
    return replace(decision, targets=targets, labels={}, unknown=unknown)
