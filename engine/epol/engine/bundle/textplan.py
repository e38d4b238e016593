"""The text part of a policy: what the scanner looks for, as plain data.

The compiler writes it, the engine runs it.  Lengths and distances count code points,
unless they are said to be bytes (of UTF-8).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from epol.engine.bundle.lazy import lazy

MOST_NEEDED = 64
"""Most bytes of a match of what a regular expression `needs`."""


@dataclass(frozen=True, slots=True)
class Regex:
    """One regular expression, in two forms of one meaning.

    `gate` is Hyperscan's: wherever `exact` matches [s, e), `gate` ends somewhere in
    (s, e].  `exact` is RE2's; a group called `value` is the span.  `reach` is the most
    bytes that a match has, None where nothing bounds it.  `bounded` says that a match
    must not begin or end inside a word.  `needs` is a trigger, in Hyperscan's syntax, or several,
    each in a line: within each match of `exact` there is one of them, of at most `MOST_NEEDED`
    bytes.  `zeros`, which comes with a trigger only, is the gate for a text all of whose ASCII
    digits are written 0.
    """

    gate: str
    exact: str
    reach: int | None = None
    bounded: bool = False
    needs: str | None = None
    zeros: str | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Phrases that add `adds` points when one stands within `within` characters."""

    phrases: tuple[str, ...]
    within: int
    adds: int


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """A detector of patterns and words.

    `entropy` is in bits a character; `left` and `right` are character classes that may
    not stand beside a match.  Scores and the threshold are percent.
    """

    name: str
    label: str
    regexes: tuple[Regex, ...]
    score: int = 100
    threshold: int = 50
    near: tuple[Near, ...] = ()
    checks: tuple[str, ...] = ()
    stopwords: tuple[str, ...] = ()
    entropy: float | None = None
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelDetectorPlan:
    """A detector that is a token classifier: spans of some of its classes.

    `threshold` is percent; `cost` is in microseconds, as the policy says it.
    """

    name: str
    label: str
    model: str
    classes: tuple[str, ...]
    threshold: int = 50
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class SignalPlan:
    """A text signal: `count`, `match` or `density` of regexes in text of some roles."""

    name: str
    function: str
    regexes: tuple[Regex, ...]
    roles: frozenset[str] | None = None


@dataclass(frozen=True)
class TextPlan:
    """All detectors and text signals of a policy."""

    detectors: tuple[DetectorPlan, ...] = ()
    signals: tuple[SignalPlan, ...] = ()
    models: tuple[ModelDetectorPlan, ...] = ()

    @lazy
    def quiet(self) -> Mapping[str, int | bool]:
        """The values of the text signals where none of them matches anything."""
        return {each.name: False if each.function == "match" else 0 for each in self.signals}

    @lazy
    def labels(self) -> frozenset[str]:
        """Those that something looks for."""
        found = {each.label for each in self.detectors}
        return frozenset(found | {each.label for each in self.models})
