"""The mutants of a policy: each kind of change, where it is, and what it is called."""

from pathlib import Path

import pytest

from epol.compiler.mutation.expressions import unit_of
from epol.compiler.mutation.mutants import mutants
from epol.lang.literals import MILLION, Kind
from epol.lang.model import RuleInfo
from epol.lang.semantics import parts, walk
from tests.compiler.building import HEAD, build

TARGETS = """target ward { at local context 8k }
target cloudy { at cloud }
attr a.n : int default 0
attr a.m : int default 0
attr a.x : bool default false
attr a.d : duration default 0s
label p.one
label p.two
detector one -> p.one { match /1/ }
detector two -> p.two { match /2/ }
"""


def changes(folder: Path, rule: str) -> list[tuple[str, str]]:
    """What is changed, and the text that the change is at."""
    built = build(folder, HEAD + TARGETS + f"rule r {{ {rule} }}")
    assert built.policy is not None, built.diagnostics
    return [(mutant.what, mutant.span.text) for mutant in mutants(built)]


def what(folder: Path, rule: str) -> list[str]:
    return [what for what, _ in changes(folder, rule)]


def test_a_rule_is_dropped_and_its_condition_negated_and_left_out(tmp_path: Path) -> None:
    assert changes(tmp_path, "when a.x deny") == [
        ("dropped", "r"),
        ("with its condition negated", "when a.x"),
        ("without its `when`", "when a.x"),
    ]
    assert changes(tmp_path, "when a.x unless a.n > 5 deny")[:4] == [
        ("dropped", "r"),
        ("with its condition negated", "when a.x unless a.n > 5"),
        ("without its `when`", "when a.x"),
        ("without its `unless`", "unless a.n > 5"),
    ]
    assert what(tmp_path, "unless a.x deny")[2] == "without its `unless`"
    assert what(tmp_path, "deny") == ["dropped"]


def test_parts_of_conditions_are_dropped_and_the_words_between_exchanged(tmp_path: Path) -> None:
    found = changes(tmp_path, "when a.x and (a.n > 5 or not a.x) deny")
    assert ("without `a.x`", "a.x") in found
    assert ("without `a.n > 5 or not a.x`", "a.n > 5 or not a.x") in found
    assert ("with `and` as `or`", "a.x and (a.n > 5 or not a.x)") in found
    assert ("without `not a.x`", "not a.x") in found
    assert ("with `or` as `and`", "a.n > 5 or not a.x") in found


@pytest.mark.parametrize(
    ("op", "flipped"),
    [("<", "<="), ("<=", "<"), (">", ">="), (">=", ">"), ("==", "!="), ("!=", "==")],
)
def test_comparisons_are_flipped(tmp_path: Path, op: str, flipped: str) -> None:
    wanted = f"with `a.n {op} a.m` as `a.n {flipped} a.m`"
    assert (wanted, f"a.n {op} a.m") in changes(tmp_path, f"when a.n {op} a.m deny")


def test_numbers_are_shifted_by_one_unit(tmp_path: Path) -> None:
    assert ("with `80ms` as `81ms`", "80ms") in changes(tmp_path, "when a.d > 80ms deny")
    assert what(tmp_path, "when a.d > 80ms deny")[-1] == "with `80ms` as `79ms`"
    assert "with `2` as `3`" in what(tmp_path, "when a.n in { 2, 7 } deny")
    assert "with `7` as `6`" in what(tmp_path, "when a.n in { 2, 7 } deny")
    # A divisor stays as it is, and so above zero.
    assert not any("`2`" in each for each in what(tmp_path, "when a.d / 2 > 4ms deny"))


