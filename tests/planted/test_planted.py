"""What `epolc check` finds, compared with all that there is to find, and every witness replayed."""

from pathlib import Path

import pytest

from tests.compiler.building import build
from tests.planted.cases import Case, cases
from tests.planted.comparing import disagreements
from tests.planted.judged import judged
from tests.planted.told import made


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()])
def test_the_checker_finds_what_is_there_and_nothing_else(case: Case, tmp_path: Path) -> None:
    for text in (case.faulty, case.clean):
        it = judged(build(tmp_path, text), case.domains, case.texts)
        assert disagreements(it, tmp_path, text) == [], text


def test_some_findings_are_compared() -> None:
    assert made()
