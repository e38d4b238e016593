"""Trying mutants: what notices one, which decide the same, and what tells survivors apart."""

import json
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
import yaml

from epol.compiler import analysis
from epol.compiler.analysing import Known
from epol.compiler.analysis import Finding
from epol.compiler.analysis.target_without_context import TARGET_WITHOUT_CONTEXT
from epol.compiler.cases import decided_cases
from epol.compiler.generation.reading import Reading
from epol.compiler.mutation.differing import is_different
from epol.compiler.mutation.kit import Check, Kit
from epol.compiler.mutation.mutants import mutants
from epol.compiler.mutation.running import CLAIMS, FINDINGS, MADE, TESTS, Mutation, mutate
from epol.compiler.pipeline import Compiled
from epol.compiler.resolve.scope import SIGNAL_UNDER_TARGET
from epol.compiler.testing import FAILED, PASSED, Outcome, run_test
from epol.lang.claims import is_allowed
from epol.lang.decision import Decision
from epol.lang.diagnostics import Diagnostic
from epol.lang.model import Const
from epol.lang.request import Request, complete
from epol.lang.semantics import decide
from tests.compiler.building import HEAD, WARD, build
from tests.differential.policies import policy_text
from tests.differential.requests import Requests

DECLARED = (
    HEAD
    + WARD
    + """target cloudy { at cloud context 64k }
attr a.n : int in 0 .. 100 default 0
attr a.x : bool default false
label p.one
label p.two
detector one -> p.one { match /1/ }
detector two -> p.two { match /2/ }
"""
)


def tried(built: Compiled, *, make: bool = False) -> Mutation:
    """What becomes of the mutants of a policy under its own tests."""
    return mutate(built, outcomes(built), make=make)


def outcomes(built: Compiled) -> list[Outcome]:
    assert built.policy is not None, built.diagnostics
    return [run_test(built.policy, test) for test in built.policy.tests]


def test_a_test_notices(tmp_path: Path) -> None:
    text = DECLARED + "rule r { when a.x deny }\n"
    text += 'test "x" { set a.x = true expect blocked }\ntest "no" { expect route ward }'
    found = tried(build(tmp_path, text))
    assert found.killed == {TESTS: 3}
    assert (found.total, found.survivors, found.undecided) == (3, [], [])


def test_a_failing_test_notices_nothing(tmp_path: Path) -> None:
    built = build(tmp_path, DECLARED + 'rule r { when a.x deny }\ntest "x" { expect blocked }')
    assert tried(built).killed[TESTS] == 0


def test_a_claim_notices(tmp_path: Path) -> None:
    text = DECLARED + "rule r { when found p and target.at == cloud deny }\n"
    text += "prove p { never sends p and target.at == cloud }\n"
    found = tried(build(tmp_path, text))
    assert found.killed[CLAIMS] > 0
    assert "without `target.at == cloud`" in [each.mutant.what for each in found.survivors]


def test_a_claim_with_another_policy_notices(tmp_path: Path) -> None:
    rule = "rule r { when a.x deny }\n"
    text = DECLARED + rule + 'prove same { same as "./other.epol" }'
    built = build(tmp_path, text, other=DECLARED + rule)
    assert built.policy is not None, built.diagnostics
    found = tried(built)
    assert found.killed == {CLAIMS: 3}


def test_a_refuted_claim_notices_nothing(tmp_path: Path) -> None:
    text = DECLARED + "rule r { when a.x deny }\nprove p { never target.at == local }"
    assert tried(build(tmp_path, text)).killed[CLAIMS] == 0


def _rule_without_condition(known: Known) -> Iterator[Diagnostic]:
    for rule in known.policy.rules:
        if isinstance(rule.condition, Const):
            yield TARGET_WITHOUT_CONTEXT.at(rule.span, "this rule has no condition")


def _note(known: Known) -> Iterator[Diagnostic]:
    for found in _rule_without_condition(known):
        yield SIGNAL_UNDER_TARGET.at(found.span, "this is a note")


