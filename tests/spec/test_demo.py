"""`make hospital` shows what it promises: data, places, rules, reasons and unknowns, in words."""

from __future__ import annotations

import json
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


def test_the_policy_is_checked_and_its_claims_are_proved(shown: str) -> None:
    assert "0 errors, 4 warnings, 2 notes, 4 of 4 claims proved, 1 of 1 test passed" in shown
    assert "error[" not in shown


def test_the_note_is_scanned_and_its_escaped_address_is_found(shown: str) -> None:
    assert "notes.txt:2:13: phi.mrn (std.hipaa.mrn, 80 %)" in shown
    assert "notes.txt:4:48: pii.email (std.hipaa.email, 100 %)" in shown
    assert "seen in the percent text" in shown


def test_what_goes_to_the_cloud_has_tokens_in_place_of_values(shown: str) -> None:
    note = (DEMO.parent / "notes.txt").read_text(encoding="utf-8")
    treated = shown.partition("--target azure\n")[2].partition("\n\n")[0]
    assert len(re.findall(r"\[(?:phi\.mrn|pii\.email):[ghjklmnpqrstvwxz]{16}\]", treated)) == 3
    assert treated.splitlines()[0] == note.splitlines()[0]
    for value in ("00482913", "anna.berg"):
        assert value in note
        assert value not in treated


def test_the_labels_of_the_requests_are_found_in_their_text(shown: str) -> None:
    for path in (DEMO.parent / "requests").glob("*.json"):
        assert "labels" not in json.loads(path.read_text(encoding="utf-8"))
    assert "Medical record number (phi.mrn), 1 span; E-mail address (pii.email), 2 spans" in shown
    assert "Medical record number (phi.mrn), 48 spans" in shown


def test_three_requests_are_explained(shown: str) -> None:
    assert len(re.findall(r"^\$ epolc decide .* --explain$", shown, re.MULTILINE)) == 3
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
