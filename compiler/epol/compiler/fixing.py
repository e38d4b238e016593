"""What `epolc check --fix` changes: edits that diagnostics carry, applied to their files.

A fix never changes what a policy that compiles means: there it may touch comments alone, and
that is checked before anything is written.  In a policy with errors, which means nothing yet, it
corrects slips in names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from epol.compiler.examine import Examination
from epol.lang.diagnostics import Diagnostic, Edit
from epol.lang.parser import parse
from epol.lang.source import Source


@dataclass(frozen=True)
class Fixed:
    """A file's text with some diagnostics cured, none of whose edits overlap."""

    path: Path
    data: bytes
    cured: tuple[Diagnostic, ...]


@dataclass(frozen=True)
class Left:
    """A diagnostic whose fix was not applied, and why."""

    diagnostic: Diagnostic
    reason: str


def fixed(examinations: Iterable[Examination], named: frozenset[Path]) -> Iterator[Fixed | Left]:
    """The files with fixes.  `named` are the files that may be changed, resolved.

    Nothing is written.  Of edits that overlap the first is taken; the rest can be asked for again.
    """
    by_file: dict[Path, list[tuple[Diagnostic, Edit]]] = {}
    must_mean_the_same: set[Path] = set()
    for examination in examinations:
        for diagnostic in examination.diagnostics:
            if diagnostic.fix is not None:
                path = Path(diagnostic.fix.span.source.name).resolve()
                by_file.setdefault(path, []).append((diagnostic, diagnostic.fix))
                if examination.compiles:
                    must_mean_the_same.add(path)
    for path, pairs in by_file.items():
        if path in named:
            yield from _fixed(path, pairs, same=path in must_mean_the_same)
        else:
            yield from (Left(each, "its file is not among the paths that were named")
                        for each, _ in pairs)  # fmt: skip


def _fixed(
    path: Path, pairs: list[tuple[Diagnostic, Edit]], *, same: bool
) -> Iterator[Fixed | Left]:
    source = pairs[0][1].span.source
    cured = list(_apart(pairs))
    text = _edited(source.text, [edit for _, edit in cured])
    reason = None
    if path.read_bytes() != _encoded(source.text):
        reason = "the file was changed meanwhile"
    elif same and not _means_the_same(source, text):
        reason = "that would change what the policy means"
    if reason is None:
        yield Fixed(path, _encoded(text), tuple(diagnostic for diagnostic, _ in cured))
    else:
        yield from (Left(diagnostic, reason) for diagnostic, _ in cured)


def _apart(pairs: list[tuple[Diagnostic, Edit]]) -> Iterator[tuple[Diagnostic, Edit]]:
    """The edits in order, without those that begin before the one before has ended."""
    end = -1
    for diagnostic, edit in sorted(pairs, key=lambda pair: (pair[1].span.start, pair[1].span.end)):
        if edit.span.start >= end:
            yield diagnostic, edit
            end = max(edit.span.end, edit.span.start + 1)


def _edited(text: str, edits: list[Edit]) -> str:
    for edit in reversed(edits):
        text = text[: edit.span.start] + edit.text + text[edit.span.end :]
    return text


def _encoded(text: str) -> bytes:
    """Bytes that were no UTF-8 come back as they were."""
    return text.encode("utf-8", "surrogateescape")


def _means_the_same(source: Source, text: str) -> bool:
    """Whether two texts differ in comments and blanks alone."""
    before, after = parse(source), parse(Source(source.name, text))
    unharmed = not before.diagnostics and not after.diagnostics
    return unharmed and before.file.declarations == after.file.declarations
