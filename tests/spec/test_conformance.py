"""Every case of conformance/ passes, and every sentence of the language has a case."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from epol.compiler.cases import run_cases

ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = ROOT / "conformance"
CASES = sorted(CONFORMANCE.rglob("cases.yaml"))
SENTENCE = re.compile(r"^- \*\*(S\d+\.\d+)\*\*", re.MULTILINE)


def folder(path: Path) -> str:
    """The name of a case: the folder that it stands in."""
    return path.parent.relative_to(CONFORMANCE).as_posix()


@cache
def sentences() -> frozenset[str]:
    """The numbers of all sentences."""
    pages = (ROOT / "docs" / "sentences").glob("*.md")
    numbers = [n for page in pages for n in SENTENCE.findall(page.read_text(encoding="utf-8"))]
    assert len(numbers) == len(set(numbers)), "a number stands twice"
    return frozenset(numbers)


@cache
def skipped() -> dict[str, str]:
    """Sentences that no data can show, each with the reason."""
    listed: dict[str, str] = yaml.safe_load((CONFORMANCE / "skip.yaml").read_text("utf-8")) or {}
    return listed


@cache
def covered() -> dict[str, str]:
    """Sentences that a case covers, and one file that does."""
    found: dict[str, str] = {}
    for path in CASES:
        data: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        entries: list[dict[str, Any]] = [data]
        for kind in ("cases", "claims", "texts"):
            entries += data.get(kind) or []
        for entry in entries:
            found |= dict.fromkeys(entry.get("covers") or [], folder(path))
    return found


@pytest.mark.parametrize("path", CASES, ids=folder)
def test_the_cases_pass(path: Path) -> None:
    results = run_cases(path)
    assert results
    problems = [f"{result.name}: {result.problem}" for result in results if result.problem]
    assert not problems, "\n".join(problems)


def test_every_policy_has_cases() -> None:
    policies = {path.parent for path in CONFORMANCE.rglob("policy.epol")}
    assert policies == {path.parent for path in CASES}


def test_every_sentence_is_covered_or_skipped_with_a_reason() -> None:
    assert not sorted(sentences() - covered().keys() - skipped().keys())
    assert all(len(reason) > 20 for reason in skipped().values())


def test_no_case_covers_a_sentence_that_does_not_exist() -> None:
    assert not {n: path for n, path in covered().items() if n not in sentences()}


def test_nothing_is_skipped_that_does_not_exist_or_is_covered() -> None:
    assert skipped().keys() <= sentences()
    assert not skipped().keys() & covered().keys()
