"""The solver's formula decides every request of the repository as the evaluator does."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from epol.compiler.pipeline import compile_policy
from epol.lang.model import Policy
from epol.lang.request import Request, RequestError, parse_json, read_request
from tests.differential.formulas import Formulas
from tests.differential.requests import Requests
from tests.spec.test_independent import entries

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = sorted(path.parent for path in (ROOT / "conformance").rglob("policy.epol"))
RANDOM = 10
"""Random requests beside those that a policy comes with."""


def check(policy: Policy, requests: list[Request]) -> None:
    """They are decided alike, and so are random ones."""
    formulas, rng = Formulas(policy), Random(1)
    if policy.targets:
        requests += [Requests(policy).request(rng) for _ in range(RANDOM)]
    assert not [request for request in requests if formulas.disagrees(request)]


def written(folder: Path) -> list[object]:
    """The requests of a conformance case."""
    data: dict[str, list[dict[str, object]] | None] = yaml.safe_load(
        (folder / "cases.yaml").read_text("utf-8")
    )
    cases = [*(data.get("cases") or []), *(data.get("claims") or [])]
    found = (case.get(key) for case in cases for key in ("request", "second"))
    return [each for each in found if each is not None]


def readable(policy: Policy, objects: list[object]) -> list[Request]:
    """Those that are not refused."""
    requests: list[Request] = []
    for each in objects:
        try:
            requests.append(read_request(each, policy))
        except RequestError:
            continue
    return requests


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_conformance(folder: Path) -> None:
    policy = compile_policy(folder / "policy.epol").policy
    if policy is not None:
        check(policy, readable(policy, written(folder)))


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["name"])
def test_independent_decisions(tmp_path: Path, entry: dict[str, Any]) -> None:
    path = tmp_path / "policy.epol"
    path.write_text(entry["policy"], encoding="utf-8")
    policy = compile_policy(path).policy
    assert policy is not None
    requests = readable(policy, [case["request"] for case in entry["cases"]])
    assert len(requests) == len(entry["cases"])
    check(policy, requests)


def test_the_example_of_a_hospital() -> None:
    folder = ROOT / "examples" / "hospital"
    policy = compile_policy(folder / "hospital.epol").policy
    assert policy is not None
    texts = [path.read_bytes() for path in sorted((folder / "requests").glob("*.json"))]
    assert texts
    check(policy, readable(policy, [parse_json(text) for text in texts]))
