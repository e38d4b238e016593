"""Variants of a formula decide as a formula that is made afresh does."""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

import pytest

from epol.compiler.places import REQUEST, places
from epol.compiler.smt.evaluate import Evaluator, assignment
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.leaves import COUNTS, TREATMENTS
from epol.compiler.smt.outputs import outputs
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Terms, Values
from epol.lang.decision import Decision, TargetDecision
from epol.lang.model import Policy, RuleInfo, Treat, Value
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.compiler.smt.seeded import policy_of_seed, requests
from tests.differential.requests import Requests
from tests.lang.policies import policy

SEEDS = range(40)
REQUESTS = 6


def some_rules(policy: Policy, rng: Random) -> frozenset[str]:
    """The names of about two thirds of the rules."""
    return frozenset(rule.name for rule in policy.rules if rng.random() < 0.7)


def with_rules(policy: Policy, rules: Iterable[RuleInfo]) -> Policy:
    """The same policy with other rules."""
    return replace(policy, rules=tuple(rules))


def without_treatments(rule: RuleInfo) -> RuleInfo:
    """A rule with what it does otherwise."""
    return replace(rule, effects=tuple(e for e in rule.effects if not isinstance(e, Treat)))


def of_any_place(policy: Policy, rng: Random) -> tuple[Formula, list[Request]]:
    """A formula of one of the places of a policy, partly made already, and requests there."""
    place = rng.choice([REQUEST, *places(policy)])
    formula = Formula(policy, Symbols(Terms(), [policy]), *place)
    if rng.random() < 0.5:
        outputs(formula)
    found = requests(policy, rng, REQUESTS, place.flow)
    return formula, [replace(each, target=place.producer) for each in found]


@pytest.mark.parametrize("seed", SEEDS)
def test_without_some_rules(seed: int) -> None:
    policy, rng = policy_of_seed(seed), Random(seed)
    formula, given = of_any_place(policy, rng)
    kept = some_rules(policy, rng)
    fewer = kept & some_rules(policy, rng)
    first = formula.keeping(kept)
    for names, variant in ((kept, first), (fewer, first.keeping(fewer))):
        left = with_rules(policy, (rule for rule in policy.rules if rule.name in names))
        evaluator = Evaluator(variant)
        for request in given:
            assert evaluator.decide(request) == decide(left, request)
    whole = Evaluator(formula)
    assert all(whole.decide(each) == decide(policy, each) for each in given)


@pytest.mark.parametrize("seed", SEEDS)
def test_without_some_treatments(seed: int) -> None:
    policy, rng = policy_of_seed(seed + 100), Random(seed)
    formula, given = of_any_place(policy, rng)
    treating, kept = some_rules(policy, rng), some_rules(policy, rng)
    rules = [r if r.name in treating else without_treatments(r) for r in policy.rules]
    untreated = frozenset(r.name for r in policy.rules) - treating
    pairs = [
        (formula.untreated(untreated), rules),
        (formula.untreated(untreated).keeping(kept), [r for r in rules if r.name in kept]),
        (formula.keeping(kept).untreated(untreated), [r for r in rules if r.name in kept]),
    ]
    for variant, left in pairs:
        evaluator = Evaluator(variant)
        for request in given:
            wanted = decide(with_rules(policy, left), request)
            found = evaluator.decide(request)
            assert (found.status, found.order) == (wanted.status, wanted.order)
            assert unfired(found) == unfired(wanted)


def unfired(decision: Decision) -> list[TargetDecision]:
    """What becomes of each target; a rule that only treats has no effect left to fire."""
    return [replace(target, fired=()) for target in decision.targets.values()]


def values_of_both(first: Symbols, second: Symbols, one: Request, other: Request) -> Values:
    """The unknowns of two requests; what is unknown in the second has the value of the first."""
    return {**assignment(second, other), **assignment(first, one)}


