"""Plain requests that show something, which are kept as long as they do."""

from __future__ import annotations

from collections.abc import Sequence

from epol.compiler.smt.answers import Possible
from epol.compiler.smt.plainest import plainest
from epol.compiler.smt.space import Space
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Values


class Showing:
    """A plain request on which a goal holds, or some `requests`; `key` tells what it shows.

    One that showed it before an edit and still does need not be made again.
    """

    def __init__(
        self, space: Space, key: object, goal: Bool, requests: Sequence[Symbols] = ()
    ) -> None:
        self._space, self._goal = space, goal
        self._requests = requests or (space.symbols,)
        for symbols in self._requests[1:]:
            symbols.like(self._requests[0])
        self._kept = space.kept(key)

    def known(self) -> Values | None:
        """The values that are known; None if they do not show it."""
        values = self._kept.values
        if values is None or not self._space.shows(self._kept, self._goal):
            return None
        return self._space.whole(Possible(values)).values

    def made(self, found: Possible, budget: float) -> Values:
        """Plainer values than those that were found, within some seconds of this thread."""
        space, kept = self._space, self._kept
        whole = space.whole(found)
        best = plainest(space.solver, [self._goal], whole, budget, self._requests, kept.cores)
        space.keep(kept, best.values)
        return space.whole(best).values
