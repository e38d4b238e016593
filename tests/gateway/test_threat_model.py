"""The threat model of docs/threat-model.md has one test for each row, by name."""

from __future__ import annotations

import ast
import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "threat-model.md"


def test_every_row_of_the_threat_model_has_its_test() -> None:
    page = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| [^|]+ \| `(\w+)` \|$", page, re.MULTILINE)
    files = sorted(HERE.glob("test_threats*.py"))
    tests = [
        node.name
        for file in files
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
    ]
    assert sorted(rows) == sorted(tests)
    assert page.count("\n| ") == len(rows) + page.count("\n| threat |"), "a row of another form"
    for file in files:
        assert f"tests/gateway/{file.name}" in page
