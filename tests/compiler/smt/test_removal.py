"""What a rule changes, compared with deciding without it, request by request."""

from dataclasses import replace
from random import Random

import pytest

from epol.compiler.places import places
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.removal import changes
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Terms
from epol.lang.claims import visible_in
from epol.lang.model import Policy, RuleInfo
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.compiler.smt.seeded import evaluated, policy_of_seed, requests
from tests.lang.policies import policy

SEEDS = range(30)
REQUESTS = 12


def without(policy: Policy, rule: RuleInfo) -> Policy:
    """A policy without one of its rules."""
    return replace(policy, rules=tuple(each for each in policy.rules if each is not rule))


def compared(policy: Policy, rng: Random, count: int = REQUESTS) -> list[bool]:
    """By request, place and rule: whether the rule changes something, as both say."""
    found: list[bool] = []
    for place in places(policy):
        symbols = Symbols(Terms(), [policy])
        formula = Formula(policy, symbols, *place)
        goals = {rule.name: (rule, changes(formula, rule)) for rule in formula.rules}
        made = requests(policy, rng, count, place.flow)
        for request in (replace(each, target=place.producer) for each in made):
            values = evaluated(symbols, [goal for _, goal in goals.values()], request)
            for rule, goal in goals.values():
                assert values[goal] == differs(policy, rule, request), (rule.name, request)
                found.append(bool(values[goal]))
    return found


def differs(policy: Policy, rule: RuleInfo, request: Request) -> bool:
    """Whether deciding without a rule is another decision, as `same as` compares."""
    now, then = (visible_in(decide(each, request)) for each in (policy, without(policy, rule)))
    return now != then


def test_a_rule_changes_what_is_decided_otherwise_without_it() -> None:
    """Each is so for a good part of the rules, else little is compared."""
    found = [each for seed in SEEDS for each in compared(policy_of_seed(seed + 400), Random(seed))]
    assert 0.1 < sum(found) / len(found) < 0.9


TARGETS = """
attr a.n : int in 0 .. 9 default 0
label l.a generalize by year
label l.b generalize by month
label l.c
target near { at local }
target far { at cloud }
"""


@pytest.mark.parametrize(
    "rules",
    [
        # A treatment lifts a restriction, or imposes one.
        "rule r { when a.n > 3 redact l.a }\nrule s { when sends l.a deny }",
        "rule r { when a.n > 3 redact l.a }\nrule s { when not sends l.a and found l.a deny }",
        # The same treatment with other details.
        "rule r { when a.n > 3 mask any keep last 2 }\n"
        "rule s { when a.n > 5 mask l.a keep last 4 }",
        'rule r { when a.n > 3 redact l.a with "x" }\nrule s { when a.n > 5 redact l.a with "y" }',
        "rule r { when a.n > 3 generalize any }\nrule s { when a.n > 5 generalize any by year }",
        "rule r { when a.n > 3 generalize any }\nrule s { when a.n > 5 generalize any by month }",
        "rule r { when a.n > 3 redact any }\nrule s { when a.n > 5 hash any except l.a }",
        # Another rule does as much, or less, or more.
        "rule r { when a.n > 3 cap temperature 1 }\nrule s { when a.n > 5 cap temperature 1 }",
        "rule r { when a.n > 3 cap temperature 1 }\nrule s { when a.n > 5 cap temperature 0 }",
        'rule r { when a.n > 3 tools only "m", "c" }\nrule s { when a.n > 5 tools only "m" }',
        'rule r { when a.n > 3 tools only "m" }\nrule s { when a.n > 5 tools only "m", "c" }',
        'rule r { when a.n > 3 tools only "m" }\nrule s { when a.n > 5 tools none }',
        "rule r { when a.n > 3 hold }\nrule s { when a.n > 5 and target.at == cloud hold }",
        "rule r { when a.n > 3 deny }\nrule s { when a.n > 5 only target.at == local }",
        # Points that move a target, or do not.
        "rule r { when a.n > 3 and target.at == cloud prefer 2 }\nrule s { when a.n > 5 block }",
        "rule r { when target.at == cloud prefer 2 }\n"
        "rule s { when a.n > 5 and target.at == local prefer 3 }",
        "rule r { when target.at == cloud prefer 2 }\n"
        "rule s { when a.n > 5 and target.at == cloud deny }",
    ],
)
def test_rules_that_do_nearly_the_same(rules: str) -> None:
    found = compared(policy(TARGETS + rules), Random(0), 60)
    assert {*found} == {False, True}
