"""The text part of a policy: what the scanner looks for, as plain data.

The compiler writes it, the engine runs it.  Lengths and distances count code points,
unless they are said to be bytes (of UTF-8).  What the types bound is bounded where a plan is
read; who makes one keeps to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta

from epol.engine.bundle.lazy import lazy

MOST_NEEDED = 64
"""Most bytes of a match of what a regular expression `needs`."""
MAX_EXPRESSION = 1_000_000
MAX_NAME = 1000
MAX_REACH = 2**31
MAX_WITHIN = 1000
MAX_POINTS = 100
MAX_ENTROPY = 8
"""Characters of an expression, and of a name or phrase; bytes of a match; characters to a
phrase; percent; bits a character."""

Expression = Annotated[str, Meta(min_length=1, max_length=MAX_EXPRESSION)]
Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Phrases = Annotated[tuple[Name, ...], Meta(min_length=1)]
Reach = Annotated[int, Meta(gt=0, le=MAX_REACH)]
Points = Annotated[int, Meta(ge=0, le=MAX_POINTS)]
Within = Annotated[int, Meta(ge=0, le=MAX_WITHIN)]
Entropy = Annotated[float, Meta(ge=0, le=MAX_ENTROPY)]


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

    gate: Expression
    exact: Expression
    reach: Reach | None = None
    bounded: bool = False
    needs: Expression | None = None
    zeros: Expression | None = None


@dataclass(frozen=True, slots=True)
class Near:
    """Phrases that add `adds` points when one stands within `within` characters."""

    phrases: Phrases
    within: Within
    adds: Points


@dataclass(frozen=True, slots=True)
class DetectorPlan:
    """A detector of patterns and words.

    `entropy` is in bits a character; `left` and `right` are character classes that may
    not stand beside a match.  Scores and the threshold are percent.
    """

    name: Name
    label: Name
    regexes: tuple[Regex, ...]
    score: Points = 100
    threshold: Points = 50
    near: tuple[Near, ...] = ()
    checks: tuple[Name, ...] = ()
    stopwords: tuple[Name, ...] = ()
    entropy: Entropy | None = None
    left: tuple[str, ...] = ()
    right: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelDetectorPlan:
    """A detector that is a token classifier: spans of some of its classes.

    `threshold` is percent; `cost` is in microseconds, as the policy says it.
    """

    name: Name
    label: Name
    model: Name
    classes: tuple[Name, ...]
    threshold: Points = 50
    cost: int | None = None


@dataclass(frozen=True, slots=True)
class SignalPlan:
    """A text signal: `count`, `match` or `density` of regexes in text of some roles."""

    name: Name
    function: Name
    regexes: tuple[Regex, ...]
    roles: frozenset[Name] | None = None


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
