"""Two policies compared: what they declare otherwise, and which requests they decide otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from epol.compiler.diff.declared import Declared, declared
from epol.compiler.diff.judge import Pair
from epol.compiler.diff.search import NONE, Verdict, search
from epol.lang.model import Policy


@dataclass(frozen=True)
class Comparison:
    """All that is known of the difference between two policies."""

    old: Policy
    new: Policy
    declared: tuple[Declared, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def alike(self) -> bool:
        """Whether it is proved that the same facts are always decided alike."""
        return all(verdict.outcome == NONE for verdict in self.verdicts)

    @property
    def left_out(self) -> tuple[Declared, ...]:
        """What is declared otherwise and no comparison of decisions covers."""
        return tuple(each for each in self.declared if not each.covered)

    @property
    def equivalent(self) -> bool:
        """Whether it is proved that every request is decided alike and runs alike."""
        return self.alike and not self.left_out

    @property
    def witnesses(self) -> tuple[Pair, ...]:
        """The requests that show differences, each once, in the order of what they show."""
        every = (pair for verdict in self.verdicts for pair in verdict.witnesses)
        return tuple({id(pair): pair for pair in every}.values())


def compare(old: Policy, new: Policy, budget: float) -> Comparison:
    """Compare two policies; `budget` is in seconds, for all questions to the solver."""
    return Comparison(old, new, declared(old, new), search(old, new, budget))