@pytest.mark.parametrize(("finding", "noticed"), [(_rule_without_condition, 1), (_note, 0)])
def test_a_finding_that_the_policy_does_not_have_notices(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finding: Finding, noticed: int
) -> None:
    """Of whatever findings there are; notes do not count, as no check fails for them."""
    monkeypatch.setattr(analysis, "findings", lambda: {"made-up": finding})
    found = tried(build(tmp_path, DECLARED + "rule r { when a.x deny }\nrule s { hold }"))
    assert found.killed[FINDINGS] == noticed
    survivors = [each.mutant.what for each in found.survivors if each.mutant.rule.name == "r"]
    assert ("without its `when`" in survivors) == (not noticed)


def test_a_rule_that_is_gone_is_gone_from_the_source_too(tmp_path: Path) -> None:
    found = tried(build(tmp_path, DECLARED + "rule r { redact p.one }\nrule s { mask p.two }"))
    # A detector without a rule is a finding.
    assert found.killed[FINDINGS] == 2
    assert "dropped" not in [each.mutant.what for each in found.survivors]


def test_what_decides_the_same_does_not_count(tmp_path: Path) -> None:
    text = DECLARED + "rule r { when a.x deny }\nrule again { when a.x and a.n >= 0 deny }"
    found = tried(build(tmp_path, text))
    assert found.equivalent > 0
    assert not [each for each in found.survivors if each.mutant.what == "without `a.n >= 0`"]


@pytest.mark.parametrize(
    ("rules", "change", "lines"),
    [
        ('when a.x tag "t"', "dropped", ["set a.x = true", "expect route ward", 'tag "t"']),
        ('when a.x block tag "t"', 'without `tag "t"`', ["expect blocked", 'tag "t"']),
        ("when a.x cap max_output_tokens 5", "with `5` as `6`", ["cap max_output_tokens 5"]),
        ("when a.n > 50 deny", "with `a.n > 50` as `a.n >= 50`", ["a.n = 50", "not fired r"]),
        ("on response when a.x deny", "dropped", ["on response from ward", "expect blocked"]),
        (
            "when target.at == cloud prefer 5 - a.n",
            "with its sign turned",
            ["expect route cloudy"],
        ),
        ("when a.x hold", "dropped", ["expect hold ward"]),
        ("tokenize p", "with `tokenize` as `generalize`", ["tokenize p.one on ward"]),
    ],
)
def test_a_survivor_comes_with_a_test_that_notices_it(
    tmp_path: Path, rules: str, change: str, lines: list[str]
) -> None:
    built = build(tmp_path, DECLARED + f"rule r {{ {rules} }}\n")
    found = next(each for each in tried(built).survivors if each.mutant.what == change)
    assert found.test is not None
    for line in lines:
        assert line in found.test
    assert built.policy is not None
    [test] = Reading(built).read(found.test)
    assert run_test(built.policy, test).status == PASSED
    assert run_test(found.mutant.policy(built.policy), test).status == FAILED


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ('when a.x tools only "search"', "with one more tool offered"),
        ("when a.x mask p keep last 4", "with `keep last 4` as `keep last 5`"),
    ],
)
def test_what_no_test_can_say_comes_as_a_case(tmp_path: Path, rule: str, change: str) -> None:
    built = build(tmp_path, DECLARED + f"rule r {{ {rule} }}\n")
    found = next(each for each in tried(built).survivors if each.mutant.what == change)
    assert found.test is None
    assert found.case is not None
    path = tmp_path / "cases.yaml"
    path.write_text(f"cases:\n{found.case}\n", encoding="utf-8")
    assert json.loads(json.dumps(yaml.safe_load(path.read_text("utf-8"))))["cases"]
    assert built.policy is not None
    [case] = decided_cases(path, built.policy)
    changed = found.mutant.policy(built.policy)
    assert not case.fails(built.policy, decide(built.policy, case.request))
    assert case.fails(changed, decide(changed, case.request))
    assert change not in [
        each.mutant.what for each in mutate(built, outcomes(built), [path]).survivors
    ]


def test_texts_of_a_cases_file_notice_too(tmp_path: Path) -> None:
    built = build(tmp_path, DECLARED + "rule r { mask p keep last 4 }")
    path = tmp_path / "cases.yaml"
    path.write_text(
        "texts:\n  - name: a third\n    target: ward\n    text: 123456789012\n".replace(
            "123456789012", '"123456789012"'
        )
        + "    spans: [{label: p.one, start: 0, end: 12}]\n    treated: '********9012'\n",
        encoding="utf-8",
    )
    survivors = [each.mutant.what for each in mutate(built, (), [path]).survivors]
    assert "dropped" not in survivors


