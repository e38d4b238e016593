"""Every module of the library, by `epolc` itself: no finding under --strict, coverage whole."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from epol.compiler import examine, pipeline
from epol.compiler.cli import application
from epol.compiler.pipeline import compile_policy
from epol.compiler.resolve import stdlib

RULE = re.compile(r"^rule ", re.MULTILINE)
DETECTOR = re.compile(r"^detector ", re.MULTILINE)
NAMES = stdlib.modules()


def file_of(module: str) -> Path:
    """The file of a module."""
    path = stdlib.path_of(module)
    assert path is not None, module
    return path


WITH_RULES = [name for name in NAMES if RULE.search(file_of(name).read_text(encoding="utf-8"))]
TEST_POLICIES = sorted(stdlib.root().rglob("*" + stdlib.TEST_SUFFIX))


def said(*arguments: str, status: int = 0) -> str:
    """What a command prints, which ends with `status`."""
    result = CliRunner().invoke(application(), list(arguments))
    assert result.exit_code == status, result.output
    return result.stdout


@pytest.fixture(autouse=True)
def one_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file is read once for both commands, which takes the most time."""
    build = lru_cache(maxsize=1)(compile_policy)
    monkeypatch.setattr(pipeline, "compile_policy", build)
    monkeypatch.setattr(examine, "compile_policy", build)


def test_every_file_is_a_module_or_tests_one() -> None:
    files = {path for path in stdlib.root().rglob("*.epol") if path not in TEST_POLICIES}
    assert files == {file_of(name) for name in NAMES}
    tested = {
        path.with_name(path.name.replace(stdlib.TEST_SUFFIX, ".epol")) for path in TEST_POLICIES
    }
    assert tested == {file_of(name) for name in WITH_RULES}


def check_strictly(path: Path) -> None:
    """Assert that `check --strict` has nothing at all to say of a file."""
    found = json.loads(said("check", "--strict", "--format", "json", str(path)))
    assert not found["diagnostics"]
    assert {claim["outcome"] for claim in found["claims"]} <= {"proved"}


@pytest.mark.parametrize("module", WITH_RULES)
def test_a_module_with_rules_is_tested_whole_and_no_change_goes_unnoticed(module: str) -> None:
    path = file_of(module)
    check_strictly(path)
    check_strictly(path.with_suffix(stdlib.TEST_SUFFIX))
    cases = [str(each) for each in path.parent.glob("cases.yaml")]
    options = ("--coverage", "--mutate", "--format", "json")
    found = json.loads(said("test", *options, str(path), *cases))
    coverage, mutants = found["coverage"], found["mutants"]
    assert (
        coverage["rules_whole"] == coverage["rules"] == len(RULE.findall(path.read_text("utf-8")))
    )
    assert coverage["atoms_whole"] == coverage["atoms"]
    assert not coverage["missing"]
    assert len(found["tests"]) >= 3
    assert {test["outcome"] for test in found["tests"]} == {"passed"}
    assert mutants["total"] > coverage["rules"]
    assert not mutants["survived"]
    assert not mutants["undecided"]


@pytest.mark.parametrize("module", sorted({*NAMES} - {*WITH_RULES}))
def test_a_module_without_rules_says_what_was_tried_instead(module: str) -> None:
    path = file_of(module)
    check_strictly(path)
    note, _, rest = said("test", "--coverage", str(path)).partition("\n")
    assert note.startswith(f"{module}: no rules, so nothing to cover; ")
    assert rest == "0 of 0 tests passed\n"
    numbers = map(int, re.findall(r"(\d+) (?:detectors? found|of a model)", note))
    assert sum(numbers) == len(DETECTOR.findall(path.read_text("utf-8")))


def test_a_module_may_be_named() -> None:
    assert "6 of 6 tests passed" in said("test", "--coverage", "std.edge")
    assert "1 file, 0 errors" in said("check", "--strict", "std.edge")
