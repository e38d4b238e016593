"""Detectors that find something in ordinary prose."""

from __future__ import annotations

from collections.abc import Iterator

from epol.compiler.analysing import Known
from epol.compiler.check.trials import own_part
from epol.compiler.emit.text import text_plan
from epol.compiler.scanning import open_scanner
from epol.lang.diagnostics import Diagnostic, Severity, define

PATTERN_TOO_BROAD = define(
    "pattern-too-broad",
    "a detector finds something in most ordinary sentences",
    "A pattern such as `\\w+` finds every word, and what is found everywhere protects nothing: "
    "either all requests are restricted, or people learn to look away. The detector is tried on "
    "plain sentences without anything sensitive in them. Ask for more of the shape, for words "
    "`near`, or for a `check`.",
    severity=Severity.WARNING,
    bad="label staff.badge\nrule r { redact staff }\n"
    "detector badge -> staff.badge { match /[a-z]+/ }",
    good="label staff.badge\nrule r { redact staff }\n"
    "detector badge -> staff.badge { match /EMP-[0-9]{6}/ }",
)

PROSE = (
    "Please summarize the main points of the attached report in three sentences.",
    "We met on the 3rd floor at 10 and talked about the plan for the next 12 weeks.",
    "How many apples are left if Tom eats 4 of the 15 that he bought for 6 dollars?",
    "The committee will vote on Tuesday; nothing has been decided yet.",
    "Write a short poem about rain, and one about a train that is late.",
    "In 2019 the company had 250 employees and two offices.",
    "Explain the difference between a list and a tuple, with an example.",
    "Could you translate this letter into French and keep it polite?",
    "The patient feels better today, sleeps well and eats a little.",
    "Add 250 g of flour, 2 eggs and some salt, then stir for 5 minutes.",
)
"""Plain sentences: no names, numbers of persons or things, addresses or secrets."""


def pattern_too_broad(known: Known) -> Iterator[Diagnostic]:
    """The policy's own detectors that find something in most of the plain sentences."""
    compiled = known.compiled
    assert compiled.policy is not None
    own = own_part(compiled.unit, compiled.policy)
    if not any(detector.model is None for detector in own.detectors):
        return
    scanner = open_scanner(text_plan(own))
    found = [{finding.detector for finding in scanner.scan(text).findings} for text in PROSE]
    for detector in own.detectors:
        times = sum(detector.name in names for names in found)
        if 2 * times > len(PROSE):
            message = (
                f"`{detector.name}` finds something in {times} of {len(PROSE)} plain sentences"
            )
            cure = "ask for more of the shape, for words `near`, or for a `check`"
            yield PATTERN_TOO_BROAD.at(detector.span, message, help=cure)
