"""What can be true of one string at once: the joint outcomes of some globs.

Each glob is an automaton whose state is a position in it.  All run side by side over the
same text; a state of the product is the set of (glob, position) that are alive.  Every
reachable state is visited, nearest first, so that the outcomes found are exactly those
that some string realises, each with a shortest such string.  In a state all characters
that no glob waits for there behave alike, and one of them stands for the rest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from epol.compiler.outcomes import TooManyOutcomesError
from epol.lang.glob import ANY_ONE, ANY_RUN, Glob, is_exact, matches

MAX_STATES = 20_000
"""Product states that are visited before a string is given up as too hard."""

_PLAIN = ("other", "else", "none", "x")
"""Strings to show where nothing in the policy matches, in order of preference."""
_FILLERS = "xyzabcdefghijklmnopqrstuvw0123456789-_ABCDEFGHIJKLMNOPQRSTUVWXYZ"

_State = frozenset[tuple[int, int]]


@dataclass(frozen=True)
class Outcome:
    """The globs that match, by index, and a string for which it is these."""

    matched: frozenset[int]
    witness: str


def outcomes(globs: Sequence[Glob], preferred: Iterable[str] = ()) -> tuple[Outcome, ...]:
    """The realisable joint outcomes of globs, in an order that depends on these alone.

    A preferred string that realises an outcome is its witness.  Raises `TooManyOutcomesError`.
    """
    return _outcomes(tuple(globs), tuple(preferred))


@lru_cache(maxsize=256)
def _outcomes(globs: tuple[Glob, ...], preferred: tuple[str, ...]) -> tuple[Outcome, ...]:
    found = _reached(globs)
    if found is None:
        message = f"{len(globs)} strings and globs have too many joint outcomes"
        raise TooManyOutcomesError(message)
    matched, shown = _Matched(globs), dict[frozenset[int], str]()
    plain = (text for text in _PLAIN if not matched.by(text))
    for text in (*preferred, *matched.literals, *plain):
        shown.setdefault(matched.by(text), text)
    return tuple(Outcome(which, shown.get(which, text)) for which, text in found.items())


class _Matched:
    """Which globs match a text; those without wildcards, often hundreds, are looked up."""

    def __init__(self, globs: Sequence[Glob]) -> None:
        self.literals: dict[str, list[int]] = {}
        self._wild: list[tuple[int, Glob]] = []
        for index, glob in enumerate(globs):
            literal = _literal(glob)
            if literal is None:
                self._wild.append((index, glob))
            else:
                self.literals.setdefault(literal, []).append(index)

    def by(self, text: str) -> frozenset[int]:
        wild = (index for index, glob in self._wild if matches(glob, text))
        return frozenset([*self.literals.get(text, ()), *wild])


def _literal(glob: Glob) -> str | None:
    """The one string that a glob without wildcards matches."""
    return "".join(part for part in glob if isinstance(part, str)) if is_exact(glob) else None


@lru_cache(maxsize=256)
def _reached(globs: tuple[Glob, ...]) -> Mapping[frozenset[int], str] | None:
    """Each realisable outcome, with a shortest string that realises it; None if there are too many.

    It may take seconds, and the same strings are asked about for every flow and claim.
    """
    start = _closed(globs, ((index, 0) for index in range(len(globs))))
    nearest: dict[_State, str] = {start: ""}
    queue = [start]
    found: dict[frozenset[int], str] = {}
    for state in queue:  # grows while it is read
        text = nearest[state]
        found.setdefault(frozenset(i for i, at in state if at == len(globs[i])), text)
        for char in _characters(globs, state):
            after = _step(globs, state, char)
            if after not in nearest:
                nearest[after] = text + char
                queue.append(after)
        if len(queue) > MAX_STATES:
            return None
    return found


def _closed(globs: Sequence[Glob], places: Iterable[tuple[int, int]]) -> _State:
    """Places with those behind each `*` that starts there, as it may stand for nothing."""
    closed = set(places)
    left = list(closed)
    for index, at in left:  # grows while it is read
        behind = index, at + 1
        if at < len(globs[index]) and globs[index][at] is ANY_RUN and behind not in closed:
            closed.add(behind)
            left.append(behind)
    return frozenset(closed)


def _characters(globs: Sequence[Glob], state: _State) -> list[str]:
    """The characters that some glob waits for, and one that none does."""
    waited = {globs[i][at] for i, at in state if at < len(globs[i])}
    literal = sorted(part for part in waited if isinstance(part, str))
    other = next((char for char in _FILLERS if char not in waited), None)
    if other is None:
        other = next(chr(code) for code in range(0x100, 0x110000) if chr(code) not in waited)
    return [*literal, other]


def _step(globs: Sequence[Glob], state: _State, char: str) -> _State:
    """The places that are alive after one more character."""
    return _closed(globs, _after(globs, state, char))


def _after(globs: Sequence[Glob], state: _State, char: str) -> Iterable[tuple[int, int]]:
    for index, at in state:
        if at < len(globs[index]):
            part = globs[index][at]
            if part is ANY_RUN:
                yield index, at
            elif part is ANY_ONE or part == char:
                yield index, at + 1
