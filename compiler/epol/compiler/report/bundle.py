"""What is in a bundle, for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from epol.engine.bundle.canonical import plain
from epol.engine.bundle.contents import Bundle
from epol.engine.bundle.dsse import State, is_trusted, judge
from epol.engine.bundle.trust import Trust, shown

_MOST_SHOWN = 8
_WIDTH = 12
UNCHECKED = "not checked"


def json(bundle: Bundle, trust: Trust | None) -> dict[str, object]:
    """One object; `trusted` is null where nobody said whom to trust."""
    return {
        "version": 1,
        "digest": bundle.digest,
        "format": bundle.frame.format,
        "bytes": len(bundle.frame.view),
        "trusted": None if trust is None else is_trusted(bundle.frame, trust),
        "signatures": [{"key": key, "state": state} for key, state in _signatures(bundle, trust)],
        "sections": {name: len(content) for name, content in bundle.sections.items()},
        "manifest": plain(bundle.manifest),
        "record": plain(bundle.record),
    }


def _signatures(bundle: Bundle, trust: Trust | None) -> list[tuple[str, str]]:
    if trust is None:
        return [(shown(each.key_id), UNCHECKED) for each in bundle.frame.signatures]
    return [(each.key_id, str(each.state)) for each in judge(bundle.frame, trust)]


def human(bundle: Bundle, trust: Trust | None) -> Iterator[str]:
    """The lines that `epolc inspect` prints."""
    manifest = bundle.manifest
    yield f"{manifest.name} {manifest.version or '(no version)'}"
    yield from _lines("policy", [manifest.digest])
    size = f"{len(bundle.frame.view):,} bytes"
    yield from _lines("bundle", [f"{bundle.digest}, format {bundle.frame.format}, {size}"])
    built = f"epol {manifest.compiler}, edition {manifest.language} of the language"
    yield from _lines("built by", [built])
    yield from _lines("signatures", _signed(bundle, trust))
    yield from _lines("targets", [_listed([each.name for each in manifest.targets])])
    yield from _lines("attributes", [_listed([each.name for each in manifest.attributes])])
    yield from _lines("labels", [_listed([each.name for each in manifest.labels])])
    yield from _lines("rules", [_listed([each.name for each in manifest.rules])])
    yield from _record(bundle)
    yield from _lines(
        "sections", [f"{name}, {len(c):,} bytes" for name, c in bundle.sections.items()]
    )


def _record(bundle: Bundle) -> Iterator[str]:
    record = bundle.record
    yield from _lines("tests", [f"{record.tests_passed} of {record.tests} passed"])
    yield from _lines("claims", [f"{each.name}: {each.outcome}" for each in record.claims])
    yield from _lines(
        "findings",
        [
            f"{f.severity}[{f.name}] {f.file}:{f.line}:{f.column}: {f.message}"
            for f in record.findings
        ],
    )
    compared = record.translation
    if compared is not None and record.solver is not None:
        compared = f"{compared} ({record.solver})"
    yield from _lines("program", [compared or "not compared with the policy's formula"])


def _signed(bundle: Bundle, trust: Trust | None) -> list[str]:
    signatures = _signatures(bundle, trust)
    if not signatures:
        return ["none: anybody can have made this bundle"]
    reasons = {} if trust is None else {shown(k): f": {why}" for k, why in trust.revoked.items()}
    return [
        f"{key}, {state}{reasons.get(key, '') if state == State.REVOKED else ''}"
        for key, state in signatures
    ]


def _listed(names: Sequence[str]) -> str:
    if len(names) <= _MOST_SHOWN:
        return ", ".join(names) or "none"
    return f"{', '.join(names[:_MOST_SHOWN])} and {len(names) - _MOST_SHOWN} more"


def _lines(what: str, values: Sequence[str]) -> Iterator[str]:
    for i, value in enumerate(values or ["none"]):
        yield f"{what if i == 0 else '':{_WIDTH}}{value}"
