"""Decisions that are kept, and values that are kept from one policy to the next, are right."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from random import Random

import pytest

from epol.compiler.decided import decided, refusals, refusing
from epol.lang.builtins import Treatment
from epol.lang.model import InputInfo, Policy, RuleInfo, TargetInfo, Treat
from epol.lang.request import Request, complete
from epol.lang.semantics import decide, lanes_of
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.fuzz.corpus import TOTAL
from tests.lang.policies import policy as policy_of

SEEDS = max(TOTAL // 20, 60)

SENDS = """
label pii.name
target home { at local }
target far { at cloud }
rule treats { redact pii.name }
rule stays { when sends pii.name below redact and target.at == cloud deny }
"""


PRICED = """
attr request.tokens : int
attr request.max_output_tokens : int
target home { at local price in $1 out $1 per 1M }
target far { at cloud }
rule r { when home.cost > $0.005 and target.at == cloud deny }
"""


@pytest.mark.parametrize("chunk", range(4))
def test_policies_that_share_rules_are_decided_each_as_it_is(chunk: int) -> None:
    """A rule that is the same object in two policies has the values that it has in each."""
    for seed in range(chunk * 10_000, chunk * 10_000 + SEEDS // 4):
        rng = Random(seed)
        policy = compiled(policy_text(rng))
        if policy is None:
            continue
        asked = [Requests(policy).request(rng) for _ in range(4)]
        like = [policy, *_alike(policy, rng)]
        for each in rng.choices(like, k=2 * len(like)):
            for request in asked:
                _check(each, request)


def test_what_is_sent_depends_on_what_other_rules_say() -> None:
    policy = policy_of(SENDS)
    request = Request(labels={"pii.name": {"user": 1}})
    treats, stays = policy.rules
    open_ = replace(policy, rules=(stays,))
    assert decided(policy, request).order == ("home", "far")
    assert decided(open_, request).order == ("home",)
    assert decided(policy, request).order == ("home", "far")
    weaker = replace(treats, effects=(_weaker(treats),))
    assert decided(replace(policy, rules=(weaker, stays)), request).order == ("home",)


def priced() -> tuple[Policy, Policy, Request]:
    """A policy, another one in which its first target costs ten times as much, and a request."""
    policy = policy_of(PRICED)
    home, far = policy.targets
    assert home.price_in is not None
    dearer = replace(policy, targets=(replace(home, price_in=10 * home.price_in), far))
    request = Request(inputs={"request.tokens": 1000, "request.max_output_tokens": 1000})
    return policy, dearer, request


def test_what_a_rule_reads_of_another_target_is_what_that_has_now() -> None:
    policy, dearer, request = priced()
    for _ in range(2):
        assert decided(policy, request).order == ("home", "far")
        assert decided(dearer, request).order == ("home",)


def test_policies_that_share_rules_are_decided_side_by_side() -> None:
    """While one thread notes how it decided, another one reads what was noted of another policy."""
    policy, dearer, request = priced()
    copies = [replace((policy, dearer)[i % 2], name=f"p{i}") for i in range(400)]

    def order(each: Policy) -> tuple[str, ...]:
        return decided(each, request).order

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            orders = list(pool.map(order, copies))
    finally:
        sys.setswitchinterval(before)
    assert orders == [("home", "far"), ("home",)] * 200


def _weaker(rule: RuleInfo) -> Treat:
    [effect] = rule.effects
    assert isinstance(effect, Treat)
    return replace(effect, treatment=Treatment.MASK)


def _check(policy: Policy, request: Request) -> None:
    whole = complete(request, policy)
    assert decided(policy, request) == decide(policy, whole)
    refused = {lane.target.name: refusing(lane) for lane in lanes_of(policy, whole)}
    assert refusals(policy, request) == refused


def _alike(policy: Policy, rng: Random) -> Iterator[Policy]:
    """Policies of the same rules, or most of them, where one thing is another."""
    rules = policy.rules
    for at in range(len(rules)):
        yield replace(policy, rules=rules[:at] + rules[at + 1 :])
    yield replace(policy, rules=tuple(reversed(rules)))
    yield replace(policy, rules=tuple(map(_treating_less, rules)))
    yield replace(policy, inputs={n: _otherwise(i, rng) for n, i in policy.inputs.items()})
    yield replace(policy, targets=tuple(map(_emptied, policy.targets)))
    for at in range(len(policy.targets)):
        one = _emptied(policy.targets[at])
        yield replace(policy, targets=(*policy.targets[:at], one, *policy.targets[at + 1 :]))


def _treating_less(rule: RuleInfo) -> RuleInfo:
    weaker = (
        replace(e, treatment=Treatment.MASK) if isinstance(e, Treat) else e for e in rule.effects
    )
    return replace(rule, effects=tuple(weaker))


def _otherwise(info: InputInfo, rng: Random) -> InputInfo:
    return replace(info, fallback=None) if rng.random() < 0.5 else info


def _emptied(target: TargetInfo) -> TargetInfo:
    return replace(target, fields={})
