"""What the outputs of a program say before anything is decided."""

from __future__ import annotations

from epol.compiler.lower import lower
from epol.engine.bundle.program_codec import decode_program, encode_program
from epol.engine.bundle.treatment import Treatment
from epol.engine.deciding.decider import Decider
from tests.differential.policies import compiled

POLICY = """
policy p version "1"
label a
label b
label c
target here { at local  context 8k }
target away { at cloud  context 8k }
rule some { when target.at == cloud  tokenize a }
rule all  { when target.at == cloud  redact a, b }
rule none { when target.at == local  redact c }
"""


def test_labels_are_named_that_a_rule_may_ask_a_treatment_for() -> None:
    policy = compiled(POLICY)
    assert policy is not None
    layout = Decider(decode_program(encode_program(lower(policy)))).layout("request")
    assert sorted(layout.labels_with(Treatment.TOKENIZE)) == ["a"]
    assert sorted(layout.labels_with(Treatment.REDACT)) == ["a", "b", "c"]
    assert layout.labels_with(Treatment.DROP) == []
