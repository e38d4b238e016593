"""A policy's own detectors, tried: the scanner takes their patterns and finds their examples.

Those of standard modules are tried by the tests of this project, not on every build.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from epol.compiler.check.patterns import PATTERN_UNSUPPORTED
from epol.compiler.emit.text import regexes, sought, text_plan
from epol.compiler.modelled import with_models
from epol.compiler.resolve.loader import Unit
from epol.compiler.scanning import open_scanner
from epol.engine.bundle.exact import Exact, PatternRefusedError
from epol.engine.bundle.hyper import refusal
from epol.engine.bundle.service import ScanLimitError, TextService
from epol.engine.bundle.textplan import Regex
from epol.lang.diagnostics import Diagnostic, define
from epol.lang.model import DetectorInfo, PatternInfo, Policy, WordsInfo

EXAMPLE_NOT_FOUND = define(
    "example-not-found",
    "a detector does not find its own example",
    "Every `example` of a detector must be found by that detector, above its threshold, or the "
    "policy does not compile. Look at what discards the span: `check`, `stopwords`, `entropy`, "
    "`left`, `right`, or a `score` that needs a `near` phrase to reach the threshold.",
    bad="label staff.badge\nrule r { redact staff }\n"
    'detector badge -> staff.badge { match /EMP-\\d{6}/ example "EMP-42" }',
    good="label staff.badge\nrule r { redact staff }\n"
    'detector badge -> staff.badge { match /EMP-\\d{6}/ example "EMP-004217" }',
)
COUNTEREXAMPLE_FOUND = define(
    "counterexample-found",
    "a detector finds its own counterexample",
    "A `counterexample` is a text in which the detector must find nothing. Restrict the pattern, "
    "or discard the span with `left not …`, `right not …`, `check`, `stopwords` or a higher "
    "threshold.",
    bad="label staff.badge\nrule r { redact staff }\n"
    'detector badge -> staff.badge { match /EMP-\\d{6}/ counterexample "TEMP-004217" }',
    good="label staff.badge\nrule r { redact staff }\ndetector badge -> staff.badge "
    '{ match /EMP-\\d{6}/ left not word counterexample "TEMP-004217" }',
)


def try_detectors(unit: Unit, policy: Policy) -> Iterator[Diagnostic]:
    """What is wrong with the detectors and text signals that are the policy's own."""
    own = own_part(unit, policy)
    refused = [problem for what in _patterns(own) for problem in _refused(what)]
    if refused:
        yield from refused
        return
    if not any(detector.examples for detector in own.detectors):
        return
    scanner = with_models(open_scanner(text_plan(own)), models=True)
    # Where a model is not installed, nobody can say what it finds.
    has_models = any(each.model and each.examples for each in own.detectors)
    untried = set(scanner.model_problems()) if has_models else set[str]()
    for detector in own.detectors:
        if detector.name not in untried:
            yield from _tried(scanner, detector)


def own_part(unit: Unit, policy: Policy) -> Policy:
    """A policy with only those detectors and text signals that no standard module declares."""
    standard = {
        file.tree.source.name for file in unit.files if file.is_standard and file is not unit.root
    }
    return replace(
        policy,
        detectors=tuple(d for d in policy.detectors if d.span.source.name not in standard),
        inputs={
            name: info
            for name, info in policy.inputs.items()
            if info.text is not None and info.span.source.name not in standard
        },
    )


def _patterns(policy: Policy) -> Iterator[PatternInfo | WordsInfo]:
    for detector in policy.detectors:
        yield from sought(detector)
    for info in policy.inputs.values():
        if info.text is not None and info.text.what is not None:
            yield info.text.what


def _refused(what: PatternInfo | WordsInfo) -> Iterator[Diagnostic]:
    """The scanner's own refusal of a pattern that is well formed."""
    for regex in regexes(what):
        why = _refusal(regex)
        if why is not None:
            message = f"the scanner cannot take this: {why}"
            cure = "use a smaller repeat, or split it into several patterns"
            yield PATTERN_UNSUPPORTED.at(what.span, message, help=cure)
            return


def _refusal(regex: Regex) -> str | None:
    why = refusal(regex.gate)
    if why is not None:
        return why.rstrip(".").lower()
    try:
        Exact(regex.exact)
    except PatternRefusedError as error:
        return str(error)
    return None


def _tried(scanner: TextService, detector: DetectorInfo) -> Iterator[Diagnostic]:
    for example in detector.examples:
        found = _finds(scanner, detector.name, example.text)
        if example.wanted and not found:
            message = f"`{detector.name}` does not find this example"
            yield EXAMPLE_NOT_FOUND.at(example.span, message)
        elif found is not False and not example.wanted:
            message = f"`{detector.name}` finds something in this counterexample"
            yield COUNTEREXAMPLE_FOUND.at(example.span, message)


def _finds(scanner: TextService, detector: str, text: str) -> bool | None:
    """Whether a detector finds something; None for a text that asks for too much work."""
    try:
        return any(finding.detector == detector for finding in scanner.scan(text).findings)
    except ScanLimitError:
        return None