def agree(variant: Formula, fresh: Formula, values: Values) -> None:
    """Assert that all outputs of two formulas have the same values."""
    mine, its = outputs(variant), outputs(fresh)
    assert mine.keys() == its.keys()
    wanted = [*dict.fromkeys((*mine.values(), *its.values()))]
    found = fresh.terms.evaluated(wanted, values)
    assert {k: found[t] for k, t in mine.items()} == {k: found[t] for k, t in its.items()}


@pytest.mark.parametrize("seed", SEEDS)
def test_on_a_request_where_one_input_is_unknown(seed: int) -> None:
    policy, rng = policy_of_seed(seed + 200), Random(seed)
    first = Symbols(Terms(), [policy], unknown=frozenset())
    formula = Formula(policy, first)
    without = [name for name, info in policy.inputs.items() if info.fallback is None]
    read = frozenset[str]().union(
        *(f.reads for lane in formula.lanes.values() for f in lane.firings)
    )
    name = rng.choice([each for each in without if each in read] or without)
    second = Symbols(first.terms, [policy], unknown=frozenset([name]))
    variant = formula.on(second, frozenset([name, TREATMENTS]))
    outputs(variant)
    maker = Requests(policy)
    for _ in range(REQUESTS):
        given = known(policy, maker.request(rng, "request"))
        inputs = {n: value for n, value in given.inputs.items() if n != name}
        values = values_of_both(first, second, given, replace(given, inputs=inputs))
        agree(variant, Formula(policy, second), values)
        decided = Evaluator(variant).decide(replace(given, inputs=inputs))
        assert decided.order == decide(policy, replace(given, inputs=inputs)).order


def known(policy: Policy, request: Request) -> Request:
    """A request in which everything is known."""
    inputs = {
        name: value_of_any(policy, name) for name in policy.inputs if name not in request.inputs
    }
    labels = {name: counts or {} for name, counts in request.labels.items()}
    return replace(request, inputs={**inputs, **request.inputs}, labels=labels)


def value_of_any(policy: Policy, name: str) -> Value:
    """A value of an input."""
    maker, rng = Requests(policy), Random(name)
    while True:
        request = maker.request(rng, "request")
        if name in request.inputs:
            return request.inputs[name]


@pytest.mark.parametrize("seed", SEEDS)
def test_on_a_request_with_other_counts(seed: int) -> None:
    policy, rng = policy_of_seed(seed + 300), Random(seed)
    place = rng.choice([REQUEST, *places(policy)])
    first = Symbols(Terms(), [policy])
    second = Symbols(first.terms, [policy], apart=frozenset(policy.labels))
    formula = Formula(policy, first, *place)
    variant = formula.on(second, frozenset([COUNTS, TREATMENTS]))
    outputs(variant)
    maker = Requests(policy)
    evaluator = Evaluator(variant)
    for _ in range(REQUESTS):
        one = replace(maker.request(rng, place.flow), target=place.producer)
        unknown = {name for name, counts in one.labels.items() if counts is None}
        drawn = maker.request(rng, place.flow).labels
        labels = {n: None if n in unknown else drawn.get(n) or {} for n in policy.labels}
        other = replace(one, labels=labels)
        values = values_of_both(first, second, one, other)
        agree(variant, Formula(policy, second, *place), values)
        assert evaluator.decide(other) == decide(policy, other)


SENDS = """
label l.a
target near { at local }
rule treat { redact l.a }
rule strict { when sends l.a deny }
"""


def test_what_is_sent_depends_on_the_treatments_that_are_left() -> None:
    example = policy(SENDS)
    formula = Formula(example, Symbols(Terms(), [example]))
    found = Request(labels={"l.a": {"user": 1}})
    for each, order in (
        (formula, ("near",)),
        (formula.keeping(frozenset(["strict"])), ()),
        (formula.untreated({r.name for r in formula.rules}), ()),
        (formula.keeping(frozenset(["treat"])), ("near",)),
    ):
        assert Evaluator(each).decide(found).order == order
