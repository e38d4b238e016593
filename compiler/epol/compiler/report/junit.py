"""Findings, claims and tests as JUnit XML, one suite a file."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, tostring

from epol.compiler.cases import CaseResult
from epol.compiler.examine import Examination
from epol.compiler.testing import FAILED, NOT_RUN, Outcome
from epol.lang.diagnostics import Severity


def junit(examinations: Sequence[Examination], cases: Sequence[CaseResult] = ()) -> str:
    """The whole document.  A file's own errors are a test case called `check`."""
    root = Element("testsuites")
    for examination in examinations:
        suite = SubElement(root, "testsuite", name=_clean(examination.path))
        _check_case(suite, examination)
        for outcome in examination.tests:
            _test_case(suite, examination.path, outcome)
        _count(suite)
    for path in dict.fromkeys(case.path for case in cases):
        suite = SubElement(root, "testsuite", name=_clean(str(path)))
        for case in cases:
            if case.path == path:
                _case(suite, case)
        _count(suite)
    return tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _count(suite: Element) -> None:
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("failures", str(len(suite.findall("testcase/failure"))))
    suite.set("errors", str(len(suite.findall("testcase/error"))))
    suite.set("skipped", "0")


def _case(suite: Element, case: CaseResult) -> None:
    where = _clean(str(case.path))
    element = SubElement(suite, "testcase", name=_clean(case.name), classname=where)
    if case.problem:
        SubElement(element, "failure", message=_clean(case.problem), type="test-failed")


def _check_case(suite: Element, examination: Examination) -> None:
    case = SubElement(suite, "testcase", name="check", classname=_clean(examination.path))
    errors = [
        diagnostic
        for diagnostic in examination.diagnostics
        if diagnostic.severity == Severity.ERROR
        and diagnostic.name not in ("test-failed", "test-not-run")
    ]
    if errors:
        first = errors[0]
        failure = SubElement(case, "failure", message=_clean(first.message), type=first.name)
        failure.text = "\n".join(
            _clean(f"{d.span.source.name}:{d.span.first.line}: {d.name}: {d.message}")
            for d in errors
        )


def _test_case(suite: Element, path: str, outcome: Outcome) -> None:
    name = _clean(outcome.test.title)
    case = SubElement(suite, "testcase", name=name, classname=_clean(path))
    if outcome.status == FAILED:
        text = "\n".join(
            f"{problem.span.first.line}: {problem.span.text}: {problem.message}"
            for problem in outcome.problems
        )
        message = _clean(outcome.problems[0].message)
        SubElement(case, "failure", message=message, type="test-failed").text = _clean(text)
    elif outcome.status == NOT_RUN:
        reason = _clean(outcome.reason or "")
        SubElement(case, "error", message=reason, type="test-not-run")


def _clean(text: str) -> str:
    """Text without the characters that XML cannot hold."""
    return "".join(
        char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}"
        for char in text
    )
