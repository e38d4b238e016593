"""The pages of docs/comparisons: what is refuted of policies as published, that the cured ones
hold, and that figures are those of the baselines.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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


FIGURES = (COMPARISONS / "figures.md").read_text(encoding="utf-8")


def shown(heading: str) -> list[str]:
    """The last cells of the tables of a section, without their heads."""
    section = FIGURES.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[-2].strip() for line in section.splitlines() if line.startswith("|")]
    return [cell for cell in rows if cell[0].isdigit()]


def baseline(name: str) -> dict[str, Any]:
    """A committed baseline of the benches."""
    path = ROOT / "bench" / f"baseline_{name}.json"
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def test_the_figures_of_scanning_are_those_of_the_baseline() -> None:
    measured = baseline("scan")
    peers = sorted(measured["peers"].values(), key=lambda each: -each["ratio"])
    texts = ("clean 1 KB, ASCII", "clean 1 KB, as they come", "five findings")
    bare = [measured["everything"][each]["ratio"] for each in texts]
    assert shown("Scanning text") == [str(each) for each in [*(p["ratio"] for p in peers), *bare]]
    assert all(peer["version"] in FIGURES for peer in peers)
    assert f"{measured['rules']} detectors" in FIGURES
    assert f"({measured['everything']['detectors']:,} detectors)" in FIGURES


def test_the_figures_of_deciding_are_those_of_the_baseline() -> None:
    measured = baseline("decide")["the same policy elsewhere"]
    ours = measured["Engine.decide"]["cpu"]
    ratios = [measured[peer]["cpu"] / ours for peer in ("cedar", "cel", "python ifs")]
    assert shown("Deciding") == [f"{each:.2g}" if each < 10 else f"{each:.0f}" for each in ratios]
    assert all(measured[peer]["version"] in FIGURES for peer in ("cedar", "cel"))


def test_the_figures_of_enforcing_are_those_of_the_baseline() -> None:
    ratios = baseline("enforce")["ratios"]
    bodies = ("16 KB, clean", "16 KB, 20 treated spans", "answer, 16 KB, 20 tokens")
    assert shown("Enforcing") == [str(ratios[each]) for each in bodies]
