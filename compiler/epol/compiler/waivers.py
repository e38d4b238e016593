"""Waivers: `# epol: allow NAME until DATE because "…"`, checked like everything else."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass

from epol.compiler.analysis import findings
from epol.compiler.pipeline import Compiled
from epol.compiler.resolve.loader import LoadedFile
from epol.lang.diagnostics import (
    Diagnostic,
    Edit,
    Severity,
    correction,
    define,
    definitions,
    did_you_mean,
)
from epol.lang.source import Span

WAIVER_INVALID = define(
    "waiver-invalid",
    "a waiver does not say which finding it allows, until when and why",
    'A waiver is written `# epol: allow NAME until YYYY-MM-DD because "…"`, before or beside the '
    "declaration it is for. It can allow a warning or a note, never an error.",
    bad='# epol: allow target-without-place\ntarget cloudy { zone "x" }',
    good='# epol: allow target-without-place until 2099-12-31 because "decided at deployment"\n'
    'target cloudy { zone "x" }',
)
WAIVER_EXPIRED = define(
    "waiver-expired",
    "a waiver's end date is past",
    "A waiver ends on its date, and the finding is shown again. Cure what it allowed, or decide "
    "anew for how long it may stay.",
    severity=Severity.WARNING,
    bad='# epol: allow target-without-place until 2020-01-31 because "decided at deployment"\n'
    'target cloudy { zone "x" }',
    good='# epol: allow target-without-place until 2099-12-31 because "decided at deployment"\n'
    'target cloudy { zone "x" }',
)
WAIVER_UNNEEDED = define(
    "waiver-unneeded",
    "a waiver allows something that is not found",
    "The finding that this waiver allows is not there (any more). Remove the waiver.",
    severity=Severity.WARNING,
    bad='# epol: allow target-without-place until 2099-12-31 because "decided at deployment"\n'
    "target cloudy { at cloud }",
    good="target cloudy { at cloud }",
)

_WAIVER = re.compile(r"#\s*epol:\s*(.*)")
_FORM = re.compile(r'allow\s+(\S+)\s+until\s+(\d{4}-\d\d-\d\d)\s+because\s+"([^"]+)"\s*\Z')


@dataclass(frozen=True)
class Waiver:
    """One waiver: what it allows, until when (inclusive), and the span it is for."""

    name: str
    until: datetime.date
    comment: Span
    scope: Span


def today() -> datetime.date:
    """The day by which every command judges waivers: that of UTC, so that all places agree."""
    return datetime.datetime.now(datetime.UTC).date()


def apply_waivers(
    compiled: Compiled, diagnostics: list[Diagnostic], day: datetime.date
) -> list[Diagnostic]:
    """The diagnostics without those that a waiver allows, and what is wrong with waivers.

    A waiver whose end is before `day` allows nothing.  This is the one place where that is
    judged; `examine.judge`, which every command goes through, asks it for all diagnostics.
    """
    kept = list(diagnostics)
    for file in compiled.unit.files:
        for waiver in _waivers(file, kept):
            matching = [d for d in kept if _covers(waiver, d)]
            if waiver.until < day:
                message = f"this waiver ended on {waiver.until}"
                kept.append(WAIVER_EXPIRED.at(waiver.comment, message))
            elif not matching:
                message = f"there is no `{waiver.name}` here to allow"
                fix = Edit(_whole(waiver.comment), "")
                kept.append(WAIVER_UNNEEDED.at(waiver.comment, message, fix=fix))
            else:
                kept = [d for d in kept if d not in matching]
    return kept


def _waivers(file: LoadedFile, kept: list[Diagnostic]) -> Iterator[Waiver]:
    """The valid waivers of a file; invalid ones are added to `kept`."""
    source = file.tree.source
    for comment in file.comments:
        match = _WAIVER.match(comment.text)
        if match is None:
            continue
        span = source.span(comment.start, comment.start + len(comment.text))
        waiver = _read(file, match.group(1), span)
        if isinstance(waiver, Waiver):
            yield waiver
        else:
            kept.append(waiver)


def _read(file: LoadedFile, text: str, span: Span) -> Waiver | Diagnostic:
    form = _FORM.match(text)
    usage = 'write `# epol: allow NAME until YYYY-MM-DD because "…"`'
    if form is None:
        return WAIVER_INVALID.at(span, "this waiver is not complete", help=usage)
    name, date, _ = form.groups()
    findings()  # what defines them is read only when a policy is analysed, or now
    definition = definitions().get(name)
    if definition is None:
        near = did_you_mean(name, definitions())
        behind = span.end - len(text) + form.end(1)
        place = Span(span.source, behind - len(name), behind)
        fix = correction(place, name, definitions())
        message = f"`{name}` is not a diagnostic"
        return WAIVER_INVALID.at(span, message, help=near or usage, fix=fix)
    if definition.severity == Severity.ERROR:
        return WAIVER_INVALID.at(span, f"`{name}` is an error, which nothing can allow")
    try:
        until = datetime.date.fromisoformat(date)
    except ValueError:
        return WAIVER_INVALID.at(span, f"`{date}` is not a date", help=usage)
    return Waiver(name, until, span, _scope(file, span))


def _scope(file: LoadedFile, comment: Span) -> Span:
    """The declaration that a comment stands in or before."""
    ends = [node.span for node in file.tree.declarations if node.span.end > comment.start]
    same_line = [
        node.span
        for node in file.tree.declarations
        if node.span.end <= comment.start and node.span.last.line == comment.first.line
    ]
    return (same_line or ends or [comment])[0]


def _whole(comment: Span) -> Span:
    """A comment with the blanks before it, and its line if nothing else stands there."""
    source = comment.source
    line = source.line_starts[comment.first.line - 1]
    before = source.text[line : comment.start]
    start = comment.start - (len(before) - len(before.rstrip(" \t")))
    has_break = source.text[comment.end : comment.end + 1] == "\n"
    return Span(source, start, comment.end + (start == line and has_break))


def _covers(waiver: Waiver, diagnostic: Diagnostic) -> bool:
    span = diagnostic.span
    return (
        diagnostic.name == waiver.name
        and span.source is waiver.scope.source
        and waiver.scope.start <= span.start < waiver.scope.end
    )
