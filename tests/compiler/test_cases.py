"""`cases.yaml`: what passes, what fails and how it is told, what cannot be read."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from epol.compiler.cases import CasesError, compare, read_cases, run_cases
from tests.compiler.building import HEAD, write

POLICY = (
    HEAD
    + """
attr a.x : int in 0 .. 10
label phi.mrn generalize by year
target ward { at local }
target azure { at cloud }
rule no { when a.x > 5 and target.at == cloud deny because "too much" }
rule mask { when target.at == cloud mask phi keep last 4 }
rule tag { when a.x == 3 tag "three" score 0.5 }
prove stays { never target.at == cloud }
prove same { same as "./other.epol" }
"""
)


def problems(folder: Path, data: object, policy: str = POLICY, **files: str) -> dict[str, str]:
    """What is wrong with each case."""
    write(folder, policy, **files)
    path = folder / "cases.yaml"
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    return {each.name: each.problem for each in run_cases(path) if each.problem is not None}


def one(folder: Path, **case: Any) -> str | None:  # noqa: ANN401 (YAML)
    """What is wrong with one case."""
    return problems(folder, {"cases": [{"name": "c", **case}]}).get("c")


GIVEN = {"attributes": {"a.x": 3}, "labels": {"phi.mrn": 1}}


@pytest.mark.parametrize(
    "expect",
    [
        {"status": "route"},
        {"status": "route", "target": "ward", "order": ["ward", "azure"]},
        {"targets": {"azure": {"permitted": True, "score": 0.5, "tags": ["three"]}}},
        {"targets": {"azure": {"treatments": {"phi.mrn": "mask"}}}},
        {"targets": {"azure": {"details": {"phi.mrn": {"keep_last": 4}}}}},
        {"targets": {"ward": {"treatments": {}, "caps": {}, "tools": None}}},
        {"reasons": [], "unknown": [], "labels": {"phi.mrn": 1}},
    ],
)
def test_only_what_is_expected_is_compared(tmp_path: Path, expect: object) -> None:
    assert one(tmp_path, request=GIVEN, expect=expect) is None


@pytest.mark.parametrize(
    ("expect", "problem"),
    [
        ({"status": "block"}, "status: expected 'block', got 'route'"),
        ({"order": ["azure", "ward"]}, "order: expected ['azure', 'ward']"),
        ({"targets": {"moon": {}}}, "targets.moon is missing"),
        ({"targets": {"ward": {"score": 2}}}, "targets.ward.score: expected 2"),
        ({"targets": {"ward": {"permitted": 1}}}, "targets.ward.permitted: expected 1, got True"),
        ({"targets": {"azure": {"treatments": {}}}}, "targets.azure.treatments: expected {}"),
        (
            {"targets": {"ward": {"treatments": {"phi.mrn": "mask"}}}},
            "targets.ward.treatments: expected {'phi.mrn': 'mask'}, got {}",
        ),
        ({"reasons": [{"rule": "no"}]}, "reasons: expected [{'rule': 'no'}], got []"),
        ({"labels": {}}, "labels: expected {}"),
        ({"status": "block", "target": None}, "; target: expected None, got 'ward'"),
    ],
)
def test_what_differs_is_said(tmp_path: Path, expect: object, problem: str) -> None:
    assert problem in (one(tmp_path, request=GIVEN, expect=expect) or "")


def test_reasons_compare_each_in_part(tmp_path: Path) -> None:
    request = {"attributes": {"a.x": 9}}
    assert one(tmp_path, request=request, expect={"reasons": [{"rule": "no"}]}) is None
    wrong = {"reasons": [{"rule": "yes", "target": "azure"}]}
    assert one(tmp_path, request=request, expect=wrong) == (
        "reasons[0].rule: expected 'yes', got 'no'"
    )


def test_a_refusal_is_expected_or_not(tmp_path: Path) -> None:
    bad = {"attributes": {"a.x": 11}}
    assert one(tmp_path, request=bad, error="a.x") is None
    assert one(tmp_path, request=bad, error=["a.x", "0 .. 10"]) is None
    assert "does not say ['moon']" in (one(tmp_path, request=bad, error=["a.x", "moon"]) or "")
    assert (one(tmp_path, request=bad, expect={}) or "").startswith("refused: attributes: a.x")
    assert one(tmp_path, request=GIVEN, error="a.x") == "expected an error, got a decision"


def claimed(folder: Path, **case: Any) -> str | None:  # noqa: ANN401 (YAML)
    """What is wrong with one case of a claim."""
    data: dict[str, Any] = {"claims": [{"name": "c", **case}]}
    return problems(folder, data, other=POLICY.replace("mask phi", "hash phi")[:-1]).get("c")


def test_claims_are_refuted_or_not(tmp_path: Path) -> None:
    high = {"attributes": {"a.x": 3}}
    assert claimed(tmp_path, claim="stays", request=high, counterexample=True) is None
    told = claimed(tmp_path, claim="stays", request=high, counterexample=False)
    assert told == "counterexample: got True"
    low = {"attributes": {"a.x": 9}}
    assert claimed(tmp_path, claim="stays", request=low, counterexample=False) is None
    assert claimed(tmp_path, claim="moon", counterexample=True) == "there is no claim `moon`"
    bad = {"attributes": {"a.x": 11}}
    told = claimed(tmp_path, claim="stays", request=bad, counterexample=True)
    assert (told or "").startswith("attributes: a.x")


def test_a_claim_about_another_policy_needs_it(tmp_path: Path) -> None:
    data: dict[str, Any] = {"claims": [{"name": "c", "claim": "same", "counterexample": False}]}
    assert "other.epol" in problems(tmp_path, data)["c"]
    assert "needs the other policy" in problems(tmp_path, data, other="policy o )")["c"]


def test_a_treated_text_is_compared(tmp_path: Path) -> None:
    spans = [{"label": "phi.mrn", "start": 0, "end": 12}]
    case: dict[str, Any] = {
        "name": "c",
        "target": "azure",
        "text": "123456789012 x",
        "spans": spans,
    }
    right = {**case, "treated": "********9012 x", "counts": {"phi.mrn": 1}}
    assert problems(tmp_path, {"texts": [right]}) == {}
    assert "treated: expected" in problems(tmp_path, {"texts": [{**case, "treated": "x"}]})["c"]
    wrong = {**right, "counts": {"phi.mrn": 2}}
    assert "counts: expected" in problems(tmp_path, {"texts": [wrong]})["c"]


def test_the_errors_of_a_policy_are_compared_as_a_whole(tmp_path: Path) -> None:
    broken = HEAD + "rule r { when x.y deny }"
    assert problems(tmp_path, {"diagnostics": ["unknown-attribute"]}, broken) == {}
    assert problems(tmp_path, {}, broken) == {
        "diagnostics": "errors: expected [], got ['unknown-attribute']"
    }
    assert "diagnostics" in problems(tmp_path, {"diagnostics": ["let-cycle"]})


def test_cases_that_cannot_be_run_do_not_pass(tmp_path: Path) -> None:
    broken = HEAD + "rule r { when x.y deny }"
    data = {
        "diagnostics": ["unknown-attribute"],
        "cases": [{"name": "c", "expect": {"status": "route"}}],
    }
    assert problems(tmp_path, data, broken)


def test_what_a_case_covers_is_its_file_s_and_its_own(tmp_path: Path) -> None:
    write(tmp_path, POLICY)
    path = tmp_path / "cases.yaml"
    data: object = {
        "covers": ["S1.01"],
        "cases": [{"name": "c", "covers": ["S1.02"], "expect": {"status": "route"}}],
    }
    path.write_text(yaml.safe_dump(data), encoding="utf-8")
    assert [(each.name, each.covers) for each in run_cases(path)] == [
        ("diagnostics", ("S1.01",)),
        ("c", ("S1.01", "S1.02")),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "while parsing"),
        ("- 5", "the file is not a mapping"),
        ("caes: []", "the file has an unknown key `caes`"),
        ("cases: 5", "`cases` is not a list"),
        ("cases: [5]", r"cases\[0\] is not a mapping"),
        ("cases: [{name: x, expct: {}}]", r"cases\[0\] has an unknown key `expct`"),
        ("cases: [{name: x}]", r"cases\[0\] needs name and expect or error"),
        ("cases: [{expect: {}}]", r"cases\[0\] needs name and"),
        ("claims: [{name: x, claim: y}]", r"claims\[0\] needs name, claim and counterexample"),
        ("claims: [{name: x, counterexample: true}]", r"claims\[0\] needs"),
        ("texts: [{name: x}]", r"texts\[0\] needs name, target, text and treated"),
        ("texts: [{name: x, treated: x}]", r"texts\[0\] needs"),
    ],
)
def test_a_file_that_is_no_file_of_cases_is_refused(
    tmp_path: Path, text: str, message: str
) -> None:
    path = tmp_path / "cases.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CasesError, match=message):
        read_cases(path)


def test_the_policy_may_be_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "at").mkdir()
    write(tmp_path / "at", POLICY)
    path = tmp_path / "cases.yaml"
    case = {"name": "c", "request": {"attributes": {"a.x": 6}}, "expect": {"order": ["ward"]}}
    path.write_text(yaml.safe_dump({"policy": "at/policy.epol", "cases": [case]}))
    assert [each.problem for each in run_cases(path)] == [None, None]
    path.write_text(yaml.safe_dump({"policy": "not/policy.epol"}))
    with pytest.raises(CasesError, match=r"its policy, not/policy\.epol, is no file"):
        run_cases(path)


def test_test_blocks_are_run_as_in_the_policy(tmp_path: Path) -> None:
    good = 'test "good" { set a.x = 3 expect tag "three" }'
    bad = 'test "bad" { set a.x = 3 expect blocked }'
    assert problems(tmp_path, {"tests": f"{good}\n{bad}"}) == {
        "bad": "the request goes to ward",
    }
    own = POLICY + 'test "of the policy" { expect blocked }'
    assert problems(tmp_path, {"tests": good}, own) == {}


@pytest.mark.parametrize(
    ("tests", "message"),
    [
        ("rule r { deny }", "`tests` has something else than `test` blocks"),
        ('test "t" {\n  set a.y = 1\n  expect blocked }', "tests, line 2: `a.y` is not"),
        ('test "t" {', "tests, line 1: "),
        (3, "`tests` is not a text"),
    ],
)
def test_what_are_no_tests_is_refused(tmp_path: Path, tests: object, message: str) -> None:
    with pytest.raises(CasesError, match=message):
        problems(tmp_path, {"tests": tests})


def test_a_file_must_be_there_and_beside_its_policy(tmp_path: Path) -> None:
    path = tmp_path / "cases.yaml"
    with pytest.raises(CasesError, match="No such file"):
        run_cases(path)
    path.write_bytes(b"\xff")
    with pytest.raises(CasesError, match="codec"):
        run_cases(path)
    path.write_text("cases: []", encoding="utf-8")
    with pytest.raises(CasesError, match="there is no policy"):
        run_cases(path)


def test_a_bool_is_no_number() -> None:
    assert list(compare("x", 1, True))
    assert list(compare("x", False, 0))
    assert not list(compare("x", 1, 1))
