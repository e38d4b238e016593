"""What `epolc check` tells of a policy, in the terms of the judge."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from epol.compiler.catalogue import catalogue
from epol.compiler.examine import Examination, examine
from epol.compiler.pipeline import Compiled
from epol.lang import ast
from epol.lang.diagnostics import Diagnostic
from epol.lang.source import Span
from tests.planted.judge import NAMES, TODAY
from tests.planted.judged import Finding

PAIRS = ("treatments-disagree", "preferences-cancel", "detectors-overlap")
WHOLE_POLICY = ("request-starved", "choice-rests-on-order")
UNDECIDED = "finding-undecided"

_QUOTED = re.compile(r"`([^`]+)`")
_ALLOWED = re.compile(r"allow (\S+)")


def examined(folder: Path, text: str) -> Examination:
    """All that is found out about a policy."""
    path = folder / "policy.epol"
    path.write_text(text, encoding="utf-8")
    return examine(path, today=TODAY)


def made() -> frozenset[str]:
    """The names of findings that this version of the checker makes."""
    return NAMES & catalogue().keys()


def comparable(finding: Finding) -> bool:
    """Whether this version could make a finding; of waivers, those of findings that it makes."""
    name, about = finding
    return name in made() and (not name.startswith("waiver-") or about[0] in made())


def told(compiled: Compiled, examination: Examination) -> dict[Finding, list[Diagnostic]]:
    """The findings of the judge's names, each with its diagnostics."""
    found: dict[Finding, list[Diagnostic]] = {}
    for diagnostic in examination.diagnostics:
        if diagnostic.name in NAMES:
            finding = diagnostic.name, about(compiled, diagnostic)
            found.setdefault(finding, []).append(diagnostic)
    return {finding: each for finding, each in found.items() if comparable(finding)}


def about(compiled: Compiled, diagnostic: Diagnostic) -> tuple[str, ...]:
    """What a diagnostic is about, by its places and, of pairs, by its message."""
    if diagnostic.name in WHOLE_POLICY:
        return ()
    if diagnostic.name.startswith("waiver-"):
        return tuple(_ALLOWED.findall(diagnostic.span.text))
    if diagnostic.name == "label-without-detector":
        return (diagnostic.span.text,)
    if diagnostic.name == "decision-rests-on-unknown":
        # The input may be declared in a standard module; the place is then where it is read.
        return tuple(_QUOTED.findall(diagnostic.message)[:1])
    primary = declared_at(compiled, diagnostic.span)
    if diagnostic.name not in PAIRS:
        return (primary,)
    return tuple(sorted({primary, *quoted(compiled, diagnostic)}))


def quoted(compiled: Compiled, diagnostic: Diagnostic) -> frozenset[str]:
    """The rules, or detectors, that a message names."""
    assert compiled.policy is not None
    of_texts = diagnostic.name == "detectors-overlap"
    known = compiled.policy.detectors if of_texts else compiled.policy.rules
    return frozenset(each.name for each in known) & set(_QUOTED.findall(diagnostic.message))


def declared_at(compiled: Compiled, span: Span) -> str:
    """The rule, target, input or detector that is declared where a diagnostic points."""
    return next(
        name
        for name, place in _declarations(compiled)
        if place.source.name == span.source.name and place.start <= span.start < place.end
    )


def _declarations(compiled: Compiled) -> Iterator[tuple[str, Span]]:
    for file in compiled.unit.files:
        for node in file.tree.declarations:
            if isinstance(node, ast.Rule | ast.Detector):
                yield file.qualified(node.name.text), node.span
            elif isinstance(node, ast.Target | ast.InputDecl):
                yield node.name.text, node.span
