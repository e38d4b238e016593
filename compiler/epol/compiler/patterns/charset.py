r"""A set of characters: code points by number, and others by their Unicode property.

Properties stay names as long as possible: written out, `\p{L}` has some 650 ranges.  So a
set is kept as *categories* that decide about most characters, and *decided* ones about
which something else is said: those of them that are *chosen* are in, the others are not.
With that form, union and complement are exact.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from epol.compiler.patterns.properties import CATEGORIES, UNASSIGNED, among
from epol.compiler.patterns.ranges import EVERY, Ranges, common, holds, joined, without

_LAST = 0x10FFFF


class ScriptMixError(ValueError):
    """A script's set, whose members are not known here, was put together with a negated one."""


@dataclass(frozen=True)
class CharSet:
    """Characters.  With `negated` (only where there are scripts) all but those described."""

    decided: Ranges = ()
    chosen: Ranges = ()
    categories: frozenset[str] = frozenset()
    scripts: frozenset[str] = frozenset()
    negated: bool = False

    @property
    def empty(self) -> bool:
        """No character is in the set."""
        return not (self.chosen or self.categories or self.scripts)

    @property
    def removed(self) -> Ranges:
        """Those that are out although their category may be in."""
        return without(self.decided, self.chosen)

    @property
    def by_number(self) -> bool:
        """No property has a say."""
        return not (self.categories or self.scripts)

    @property
    def last(self) -> int:
        """A code point that no member is beyond."""
        return self.chosen[-1][1] if self.by_number and self.chosen else _LAST

    def has(self, point: int) -> bool:
        """A character is a member; of scripts, only those of ASCII are known."""
        if holds(self.decided, point):
            return holds(self.chosen, point) is not self.negated
        char = chr(point)
        scripts = {"Latin" if char.isalpha() else "Common"} if char.isascii() else frozenset[str]()
        inside = unicodedata.category(char) in self.categories or bool(scripts & self.scripts)
        return inside is not self.negated

    def complement(self) -> CharSet:
        """All other characters."""
        if self.scripts:
            if UNASSIGNED in self.categories:
                raise ScriptMixError
            return CharSet(
                self.decided, self.chosen, self.categories, self.scripts, not self.negated
            )
        if not self.categories:
            return characters(without(EVERY, self.chosen))
        return _of(self.decided, self.removed, CATEGORIES - self.categories)

    def union(self, other: CharSet) -> CharSet:
        """The members of either."""
        if self.empty or other.empty:
            return other if self.empty else self
        scripts = self.scripts | other.scripts
        if scripts and (self.negated or other.negated or self.removed or other.removed):
            raise ScriptMixError
        chosen = joined(
            [
                *self.chosen,
                *other.chosen,
                *among(without(self.removed, other.decided), other.categories),
                *among(without(other.removed, self.decided), self.categories),
            ]
        )
        decided = joined([*self.decided, *other.decided])
        return _of(decided, chosen, self.categories | other.categories, scripts)


def _of(
    decided: Ranges,
    chosen: Ranges,
    categories: frozenset[str],
    scripts: frozenset[str] = frozenset(),
) -> CharSet:
    """One form for one set: what all categories decide is decided by number."""
    if categories == CATEGORIES:
        return characters(without(EVERY, without(decided, chosen)))
    if not categories:
        return CharSet(chosen, chosen, frozenset(), scripts)
    return CharSet(decided, chosen, categories, scripts)


def characters(ranges: Iterable[tuple[int, int]]) -> CharSet:
    """The characters of some ranges; surrogates are none."""
    chosen = common(joined(ranges), EVERY)
    return CharSet(chosen, chosen)


def category(names: frozenset[str]) -> CharSet:
    """The characters of some general categories."""
    return _of((), (), names)


def script(name: str) -> CharSet:
    """The characters of a script."""
    return CharSet(scripts=frozenset((name,)))


ANY = characters(EVERY)
NOTHING = CharSet()
