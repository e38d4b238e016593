"""What is known of something that may or may not be: never silence.

Apart from the solver, which is slow to load, so that whoever reads answers need not wait for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from epol.compiler.smt.terms import Bool, Term


@dataclass(frozen=True)
class Possible:
    """It can be: values of all symbols for which it is, if they were asked for."""

    values: Mapping[Term, bool | int]


@dataclass(frozen=True)
class Impossible:
    """It cannot be: some of the conditions that cannot hold together, not always the fewest."""

    core: tuple[Bool, ...]


@dataclass(frozen=True)
class Undecided:
    """Nobody knows: the reason, in words for a person."""

    reason: str


Answer = Possible | Impossible | Undecided
