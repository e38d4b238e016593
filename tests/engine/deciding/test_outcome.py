"""What an outcome says of a request that could not be decided, and what makes two the same."""

from __future__ import annotations

from array import array

import pytest

from epol.compiler.lower import lower
from epol.engine.bundle.program import Flow
from epol.engine.bundle.program_codec import decode_program, encode_program
from epol.engine.deciding.decider import FLOWS, Decider, Features
from epol.engine.deciding.outcome import Layout, Outcome
from tests.differential.policies import compiled

POLICY = """
policy p version "1"
attr a.held : bool
attr a.kept : bool
label l
target here { at local  context 8k }
target away { at cloud  context 8k }
rule held { when a.held  and target.at == cloud  hold }
rule kept { when a.kept  and target.at == cloud  deny }
rule some { when target.at == cloud  redact l }
rule more { when a.held  and target.at == cloud  mask l }
"""
HERE, AWAY, BOTH = 1, 2, 3


def decider() -> Decider:
    policy = compiled(POLICY)
    assert policy is not None
    return Decider(decode_program(encode_program(lower(policy))))


@pytest.mark.parametrize("flow", FLOWS)
@pytest.mark.parametrize(
    ("asked", "names"), [(HERE, ["here"]), (AWAY, ["away"]), (BOTH, ["here", "away"])]
)
def test_of_nothing_nothing_is_permitted(flow: Flow, asked: int, names: list[str]) -> None:
    layout: Layout = decider().layout(flow)
    outcome = Outcome.of_nothing(layout, asked)
    assert (outcome.target, outcome.order(), outcome.is_held()) == (None, (), False)
    targets = outcome.targets()
    assert list(targets) == names
    for each in targets.values():
        assert (each.permitted, each.hold, each.score, each.fired) == (False, False, 0, ())
        assert (each.treatments, each.caps, each.tools, each.tags) == ({}, {}, None, ())
    assert list(outcome.reasons()) == []
    assert (outcome.unknown(), outcome.label_totals()) == ([], {})


def outcome(held: bool, kept: bool, found: int, asked: int) -> Outcome:
    features = Features(array("q", [held, kept]), bytearray(b"\1\1"))
    return decider().decide(features, {"l": {"user": found}}, "request", asked)


@pytest.mark.parametrize(
    ("one", "other", "asked", "are_same"),
    [
        ((False, False, 0), (True, False, 0), BOTH, False),
        ((False, False, 0), (True, False, 0), HERE, True),
        ((False, True, 0), (True, True, 0), BOTH, True),
        ((False, False, 0), (False, True, 0), BOTH, False),
        ((False, False, 0), (False, True, 0), HERE, True),
        ((False, False, 0), (False, False, 1), BOTH, False),
        ((False, True, 0), (False, True, 1), BOTH, True),
        ((False, False, 0), (False, False, 1), HERE, True),
    ],
)
def test_a_verdict_is_of_targets_that_are_asked_about_and_permitted(
    one: tuple[bool, bool, int], other: tuple[bool, bool, int], asked: int, are_same: bool
) -> None:
    assert (outcome(*one, asked).verdict() == outcome(*other, asked).verdict()) is are_same
