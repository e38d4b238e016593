"""Claims: what the solver says of them agrees with what they mean on single requests."""

from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from epol.compiler.pipeline import compile_policy
from epol.compiler.smt.answers import Undecided
from epol.compiler.smt.claims import Proved, Prover, Refuted, prove
from epol.lang.claims import is_allowed, is_counterexample
from epol.lang.model import ClaimInfo, Policy
from epol.lang.request import Request
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.lang.policies import claim, policy

ROOT = Path(__file__).resolve().parents[3]
CLAIMS = sorted(
    path.parent
    for path in (ROOT / "conformance" / "claims").rglob("cases.yaml")
    if "counterexample:" in path.read_text("utf-8")
)


def refuting_cases(folder: Path) -> set[str]:
    """The claims of a conformance case that one of its requests refutes."""
    data: dict[str, list[dict[str, Any]]] = yaml.safe_load((folder / "cases.yaml").read_text())
    return {entry["claim"] for entry in data["claims"] if entry["counterexample"]}


@pytest.mark.parametrize("folder", CLAIMS, ids=lambda folder: folder.name)
def test_what_a_case_refutes_the_solver_does(folder: Path) -> None:
    example = compile_policy(folder / "policy.epol").policy
    assert example is not None
    refuted = refuting_cases(folder)
    for each in example.claims:
        other = None if each.other is None else compile_policy(folder / each.other).policy
        verdict = prove(example, each, other)
        assert not isinstance(verdict, Undecided), (each.name, verdict)
        assert isinstance(verdict, Refuted) or each.name not in refuted


HEAD = """
attr a.n : int in 0 .. 100
attr a.tenant : string default ""
label pii.name
label pii.id
target home { at local }
target far { at cloud }
rule treat { when target.at == cloud tokenize pii.id }
rule guard { when sends pii and target.at == cloud deny }
rule busy { when a.n > 50 and target.at == cloud prefer 10 }
rule out { when a.tenant like "x-*" block }
"""


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("never sends pii and target.at == cloud", True),
        ("never found pii and target.at == cloud", False),
        ("never sends pii below hash and target.at == cloud", False),
        ("always target.at == local", False),
        ("always target.at in { local, cloud }", True),
        ('served when a.tenant != "x-1"', False),
        ('served when not (a.tenant like "x*")', True),
        ("chooses target.at == cloud when a.n >= 51 and not found pii", True),
        ("chooses target.at == cloud when a.n >= 51", False),
        ("chooses target.at == local when a.n < 51", True),
        ("never chooses target.at == cloud when a.n <= 50", True),
        ("never chooses target.at == cloud when a.n <= 51", False),
        ("never chooses target.at == cloud when not (a.n > 50 or found any)", True),
        ("raising a.n never chooses target.at == local", True),
        ("raising a.n never chooses target.at == cloud", False),
        ("lowering a.n never chooses target.at == cloud", True),
    ],
)
def test_claims_that_hold_and_twins_that_do_not(text: str, *, holds: bool) -> None:
    whole = f"{HEAD}prove p {{ {text} }}"
    verdict = prove(policy(whole), claim(whole, "p"))
    assert isinstance(verdict, Proved if holds else Refuted), verdict


def test_a_witness_is_plain() -> None:
    whole = f"{HEAD}prove p {{ never found pii and target.at == cloud }}"
    verdict = prove(policy(whole), claim(whole, "p"))
    assert verdict == Refuted(Request(labels={"pii.id": {"user": 1}}))


def test_policies_that_are_the_same_and_policies_that_are_not(tmp_path: Path) -> None:
    head = 'policy p version "1"\nattr a.n : int in 0 .. 9\nlabel x.y\ntarget t { at local }\n'
    other = tmp_path / "other.epol"
    twins = {
        "rule a { when a.n >= 4 and found x mask x keep last 2 }": True,
        "rule a { when a.n > 3 and found x mask x keep last 3 }": False,
        'rule a { when a.n > 3 mask x keep last 2 tag "t" }': True,
        "rule a { when a.n > 3 mask x keep last 2 cap temperature 1 }": False,
        'rule a { when a.n > 3 mask x keep last 2 } rule b { when a.n > 9 tools only "b" }': False,
        "rule a { when a.n > 3 mask x keep last 2 } rule b { when not (a.n < 10) hold }": False,
        "rule a { when a.n > 3 mask x keep last 2 } rule b { prefer a.n }": True,
    }
    path = tmp_path / "policy.epol"
    path.write_text(
        f'{head}rule a {{ when a.n > 3 mask x keep last 2 }}\nprove p {{ same as "./other.epol" }}'
    )
    example = compile_policy(path).policy
    assert example is not None
    for text, same in twins.items():
        other.write_text(head.replace("policy p", "policy q") + text)
        second = compile_policy(other).policy
        assert second is not None
        verdict = prove(example, example.claims[0], second)
        assert isinstance(verdict, Proved if same else Refuted), (text, verdict)


def test_without_the_other_policy_nothing_is_known() -> None:
    whole = f'{HEAD}prove p {{ same as "./missing.epol" }}'
    assert isinstance(prove(policy(whole), claim(whole, "p")), Undecided)


def test_globs_with_too_many_outcomes_leave_it_undecided() -> None:
    globs = " or ".join(f'a.tenant like "*{char}{char.upper()}*"' for char in "abcdefghijklmnop")
    whole = f"{HEAD}rule many {{ when {globs} deny }}\nprove p {{ always target.at == local }}"
    verdict = prove(policy(whole), claim(whole, "p"))
    assert isinstance(verdict, Undecided)
    assert "joint outcomes" in verdict.reason


@pytest.mark.parametrize("chunk", range(8))
def test_no_request_refutes_what_is_proved(chunk: int) -> None:
    """Random claims of random policies: refutations are replayed, proofs meet many requests."""
    proved = refuted = 0
    for seed in range(10 * chunk, 10 * chunk + 10):
        rng = Random(seed)
        example = compiled(policy_text(rng, most_rules=4, claims=4))
        assert example is not None
        prover = Prover(example)
        for each in example.claims:
            verdict = prover.prove(each)
            assert not isinstance(verdict, Undecided), (seed, each.name, verdict)
            if isinstance(verdict, Refuted):
                refuted += 1
                assert is_counterexample(example, each, verdict.request, verdict.second)
            else:
                proved += 1
                assert not refuting(rng, example, each)
    assert proved
    assert refuted


def refuting(rng: Random, example: Policy, each: ClaimInfo) -> list[Request]:
    """Those of many random requests that refute a claim."""
    requests = Requests(example)
    found: list[Request] = []
    for _ in range(60):
        request = requests.request(rng, each.flow)
        labels = {n: c for n, c in request.labels.items() if c is not None or n == "l.a.x"}
        request = replace(request, labels=labels)
        assert is_allowed(example, request)
        second = None
        if each.subject is not None:
            changed = requests.request(rng, each.flow).inputs.get(each.subject)
            inputs = {**request.inputs, each.subject: changed}
            known = {name: value for name, value in inputs.items() if value is not None}
            second = replace(request, inputs=known)
        if is_counterexample(example, each, request, second):
            found.append(request)
    return found
