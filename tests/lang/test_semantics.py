"""What the conformance cases leave to the reference alone: blame, and the values of nodes."""

import pytest

from epol.lang.model import Prefer, RuleInfo
from epol.lang.semantics import Lane, parts
from tests.lang.policies import decided, lane, policy

POLICY = """
attr a.x : bool
attr a.y : bool
attr a.n : int in 0 .. 100
attr a.m : int in 0 .. 100
attr a.s : string
attr a.set : set { u, v }
attr a.e : enum { p, q }
attr request.tokens : int
attr request.max_output_tokens : int default 10
field speed : int
label phi.mrn
label phi.name
detector d -> phi.name { model "m" class PER }
target ward { at local price in $2 out $3 per 1 speed 5 }
target azure { at cloud }
rule r1 { when VALUE tag "x" }
"""


def condition(written: str, name: str = "ward", **keys: object) -> tuple[Lane, RuleInfo]:
    """The lane of a target, and the rule with a condition."""
    text = POLICY.replace("VALUE", written)
    return lane(text, name, **keys), policy(text).rules[0]


def blamed(written: str, name: str = "ward", **keys: object) -> list[str]:
    """The names because of which a condition is unknown."""
    on, rule = condition(written, name, **keys)
    return sorted(set(on.blame(rule.condition)))


ATTRIBUTES = {"a.x": True, "a.n": 5}


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("a.x", []),
        ("a.y", ["a.y"]),
        ("a.x and a.y", ["a.y"]),
        ("a.x or a.y", []),
        ("not a.x and a.y", []),
        ("not (a.y and a.x)", ["a.y"]),
        ("a.n + a.m > 5", ["a.m"]),
        ("a.m * 2 / 3 > 5", ["a.m"]),
        ("min(a.n, a.m) > 5", ["a.m"]),
        ("a.m in 1 .. 5", ["a.m"]),
        ("a.m in { 1, 5 }", ["a.m"]),
        ("a.set has u", ["a.set"]),
        ('a.s like "x*"', ["a.s"]),
        ("a.e == p", ["a.e"]),
        ("if(a.x, a.y, a.n > 3)", ["a.y"]),
        ("if(not a.x, a.y, a.n > 3)", []),
        ("if(a.y, a.m > 3, a.n > 3)", ["a.y"]),
        ("if(not a.x, a.y, a.m > 3)", ["a.m"]),
        ("target.speed > 3", []),
        ("azure.speed > 3", ["azure.speed"]),
        ("target.cost > $1", ["request.tokens"]),
        ("azure.cost > $1", ["azure.price", "request.tokens"]),
        ("target.up", []),
    ],
)
def test_only_what_could_have_changed_it_is_blamed(written: str, names: list[str]) -> None:
    assert blamed(written, attributes=ATTRIBUTES) == names


def test_a_field_without_a_value_is_blamed_under_its_target() -> None:
    assert blamed("target.speed > 3", "azure") == ["azure.speed"]


def test_an_unknown_label_is_blamed_and_a_known_one_is_not() -> None:
    labels = {"phi.name": None, "phi.mrn": 0}
    assert blamed("found phi", labels=labels) == ["phi.name"]
    assert blamed("count phi > 3", labels=labels) == ["phi.name"]
    assert blamed("sends phi", labels=labels) == ["phi.name"]
    assert blamed("found phi", labels={"phi.name": None, "phi.mrn": 1}) == []


def test_a_label_that_is_not_named_is_not_found() -> None:
    on, rule = condition("found phi")
    assert on.truth(rule.condition) is False
    assert on.counts("phi.mrn") == 0


def test_an_unknown_amount_is_blamed_and_adds_nothing() -> None:
    text = POLICY.replace('when VALUE tag "x"', "prefer a.m")
    decision = decided(text)
    assert decision.unknown == ("a.m",)
    assert decision.targets["ward"].score == 0
    effect = policy(text).rules[0].effects[0]
    assert isinstance(effect, Prefer)
    known = lane(text, "ward", attributes={"a.m": 3})
    assert known.points(effect) == 3_000_000


def test_an_unknown_that_decides_nothing_is_not_listed() -> None:
    text = POLICY.replace('when VALUE tag "x"', "when a.x only a.y")
    assert decided(text, attributes={"a.x": False}).unknown == ()
    assert decided(text, attributes={"a.y": True}).unknown == ()
    assert decided(text, attributes={"a.y": False}).unknown == ("a.x",)
    assert decided(text, attributes={"a.x": True}).unknown == ("a.y",)
    assert decided(text).unknown == ("a.x", "a.y")


def test_the_parts_of_an_expression_are_its_operands() -> None:
    _, rule = condition("if(a.x and not a.y, a.n + 2 * a.m > a.n / 4, a.m in { 1 })")
    assert len(parts(rule.condition)) == 3
    leaves, todo = 0, [rule.condition]
    while todo:
        inner = parts(todo.pop())
        leaves += not inner
        todo.extend(inner)
    assert leaves == 10


def test_a_policy_knows_its_targets_by_name() -> None:
    found = policy(POLICY.replace("VALUE", "a.x"))
    assert found.target("azure").name == "azure"
    assert found.has_target("ward")
    assert not found.has_target("other")
    with pytest.raises(KeyError):
        found.target("other")
