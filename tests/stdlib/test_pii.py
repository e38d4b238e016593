"""The standard modules of personal data: every example, and the cases of each module.

`pii/MODULE.yaml` has texts by label: in the `positives` the module finds that label, in the
`negatives` it does not.  All numbers are made up; their check digits are right or wrong as needed.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from epol.compiler.pipeline import Compiled, compile_policy
from epol.compiler.resolve import stdlib
from epol.compiler.scanning import scanner_of
from epol.lang.model import Policy

CASES = Path(__file__).parent / "pii"
NAMES = [name for name in stdlib.modules() if name == "std.pii" or name.startswith("std.pii.")]
UMBRELLAS = {"pii", "general", "eu", "europe", "americas", "asia", "africa", "oceania", "labels"}
"""Modules without detectors of their own."""

OPTIONAL = {"std.pii.quasi"}
"""Modules that no umbrella imports."""


def path(name: str) -> Path:
    """The file of a standard module."""
    found = stdlib.path_of(name)
    assert found is not None, name
    return found


def stem(name: str) -> str:
    """The last part of a module's name."""
    return name.rpartition(".")[2]


@cache
def build(name: str) -> Compiled:
    """A module, checked."""
    return compile_policy(path(name))


def compiled(name: str) -> Policy:
    """A module on its own, with its examples tried, free of findings of any severity."""
    result = build(name)
    assert not [(each.name, each.message) for each in result.diagnostics]
    assert result.policy is not None
    return result.policy


WITH_CASES = [name for name in NAMES if stem(name) not in UMBRELLAS]


@pytest.mark.parametrize("name", WITH_CASES)
def test_a_module_finds_its_examples_and_cases(name: str) -> None:
    policy = compiled(name)
    cases = yaml.safe_load((CASES / f"{stem(name)}.yaml").read_text(encoding="utf-8"))
    scanner = scanner_of(policy)
    for label, texts in cases.items():
        assert set(texts) == {"positives", "negatives"}, label
        for kind, wanted in (("positives", True), ("negatives", False)):
            assert texts[kind], (label, kind)
            for text in texts[kind]:
                found = {finding.label for finding in scanner.scan(text).findings}
                assert (label in found) is wanted, (label, kind, text)


@pytest.mark.parametrize("name", WITH_CASES)
def test_every_detector_has_two_examples_of_each_kind_and_every_label_has_cases(name: str) -> None:
    policy = build(name).policy
    assert policy is not None
    for detector in policy.detectors:
        wanted = [example.wanted for example in detector.examples]
        least = 1 if detector.name.endswith("_alone") else 2
        assert wanted.count(True) >= least, detector.name
        assert wanted.count(False) >= least, detector.name
    cases = yaml.safe_load((CASES / f"{stem(name)}.yaml").read_text(encoding="utf-8"))
    assert {detector.label for detector in policy.detectors} <= set(cases)


@pytest.mark.parametrize("name", WITH_CASES)
def test_every_detector_says_where_its_rule_comes_from(name: str) -> None:
    lines = path(name).read_text(encoding="utf-8").splitlines()
    starts = [at for at, line in enumerate(lines) if line.startswith("detector ")]
    assert not [lines[at] for at in starts if not lines[at - 1].startswith("# ")]


def test_the_whole_module_has_every_other_one() -> None:
    result = build("std.pii")
    imported = {file.tree.source.name for file in result.unit.files if file is not result.unit.root}
    assert imported == set(NAMES) - OPTIONAL - {"std.pii"}


ORDINARY = (
    "Josh buys a house for $80,000 and puts in $50,000 in repairs.",
    "In 2019 the company had 250 employees, 12,500 customers and 3 offices in 1200 square feet.",
    "x = [1, 2, 3]; y = x[1::2]; print(f'{y[0]:.2f}')  # version 3.11.4, 2024-01-15",
    "Multiply 123456 by 7890 and divide by 3.14159265358979.",
    "ISBN 978-3-16-148410-0, pages 100-120, chapter 4.2.1, at 08:15-09:30.",
    "commit 4f2a9c1d7b3e, build 20240115, port 8080, error 404, 1920x1080, 16:9",
    "The MacBook M2 8GB costs 1.299,00 euros; the i7-1165G7 has 4 cores.",
    "1:8:28:56:70:56:28:8:1 are binomial coefficients; 1 4 6 4 1 are others.",
    "COVID-19, B-52, F-16, Boeing 747-400, ISO 9001:2015, RFC 2119, UTF-8",
)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_texts_hold_nothing(text: str) -> None:
    policy = build("std.pii").policy
    assert policy is not None
    assert not scanner_of(policy).scan(text).findings
