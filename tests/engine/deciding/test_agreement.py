"""The engine decides as the reference evaluator does, on every case that is known."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given

from epol.compiler.pipeline import compile_policy
from epol.engine.policy import Policy as EnginePolicy
from epol.lang.model import Policy
from epol.lang.request import RequestError, parse_json
from tests.engine.deciding.agreeing import assert_agree, engine_policy
from tests.fuzz.corpus import ROOT, share
from tests.fuzz.test_requests import damaged, shaped
from tests.spec.test_independent import entries

CASES = sorted((ROOT / "conformance").rglob("cases.yaml"))


@pytest.mark.parametrize("path", CASES, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_the_engine_agrees_on_conformance(path: Path) -> None:
    policy = compile_policy(path.parent / "policy.epol").policy
    if policy is None:
        return
    engine = engine_policy(policy)
    data: dict[str, list[dict[str, Any]] | None] = yaml.safe_load(path.read_text("utf-8"))
    for case in data.get("cases") or []:
        if case.get("request") is not None:
            assert_agree(policy, engine, case["request"])


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["name"])
def test_the_engine_agrees_on_independent_decisions(tmp_path: Path, entry: dict[str, Any]) -> None:
    path = tmp_path / "policy.epol"
    path.write_text(entry["policy"], encoding="utf-8")
    policy = compile_policy(path).policy
    assert policy is not None
    engine = engine_policy(policy)
    for case in entry["cases"]:
        assert_agree(policy, engine, case["request"])


ENGINES: dict[int, EnginePolicy] = {}


def engine_of(policy: Policy) -> EnginePolicy:
    if id(policy) not in ENGINES:
        ENGINES[id(policy)] = engine_policy(policy)
    return ENGINES[id(policy)]


@share(8)
@given(shaped())
def test_the_engine_reads_any_values_as_the_reference_does(
    given_: tuple[Policy, dict[str, object]],
) -> None:
    policy, obj = given_
    assert_agree(policy, engine_of(policy), obj)


@share(8)
@given(damaged())
def test_the_engine_reads_damaged_requests_as_the_reference_does(
    given_: tuple[Policy, bytes],
) -> None:
    policy, data = given_
    try:
        obj = parse_json(data)
    except RequestError:
        return
    assert_agree(policy, engine_of(policy), obj)