def test_made_tests_leave_no_survivor_that_a_test_can_notice(tmp_path: Path) -> None:
    text = DECLARED + "rule r { when a.n > 50 and target.at == cloud deny }\nrule s { tokenize p }"
    built = build(tmp_path, text)
    found = tried(built, make=True)
    assert found.killed[MADE] > len(found.made) > 0
    assert all(each.case for each in found.survivors)
    again = build(tmp_path, text + "\n" + "\n".join(found.made))
    done = tried(again)
    assert [each.mutant.what for each in done.survivors if each.case is None] == []
    assert done.killed[MADE] == 0


def test_one_test_may_tell_several_apart(tmp_path: Path) -> None:
    found = tried(build(tmp_path, DECLARED + "rule r { when a.x deny }")).survivors
    assert [each.told for each in found].count(None) < len(found)
    assert all(each.test for each in found)


def test_after_the_deadline_the_rest_is_undecided(tmp_path: Path) -> None:
    built = build(tmp_path, DECLARED + "rule r { when a.x deny }")
    found = mutate(built, (), deadline=0.0)
    assert [reason for _, reason in found.undecided] == ["the budget is used up"] * 3


def test_strings_beyond_the_limit_leave_it_undecided(tmp_path: Path) -> None:
    globs = " or ".join(f'a.s like "*{c}{c.upper()}*"' for c in "abcdefghijklmnop")
    text = DECLARED + f"attr a.s : string\nrule r {{ when {globs} deny }}"
    [reason, *_] = [reason for _, reason in tried(build(tmp_path, text)).undecided]
    assert "joint outcomes" in reason


def _random(folder: Path, seed: int) -> Compiled:
    built = build(folder, policy_text(Random(seed), 5))
    if built.policy is None:
        pytest.skip("a random sum may leave 64 bits")
    return built


@pytest.mark.parametrize("seed", range(1, 9))
def test_survivors_differ_and_equivalent_mutants_do_not(tmp_path: Path, seed: int) -> None:
    """Every survivor's test fails under it; on random requests the others decide the same."""
    built = _random(tmp_path, seed)
    policy, found = built.policy, mutate(built, ())
    assert policy is not None
    assert found.undecided == []
    reading = Reading(built)
    for each in found.survivors:
        if each.test is not None:
            [test] = reading.read(each.test)
            assert run_test(policy, test).status == PASSED
            assert run_test(each.mutant.policy(policy), test).status == FAILED
    survived = {(each.mutant.rule.name, each.mutant.changed) for each in found.survivors}
    rng, requests = Random(seed), Requests(policy)
    some = [complete(requests.request(rng), policy) for _ in range(40)]
    allowed = [request for request in some if is_allowed(policy, request)]
    same = [m for m in mutants(built) if (m.rule.name, m.changed) not in survived]
    assert len(same) == found.equivalent + found.killed.total()
    for mutant in same if not found.killed else ():
        changed = mutant.policy(policy)
        for request in allowed:
            pair = decide(policy, request), decide(changed, request)
            assert not is_different(*pair), mutant.title


@pytest.mark.parametrize("seed", range(20))
def test_what_a_changed_rule_does_is_seen_without_deciding_all(tmp_path: Path, seed: int) -> None:
    """The kit says of every mutant what whole decisions say."""
    built = _random(tmp_path, seed)
    policy = built.policy
    assert policy is not None
    rng, requests = Random(seed), Requests(policy)
    some = [requests.request(rng) for _ in range(8)]
    for request in some:
        original = decide(policy, request)
        kit = Kit(policy, [_anything_else(request, original)])
        for mutant in mutants(built):
            changed = mutant.policy(policy)
            differs = decide(changed, request) != original
            assert (kit.killer(mutant, changed) is not None) == differs, mutant.title


def _anything_else(request: Request, original: Decision) -> Check:
    return Check("", request, lambda _, decision: decision != original)
