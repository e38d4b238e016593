"""What refutes a claim, beyond what the conformance cases show."""

import pytest

from epol.lang.claims import is_allowed, is_counterexample
from tests.lang.policies import claim, policy, request

POLICY = """
attr a.n : int in 0 .. 100
attr a.x : bool
label phi.mrn
label phi.name
detector d -> phi.name { model "m" class PER }
target ward { at local }
target azure { at cloud }
rule r1 { when a.n > 50 and target.at == cloud prefer 10 }
prove calmer { raising a.n never chooses target.at == cloud }
prove same { same as "o.epol" when a.x }
prove never { never target.at == cloud }
prove answers { on response always target.at == cloud }
"""
OTHER = POLICY.replace("prefer 10", "avoid 10")


def refutes(name: str, *requests: dict[str, object], other: str | None = None) -> bool:
    """Whether requests refute a claim."""
    first, *second = [request(POLICY, **keys) for keys in requests]
    theirs = None if other is None else policy(other)
    after = second[0] if second else None
    return is_counterexample(policy(POLICY), claim(POLICY, name), first, after, theirs)


def at(n: int) -> dict[str, object]:
    return {"attributes": {"a.n": n}}


def test_raising_needs_a_second_request() -> None:
    with pytest.raises(ValueError, match="needs a second request"):
        refutes("calmer", at(5))
    assert refutes("calmer", at(50), at(51))
    assert not refutes("calmer", at(51), at(52))
    assert not refutes("calmer", at(51), at(50))


def test_same_as_needs_the_other_policy() -> None:
    with pytest.raises(ValueError, match="needs the other policy"):
        refutes("same", at(5))
    high: dict[str, object] = {"attributes": {"a.n": 60, "a.x": True}}
    assert refutes("same", high, other=OTHER)
    assert not refutes("same", high, other=POLICY)
    assert not refutes("same", {"attributes": {"a.n": 60, "a.x": False}}, other=OTHER)
    assert not refutes("same", {"attributes": {"a.n": 40, "a.x": True}}, other=OTHER)


def test_a_claim_speaks_of_its_own_flow_only() -> None:
    assert refutes("never", {})
    assert not refutes("never", {"flow": "response", "target": "azure"})
    assert refutes("answers", {"flow": "response", "target": "ward"})
    assert not refutes("answers", {"flow": "response", "target": "azure"})
    assert not refutes("answers", {})


def test_only_a_label_that_a_model_detects_may_be_unknown() -> None:
    assert is_allowed(policy(POLICY), request(POLICY, labels={"phi.name": None, "phi.mrn": 3}))
    assert not is_allowed(policy(POLICY), request(POLICY, labels={"phi.mrn": None}))
    assert not refutes("never", {"labels": {"phi.mrn": None}})
