"""Which rules make another one change nothing: such rules suffice, and all are needed."""

from pathlib import Path

import pytest

from epol.compiler.analysing import Known, OwnRule
from epol.compiler.pipeline import compile_policy
from epol.compiler.responsible import fewest, fewest_of_each
from epol.compiler.rule_questions import places_of
from epol.compiler.smt.answers import Answer, Impossible
from epol.compiler.smt.removal import changes
from epol.compiler.smt.space import Space
from epol.compiler.smt.terms import Bool
from tests.compiler.building import EDGE, write

HEAD = EDGE + "attr a.n : int in 0 .. 100 default 0\ntarget far { at cloud }\n"


def known(folder: Path, text: str, deadline: float | None = None) -> Known:
    """A policy that compiles."""
    return Known(compile_policy(write(folder, HEAD + text)), deadline)


def named(found: Known, name: str) -> OwnRule:
    """One of its own rules."""
    return next(rule for rule in found.own_rules if rule.name == name)


def idle(found: Known, rule: OwnRule, others: frozenset[str]) -> bool:
    """Whether a rule changes nothing beside some others, asked of the solver in one question."""
    goals = (
        changes(formula.keeping(others | {rule.name}), rule.info)
        for _, formula in places_of(found, rule.info)
    )
    return isinstance(found.space.ask(found.space.terms.any(goals)), Impossible)


ONE = "rule strict { when a.n > 10 deny }\nrule lax { when a.n > 20 deny }\n"
TWO = """
rule low { when a.n < 60 deny }
rule high { when a.n > 40 deny }
rule lax { when a.n in {1, 99} deny }
rule other { when a.n == 50 hold }
"""
FLOWS = """
rule asked { on any when a.n > 10 deny }
rule lax { on any when a.n > 20 deny }
rule response { on response when a.n > 5 deny }
"""
ALONE = "rule other { when a.n > 3 hold }\nrule lax { prefer 0 }\n"
THREE = """
rule a { when a.n < 30 deny }
rule b { when a.n >= 30 and a.n < 60 deny }
rule c { when a.n >= 60 deny }
rule d { when a.n >= 50 hold }
rule e { cap max_output_tokens 5 }
rule lax { deny }
"""


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (ONE, ["strict"]),
        (TWO, ["high", "low"]),
        (FLOWS, ["asked"]),
        (ALONE, list[str]()),
        (THREE, ["a", "b", "c"]),
    ],
)
def test_the_fewest_rules_suffice_and_each_is_needed(
    tmp_path: Path, text: str, wanted: list[str]
) -> None:
    found = known(tmp_path, text)
    rule = named(found, "lax")
    others = fewest(found, rule)
    assert others is not None
    assert sorted(others) == wanted
    assert idle(found, rule, others)
    assert not any(idle(found, rule, others - {name}) for name in others)


MANY = "rule wide { when a.n > 5 deny }\n" + "\n".join(
    f"rule r{i} {{ when a.n in {{{i}, {i + 30}}} deny }}" for i in range(10, 30)
)
"""Each is idle beside the first, and beside no other one."""


def test_each_of_several_has_its_own(tmp_path: Path) -> None:
    for text in (ONE, TWO, FLOWS, ALONE, THREE, MANY):
        found = known(tmp_path, text)
        rules = [
            rule for rule in found.own_rules if fewest(known(tmp_path, text), rule) is not None
        ]
        each = dict(fewest_of_each(found, rules))
        assert list(each) == rules
        for rule, others in each.items():
            assert others is not None
            assert idle(found, rule, others)
            assert not any(idle(found, rule, others - {name}) for name in others)


def test_what_one_rule_does_to_many_is_asked_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[object]()
    ask = Space.ask

    def counted(space: Space, *conditions: Bool, budget: float = 1.0) -> Answer:
        asked.append(conditions)
        return ask(space, *conditions, budget=budget)

    found = known(tmp_path, MANY)
    rules = [rule for rule in found.own_rules if rule.name != "wide"]
    monkeypatch.setattr(Space, "ask", counted)
    each = dict(fewest_of_each(found, rules))
    assert set(each.values()) == {frozenset({"wide"})}
    assert len(asked) < len(rules)


def test_a_rule_that_changes_something_has_none(tmp_path: Path) -> None:
    found = known(tmp_path, "rule other { when a.n > 30 deny }\nrule lax { when a.n > 20 deny }\n")
    assert fewest(found, named(found, "lax")) is None


def test_without_time_none_is_named(tmp_path: Path) -> None:
    found = known(tmp_path, ONE, deadline=0.0)
    assert fewest(found, named(found, "lax")) is None
