"""A log decided again, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from epol.compiler.diff.kinds import Subject
from epol.compiler.diff.words import about, version_of
from epol.compiler.replay.tally import Count, Shown, Tally
from epol.compiler.report.log import finding_json, finding_line
from epol.lang.render import Line, printable

_WIDTH = 18
_NO_KEY = (
    "note: without a key the log is not verified, and strings that it has digests of cannot be "
    "compared with constants of NEW"
)


def human(tally: Tally) -> Iterator[Line]:
    """All lines, styled."""
    of = ", ".join(f"{name} ({count})" for name, count in tally.policies.items())
    yield _line(f"the log has decisions of {of or 'no policy'}; NEW is {version_of(tally.new)}")
    yield from _log(tally)
    yield []
    yield _line("decided again", "code")
    yield _line(f"  {tally.decided} decided, {tally.alike} of them alike")
    for kind, count in tally.counts.items():
        yield [("  ", "text"), (f"{kind:{_WIDTH}}", "warning"), (f"{count.records}", "text")]
        yield from (_line(f"    {_record(shown)}") for shown in count.first)
    if tally.contrary.records:
        yield [("  contrary to itself", "error"), (f" {tally.contrary.records}: the policy of the "
               "record decides otherwise now", "text")]  # fmt: skip
        yield from (_line(f"    {_record(shown)}") for shown in tally.contrary.first)
    if tally.undecided:
        yield []
        yield _line(f"not decided again: {tally.undecided}", "code")
        for why, count in sorted(tally.inexact.items(), key=_most):
            yield _line(f"  {count.records}: {why}")
            yield _line(f"    {_record(count.first[0])}")


def _most(item: tuple[str, Count]) -> tuple[int, str]:
    return -item[1].records, item[0]


def _log(tally: Tally) -> Iterator[Line]:
    """What is to be said of the log itself."""
    if tally.report is None:
        yield _line(_NO_KEY)
    else:
        for finding in tally.report.findings:
            yield _line(finding_line(finding), "error")
        if tally.report.count > len(tally.report.findings):
            yield _line(f"and {tally.report.count - len(tally.report.findings)} more", "error")
    if tally.unreadable:
        yield _line(f"lines that cannot be read, and are left out: {tally.unreadable}", "error")


def _record(shown: Shown) -> str:
    what = about(shown.about)
    return f"{shown.file}:{shown.line}  {shown.time}{f'  {what}' if what else ''}"


def _line(text: str, style: str = "text") -> Line:
    return [(printable(text), style)]


def json(tally: Tally) -> dict[str, object]:
    """One object; docs/decision-log.md describes it."""
    new, report = tally.new, tally.report
    return {
        "version": 1,
        "new": {"name": new.name, "version": new.version, "digest": new.digest},
        "verified": None if report is None else report.count == 0,
        "findings": [] if report is None else [finding_json(f) for f in report.findings],
        "policies": tally.policies,
        "decided": tally.decided,
        "alike": tally.alike,
        "kinds": {str(kind): _count(count) for kind, count in tally.counts.items()},
        "contrary": _count(tally.contrary),
        "not_decided": tally.undecided,
        "reasons": {why: _count(count) for why, count in tally.inexact.items()},
        "unreadable": tally.unreadable,
    }


def _count(count: Count) -> dict[str, object]:
    return {"records": count.records, "first": [_shown(shown) for shown in count.first]}


def _shown(shown: Shown) -> dict[str, object]:
    return {
        "file": str(shown.file),
        "line": shown.line,
        "seq": shown.seq,
        "time": shown.time,
        "about": _subjects(shown.about),
    }


def _subjects(subjects: Sequence[Subject]) -> list[dict[str, str]]:
    return [subject.parts() for subject in subjects]
