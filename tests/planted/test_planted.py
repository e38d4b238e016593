"""What `epolc check` finds, compared with all that there is to find, and every witness replayed."""

from pathlib import Path

import pytest

from tests.compiler.building import build
from tests.planted.cases import Case, cases
from tests.planted.comparing import disagreements
from tests.planted.corners import CORNERS, IMPORTED, IMPORTING
from tests.planted.frames import EDGE_DOMAINS
from tests.planted.judge import findings
from tests.planted.judged import judged
from tests.planted.told import made


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
def test_the_checker_finds_the_fault_and_finds_that_the_cure_cures(
    case: Case, tmp_path: Path
) -> None:
    it = judged(build(tmp_path, case.faulty), case.domains, case.texts)
    there = findings(it)
    assert case.planted <= there
    assert disagreements(it, tmp_path, case.faulty, there) == [], case.faulty
    it = judged(build(tmp_path, case.clean), case.domains, case.texts)
    there = findings(it)
    assert there == frozenset()
    assert disagreements(it, tmp_path, case.clean, there) == [], case.clean


@pytest.mark.parametrize("name", CORNERS)
def test_the_checker_finds_what_is_in_the_corners(name: str, tmp_path: Path) -> None:
    text = CORNERS[name]
    it = judged(build(tmp_path, text), EDGE_DOMAINS if "import std.edge" in text else None)
    assert disagreements(it, tmp_path, text) == [], text


def test_the_checker_finds_what_is_in_a_module(tmp_path: Path) -> None:
    it = judged(build(tmp_path, IMPORTING, ward_rules=IMPORTED))
    assert ("rule-never-fires", ("ward_rules.never",)) in findings(it)
    assert disagreements(it, tmp_path, IMPORTING) == []


def test_some_findings_are_compared() -> None:
    assert made()
