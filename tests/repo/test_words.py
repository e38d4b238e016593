"""The sources speak of the product, and leave nothing for later."""

import re
from pathlib import Path

import pytest

from tests.repo.house import ROOT, tracked

# Spelt in halves, so that this file is judged like any other.
LATER = re.compile(r"\b(TO" r"DO|FIX" r"ME)\b")
HOMES = re.compile(r"(?<![\w.])/(home|root|Users)/[\w.]")


def texts() -> list[Path]:
    """The files that are text."""
    return [path for path in tracked() if b"\0" not in path.read_bytes()]


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    """Where a pattern occurs, as file:line."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in texts()
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_for_later() -> None:
    assert not lines_with(LATER)


def test_no_path_of_a_persons_machine() -> None:
    assert not lines_with(HOMES)


@pytest.mark.skipif(len(ROOT.parts) < 3, reason="a path as short as /src is a common word")
def test_no_path_of_this_checkout() -> None:
    assert not lines_with(re.compile(rf"(?<![\w.]){re.escape(str(ROOT))}(?![\w-])"))
