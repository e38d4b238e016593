"""The tables of docs/patterns.md are right, line by line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from epol.compiler.patterns.errors import PatternError
from epol.compiler.patterns.parse import parse
from epol.compiler.pipeline import compile_policy
from epol.compiler.scanning import scanner_of
from tests.docs.blocks import ROOT

PAGE = (ROOT / "docs" / "patterns.md").read_text(encoding="utf-8")
_CELL = re.compile(r"(?<!\\)\|")
_CODE = re.compile(r"`([^`]+)`")


def rows(heading: str) -> list[list[str]]:
    """The cells of the table of a section, without its head."""
    section = PAGE.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("\\|", "|") for cell in _CELL.split(line)[1:-1]] for line in lines[2:]
    ]


def code(cell: str) -> list[str]:
    """What stands in code in a cell."""
    return _CODE.findall(cell)


def found(folder: Path, pattern: str, text: str) -> list[str]:
    """What a detector with a pattern finds in a text."""
    path = folder / "policy.epol"
    path.write_text(
        f'policy p version "1"\nlabel a.b\ndetector d -> a.b {{ match {pattern} }}\n',
        encoding="utf-8",
    )
    compiled = compile_policy(path)
    assert compiled.policy is not None, [each.message for each in compiled.diagnostics]
    findings = scanner_of(compiled.policy).scan(text).findings
    assert all(each.view == "original" for each in findings)
    return [text[each.start : each.end] for each in findings]


THERE = rows("What there is")
LACKING = [(each, cure) for cell, cure in rows("What is not there") for each in code(cell)]


def test_the_tables_are_read() -> None:
    assert len(THERE) > 30
    assert len(LACKING) > 30


@pytest.mark.parametrize("row", THERE, ids=lambda row: row[0])
def test_a_pattern_finds_what_the_page_says(row: list[str], tmp_path: Path) -> None:
    [pattern], [text] = code(row[0]), code(row[1])
    assert found(tmp_path, pattern, text) == code(row[2])


@pytest.mark.parametrize(("construct", "cure"), LACKING)
def test_what_is_not_there_is_refused_with_the_cure(construct: str, cure: str) -> None:
    written = re.fullmatch(r"/(.*)/([a-z]*)", construct)
    regex, flags = written.groups() if written else (construct, "")
    with pytest.raises(PatternError) as refused:
        parse(regex, flags)
    assert refused.value.kind == "unsupported"
    assert refused.value.help == cure
