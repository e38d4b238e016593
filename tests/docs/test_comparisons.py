"""The policies of docs/comparisons: what is refuted as published, and that the cured ones hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from epol.compiler.examine import Examination, examine
from epol.lang.diagnostics import Severity
from tests.docs.blocks import ROOT

COMPARISONS = ROOT / "docs" / "comparisons"

REFUTED = {
    "vllm-privacy": {
        "pii_requests_stay",
        "code_requests_stay",
        "internal_docs_stay",
        "local_only_stays",
    },
    "litellm-sensitive": {"conversation_stays", "session_stays"},
    "opa-envoy": {"only_people", "never_oneself"},
}
FOUND = {
    "vllm-privacy": {"rule-never-fires"},
    "litellm-sensitive": {"restriction-lifted-by-detection"},
    "opa-envoy": {"decision-rests-on-unknown"},
}
"""Beside the claims, of the policies as published."""
CURED = {"vllm-privacy": 15, "litellm-sensitive": 4, "opa-envoy": 7}
"""How many claims the cured policies are proved to keep."""
REMAINS = {"opa-envoy": {"decision-rests-on-unknown"}}
"""Findings that are wanted: what is missing is refused."""


def outcomes(examined: Examination) -> dict[str, set[str]]:
    """Claims by what came of them, without the name of their module."""
    found: dict[str, set[str]] = {}
    for claim in examined.claims:
        found.setdefault(claim.outcome, set()).add(claim.name.rpartition(".")[2])
    return found


def others(examined: Examination) -> set[str]:
    """The names of all findings but refuted claims."""
    return {each.name for each in examined.diagnostics} - {"claim-refuted"}


def test_every_folder_is_expected_here() -> None:
    assert {path.parent.name for path in COMPARISONS.glob("*/policy.epol")} == set(REFUTED)


@pytest.mark.parametrize("peer", REFUTED)
def test_the_published_policy_breaks_what_its_page_says(peer: str) -> None:
    examined = checked(peer, "policy.epol")
    by_outcome = outcomes(examined)
    assert by_outcome.keys() == {"proved", "refuted"}
    assert by_outcome["refuted"] == REFUTED[peer]
    assert len(by_outcome["proved"]) == CURED[peer] - len(REFUTED[peer])
    assert others(examined) == FOUND[peer]


@pytest.mark.parametrize("peer", REFUTED)
def test_the_cured_policy_keeps_every_claim(peer: str) -> None:
    examined = checked(peer, "fixed.epol")
    by_outcome = outcomes(examined)
    assert by_outcome.keys() == {"proved"}
    assert len(by_outcome["proved"]) == CURED[peer]
    assert not [each for each in examined.diagnostics if each.severity == Severity.ERROR]
    assert others(examined) == REMAINS.get(peer, set())


def checked(peer: str, file: str) -> Examination:
    """A policy after `check`, of which every test has passed."""
    path: Path = COMPARISONS / peer / file
    examined = examine(path)
    assert examined.tests
    assert {outcome.status for outcome in examined.tests} == {"passed"}
    return examined
