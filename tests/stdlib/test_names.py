"""The standard modules that a model serves, with the model itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from epol.compiler.modelled import Modelled
from epol.compiler.pipeline import compile_policy
from epol.compiler.resolve import stdlib
from epol.compiler.scanning import scanner_of
from epol.lang.model import Policy

CASES = yaml.safe_load((Path(__file__).parent / "names/names.yaml").read_text(encoding="utf-8"))


@cache
def module(name: str) -> Policy:
    """A module; its examples are tried when it is compiled by itself."""
    path = stdlib.path_of(name)
    assert path is not None, name
    result = compile_policy(path)
    assert not [(each.name, each.message) for each in result.diagnostics]
    assert result.policy is not None
    return result.policy


@pytest.mark.parametrize("name", ["std.names", "std.names.people", "std.names.places"])
def test_a_module_compiles_and_finds_its_examples(name: str) -> None:
    assert module(name).detectors
    assert not scanner_of(module(name)).model_problems()


@pytest.mark.parametrize(
    ("label", "text", "wanted"),
    [
        (label, text, kind == "positives")
        for label, kinds in CASES.items()
        for kind, texts in kinds.items()
        for text in texts
    ],
)
def test_cases(label: str, text: str, wanted: bool) -> None:
    service = Modelled(scanner_of(module("std.names")))
    assert (label in {finding.label for finding in service.scan(text).findings}) is wanted
    assert not service.unknown


def test_every_label_with_a_detector_has_cases() -> None:
    assert {detector.label for detector in module("std.names").detectors} == set(CASES)
