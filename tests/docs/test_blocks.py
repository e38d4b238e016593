"""Every fenced block of README.md and docs/ is run, here or by test_tutorial.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.blocks import ROOT, blocks, pages
from tests.docs.page import Page
from tests.docs.shell import end_all

TYPED = ROOT / "docs" / "tutorial.md"


def _name(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("page", [p for p in pages() if blocks(p) and p != TYPED], ids=_name)
def test_the_blocks_of_a_page_hold(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    run = Page(tmp_path)
    try:
        for block in blocks(page):
            run.run(block)
    finally:
        end_all()
    assert not run.problems, "\n".join(run.problems)
