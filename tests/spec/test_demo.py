"""`make demo` shows what it promises: data, places, rules, reasons and unknowns, in words."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "hospital" / "demo.py"


@pytest.fixture(scope="module")
def shown() -> str:
    ran = subprocess.run([sys.executable, DEMO], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_the_policy_is_checked_and_nothing_unproved_counts_as_proved(shown: str) -> None:
    assert "0 of 4 claims proved, 0 of 1 test passed" in shown
    assert shown.count("error[") == shown.count("error[claim-undecided]") + 1


def test_three_requests_are_explained(shown: str) -> None:
    assert shown.count("--explain") == 3
    assert shown.count("What would change it:") == 3


@pytest.mark.parametrize(
    "sentence",
    [
        "Found in it: Medical record number (phi.mrn), 1 span.",  # the data
        "azure (cloud, us-east) is chosen, with a score of 58.8875:",  # the place
        "rule tools_stay_home refuses it.",  # the rule
        "rule bulk_export refuses it — bulk PHI export.",  # its because
        "caller.roles is not known.",  # an unknown
        "rule research (to be safe: caller.roles is not known)",
    ],
)
def test_explanations_name_what_they_must(shown: str, sentence: str) -> None:
    assert sentence in shown


def test_explanations_have_no_identifier_of_the_implementation(shown: str) -> None:
    for word in ("None", "True", "False", "frozenset", "Treatment", "Lane", "epol."):
        assert not re.search(rf"\b{re.escape(word)}", shown)
