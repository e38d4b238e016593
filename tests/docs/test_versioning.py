"""The numbers on the page of versions are those of the code."""

from __future__ import annotations

import re

import pytest

from epol.compiler.evaluation import baseline
from epol.engine.bundle import container
from epol.engine.log import begin
from epol.engine.signals import budget_sqlite
from epol.engine.vault import sqlite
from epol.lang.builtins import EDITIONS
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "versioning.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("what", "now"),
    [
        ("the language", EDITIONS[-1]),
        ("[bundles](bundles.md)", container.FORMAT),
        ("[the decision log](decision-log.md)", begin.VERSION),
        ("a [vault](vault.md) in a file, the books of a budget", sqlite.FORMAT),
        ("a [vault](vault.md) in a file, the books of a budget", budget_sqlite.FORMAT),
        ("baselines of `epolc eval`", baseline.VERSION),
    ],
)
def test_the_page_says_what_is_written(what: str, now: int) -> None:
    row = re.search(rf"^\| {re.escape(what)} \| [^|]+ \| (\d+) \|", PAGE, re.MULTILINE)
    assert row, f"no row for {what}"
    assert int(row[1]) == now


def test_every_edition_is_read() -> None:
    assert tuple(range(1, EDITIONS[-1] + 1)) == EDITIONS


def test_bundles_of_this_format_and_the_one_before_are_read() -> None:
    newest = container.FORMAT
    assert set(container.READERS) == {newest, newest - 1} - {0}