@pytest.mark.parametrize(
    ("kind", "value", "unit"),
    [
        (Kind.INT, 8000, 1),
        (Kind.NUMBER, 700_000, 100_000),
        (Kind.NUMBER, 40 * MILLION, MILLION),
        (Kind.NUMBER, 123_456, 1),
        (Kind.MONEY, 50_000, 10_000),
        (Kind.DURATION, 80_000, 1000),
        (Kind.DURATION, 1_500_000, 1000),
        (Kind.DURATION, 7, 1),
        (Kind.SIZE, 512 * 1024**2, 1024**2),
        (Kind.SIZE, 1000, 1),
    ],
)
def test_one_unit_of_a_number(kind: Kind, value: int, unit: int) -> None:
    assert unit_of(kind, value) == unit


def test_a_range_is_changed_at_its_ends_only(tmp_path: Path) -> None:
    found = what(tmp_path, "when a.n in 2 .. 7 deny")
    assert not any(each.startswith("without `") and "its" not in each for each in found)
    assert "with `a.n >= 2` as `a.n > 2`" in found
    assert "with `and` as `or`" not in found


def test_effects_become_weaker_or_turn_around(tmp_path: Path) -> None:
    assert "without `deny`" in what(tmp_path, 'when a.x deny tag "t"')
    assert 'without `tag "t"`' in what(tmp_path, 'when a.x deny tag "t"')
    assert "without `only a.x`" in what(tmp_path, "only a.x hold")
    assert "with `a.n > 5` as `a.n >= 5`" in what(tmp_path, "only a.n > 5")
    assert what(tmp_path, "prefer 40") == [
        "dropped",
        "with its sign turned",
        "with `40` as `41`",
        "with `40` as `39`",
    ]
    assert "with `2k` as `2001`" in what(tmp_path, "cap max_output_tokens 2k")
    assert "with `low` as `medium`" in what(tmp_path, "cap reasoning_effort low")
    assert what(tmp_path, "cap reasoning_effort high") == ["dropped"]
    assert "with one more tool offered" in what(tmp_path, "tools none")


def test_treatments_become_weaker(tmp_path: Path) -> None:
    assert changes(tmp_path, "tokenize p.one, p.two")[1:] == [
        ("with `tokenize` as `generalize`", "tokenize p.one, p.two"),
        ("without `p.one`", "p.one"),
        ("without `p.two`", "p.two"),
    ]
    assert what(tmp_path, "mask p keep last 4") == [
        "dropped",
        "with `keep last 4` as `keep last 5`",
    ]
    assert "with `keep last 0` as `keep last 1`" in what(tmp_path, "mask p")
    found = what(tmp_path, "when sends p below tokenize deny")
    assert "with `below tokenize` as `below generalize`" in found
    assert not any("below" in each for each in what(tmp_path, "when sends p deny"))


def test_flows_are_dropped_one_by_one(tmp_path: Path) -> None:
    assert [each for each in changes(tmp_path, "on any deny") if "not on" in each[0]] == [
        ("not on request", "on any"),
        ("not on response", "on any"),
        ("not on tool_call", "on any"),
    ]


def test_rules_of_standard_modules_stay_and_those_of_own_modules_do_not(tmp_path: Path) -> None:
    text = HEAD + 'import std.edge\nimport "./m.epol"\n' + TARGETS
    built = build(tmp_path, text, m="module m\nrule own { when net.online deny }")
    found = list(mutants(built))
    assert {mutant.rule.name for mutant in found} == {"m.own"}
    assert found[0].title == "rule m.own dropped"


def test_a_mutant_is_the_policy_but_for_one_rule(tmp_path: Path) -> None:
    text = HEAD + TARGETS + "rule r { when a.x deny }\nrule s { when a.n > 1 + a.m hold }"
    built = build(tmp_path, text)
    assert built.policy is not None
    seen: set[tuple[RuleInfo, ...]] = set()
    for mutant in mutants(built):
        changed = mutant.policy(built.policy)
        assert changed.rules != built.policy.rules
        assert len(changed.rules) == 2 - (mutant.changed is None)
        assert changed.rules not in seen
        seen.add(changed.rules)
        for rule in changed.rules:
            assert all(parts(part) is not None for part in walk(rule.condition))
