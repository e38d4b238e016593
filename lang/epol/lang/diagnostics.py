"""Diagnostics: what is wrong, where, and what to do.

A diagnostic is defined once, beside the check that reports it, with the text that
`epolc explain NAME` prints and two examples that the tests run.  `define` registers
it; nothing else keeps a list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from epol.lang.source import Span

Example = str | Mapping[str, str]
"""A policy's text, or file names with their texts (the first one is checked).

A text without a `policy` or `module` line stands for one that begins with
`PRELUDE`.
"""

PRELUDE = 'policy example version "1"\nimport std.edge\ntarget ward { at local context 8k }\n'


class Severity(StrEnum):
    """How much a diagnostic matters: an error always fails, a warning under --strict."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Label:
    """A secondary place with a short text."""

    span: Span
    text: str


@dataclass(frozen=True)
class Edit:
    """A span and the text that takes its place."""

    span: Span
    text: str


@dataclass(frozen=True)
class Diagnostic:
    """One finding at one place.  `witness` is a `test` block that shows it, or None.

    `fix` is the one edit that cures it, where there is one and no other: it corrects a slip in a
    name of a policy that does not compile, and so means nothing yet, or changes a comment.
    """

    definition: Definition
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    help: str | None = None
    witness: str | None = None
    fix: Edit | None = None

    @property
    def name(self) -> str:
        """The stable kebab-case name."""
        return self.definition.name

    @property
    def severity(self) -> Severity:
        """The severity of its definition."""
        return self.definition.severity


@dataclass(frozen=True)
class Definition:
    """A kind of diagnostic: its stable name, severity, and what `explain` says of it."""

    name: str
    severity: Severity
    summary: str
    explanation: str
    bad: Example
    good: Example
    prelude: str = PRELUDE

    def at(
        self,
        span: Span,
        message: str,
        *,
        help: str | None = None,
        labels: Iterable[Label] = (),
        fix: Edit | None = None,
    ) -> Diagnostic:
        """A diagnostic of this kind at `span`."""
        return Diagnostic(self, message, span, tuple(labels), help, fix=fix)


_registry: dict[str, Definition] = {}


def define(
    name: str,
    summary: str,
    explanation: str,
    *,
    bad: Example,
    good: Example,
    severity: Severity = Severity.ERROR,
    prelude: str = PRELUDE,
) -> Definition:
    """Register a kind of diagnostic.  A name can be taken once."""
    if name in _registry:
        raise ValueError(f"the diagnostic {name} is defined twice")
    definition = Definition(name, severity, summary, explanation, bad, good, prelude)
    _registry[name] = definition
    return definition


def definitions() -> Mapping[str, Definition]:
    """Every kind of diagnostic defined so far, by name."""
    return dict(sorted(_registry.items()))


MOST_COMPARED = 2000
"""How many words a suggestion is looked for among; comparing takes a while."""


SHORTEST_CORRECTED = 4
"""Characters of a word in which a slip can be told from another word."""


def correction(span: Span, word: str, known: Iterable[str]) -> Edit | None:
    """The edit that corrects a slip at the end of a span, if only one known word can be meant.

    A slip is one character too many, one too few, a wrong one, or two exchanged.
    """
    if len(word) < SHORTEST_CORRECTED or not span.text.endswith(word):
        return None
    meant = [other for other in known if _is_slip(word, other)]
    place = Span(span.source, span.end - len(word), span.end)
    return Edit(place, meant[0]) if len(meant) == 1 else None


def _is_slip(word: str, other: str) -> bool:
    if word == other or abs(len(word) - len(other)) > 1:
        return False
    pairs = zip(word, other, strict=False)
    at = next((i for i, (one, two) in enumerate(pairs) if one != two), min(len(word), len(other)))
    if len(word) > len(other):
        return word[at + 1 :] == other[at:]
    if len(word) < len(other):
        return word[at:] == other[at + 1 :]
    exchanged = word[at : at + 2] == other[at : at + 2][::-1] and word[at + 2 :] == other[at + 2 :]
    return exchanged or word[at + 1 :] == other[at + 1 :]


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """`did you mean "x"?` for the nearest known word, or None."""
    slack = 1 + len(word) // 3
    likely = [other for other in known if abs(len(other) - len(word)) <= slack]
    near = get_close_matches(word, likely[:MOST_COMPARED], n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else None
