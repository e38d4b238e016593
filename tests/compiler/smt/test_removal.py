"""What a rule changes, compared with deciding without it, request by request."""

from dataclasses import replace
from random import Random

from epol.compiler.places import places
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.removal import changes
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Terms
from epol.lang.claims import visible
from epol.lang.model import Policy, RuleInfo
from epol.lang.request import Request
from tests.compiler.smt.seeded import evaluated, policy_of_seed, requests

SEEDS = range(40)
REQUESTS = 12


def without(policy: Policy, rule: RuleInfo) -> Policy:
    """A policy without one of its rules."""
    return replace(policy, rules=tuple(each for each in policy.rules if each is not rule))


def compared(policy: Policy, rng: Random) -> list[bool]:
    """By request, place and rule: whether the rule changes something, as both say."""
    found: list[bool] = []
    for place in places(policy):
        symbols = Symbols(Terms(), [policy])
        formula = Formula(policy, symbols, *place)
        goals = {rule.name: (rule, changes(formula, rule)) for rule in formula.rules}
        made = requests(policy, rng, REQUESTS, place.flow)
        for request in (replace(each, target=place.producer) for each in made):
            values = evaluated(symbols, [goal for _, goal in goals.values()], request)
            for rule, goal in goals.values():
                assert values[goal] == differs(policy, rule, request), (rule.name, request)
                found.append(bool(values[goal]))
    return found


def differs(policy: Policy, rule: RuleInfo, request: Request) -> bool:
    """Whether deciding without a rule is another decision, as `same as` compares."""
    return visible(policy, request) != visible(without(policy, rule), request)


def test_a_rule_changes_what_is_decided_otherwise_without_it() -> None:
    """Each is so for a good part of the rules, else little is compared."""
    found = [each for seed in SEEDS for each in compared(policy_of_seed(seed + 400), Random(seed))]
    assert 0.1 < sum(found) / len(found) < 0.9
