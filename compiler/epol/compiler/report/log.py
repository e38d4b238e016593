"""What verifying a decision log found, and its records, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from epol.engine.bundle.log_report import Finding, Report
from epol.lang.render import printable


def human(report: Report) -> Iterator[str]:
    """What was found, line by line, then the sum."""
    for finding in report.findings:
        yield printable(finding_line(finding))
    if report.count > len(report.findings):
        yield f"and {report.count - len(report.findings)} more"
    for note in report.notes:
        yield printable(f"{_place(note)}: note: {note.message}")
    decisions = report.kinds.get("decision", 0)
    summary = f"{_many(report.files, 'file')}, {_many(report.lines, 'line')} as written, "
    yield f"{summary}{_many(decisions, 'decision')}, {_many(report.count, 'finding')}"
    if report.head:
        yield f"head {report.head}"


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _place(finding: Finding) -> str:
    return f"{finding.file}:{finding.line}" if finding.line else str(finding.file)


def json(report: Report) -> dict[str, object]:
    """One object; docs/decision-log.md describes it."""
    return {
        "version": 1,
        "as_written": report.count == 0,
        "findings": [finding_json(each) for each in report.findings],
        "finding_count": report.count,
        "notes": [finding_json(each) for each in report.notes],
        "files": report.files,
        "lines": report.lines,
        "kinds": report.kinds,
        "head": report.head or None,
    }


def finding_line(finding: Finding) -> str:
    """A finding in one line."""
    return f"{_place(finding)}: {finding.name}: {finding.message}"


def finding_json(finding: Finding) -> dict[str, object]:
    """A finding as JSON values; the line is null where it is about the file."""
    return {
        "name": finding.name,
        "file": str(finding.file),
        "line": finding.line or None,
        "message": finding.message,
    }


def record(fields: Mapping[str, Any]) -> str:
    """A line of a log in one line."""
    kind = fields.get("kind")
    words = [str(fields.get("seq")), _text(fields.get("time")), _text(kind)]
    match kind:
        case "decision":
            words[2:] = _decision(fields)
        case "batch":
            words.append(_counts(fields.get("statuses")))
        case "seal":
            words.append(_text(fields.get("why")))
        case "gap":
            words.append(f"decisions that are not in the log: {fields.get('lost')}")
        case "policy":
            words[1:] = [_text(kind), _policy(fields.get("declares"), "policy")]
        case _:
            pass
    return printable("  ".join(word for word in words if word))


def _decision(fields: Mapping[str, Any]) -> Iterator[str]:
    producer = fields.get("producer")
    yield f"{_text(fields.get('flow'))}{f' of {_text(producer)}' if producer else ''}"
    goes = fields.get("target")
    yield f"{_text(fields.get('status'))}{f' to {_text(goes)}' if goes else ''}"
    if fields.get("failure"):
        yield _text(fields["failure"])
    labels = _mapping(fields.get("labels"))
    yield " ".join(f"{_text(name)}={_total(counts)}" for name, counts in labels.items())
    rules = dict.fromkeys(_text(reason[0]) for reason in _pairs(fields.get("reasons")))
    yield f"by {', '.join(rules)}" if rules else ""
    yield _policy(fields.get("policy"), "name")


def _total(counts: object) -> str:
    if not isinstance(counts, dict):
        return "unknown"
    return str(sum(n for n in cast(dict[str, Any], counts).values() if isinstance(n, int)))


def _counts(value: object) -> str:
    return " ".join(f"{_text(name)}={_text(n)}" for name, n in _mapping(value).items())


def _policy(value: object, key: str) -> str:
    policy = _mapping(value)
    return f"{_text(policy.get(key))} {_text(policy.get('version'))}".strip()


def _mapping(value: object) -> dict[str, Any]:
    return cast(dict[str, Any], value) if isinstance(value, dict) else {}


def _pairs(value: object) -> list[list[object]]:
    rows = cast(list[object], value) if isinstance(value, list) else []
    return [cast(list[object], row) for row in rows if isinstance(row, list) and row]


def _text(value: object) -> str:
    return "" if value is None else str(value)
