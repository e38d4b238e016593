"""Whether one of many things holds, and whether one of most of them does."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set

from epol.compiler.smt.terms import Bool, Terms


class Joint:
    """A disjunction that shares its terms with those that leave out a few of its items.

    The items are the leaves of a binary tree, whose nodes are terms.  What is left without k
    of n items is about k · log₂ n of its nodes: n disjunctions that each leave out one item
    take n · log₂ n operands in all, and not n².  `names` are those of the items, in order.
    """

    def __init__(self, terms: Terms, names: Sequence[str], items: Sequence[Bool]) -> None:
        self._terms, self._items = terms, tuple(items)
        self._nodes: dict[tuple[int, int], Bool] = {}
        self._places: dict[str, list[int]] = {}
        for place, name in enumerate(names):
            self._places.setdefault(name, []).append(place)

    def has(self, names: Set[str]) -> bool:
        """Whether some item has one of these names."""
        return not self._places.keys().isdisjoint(names)

    def without(self, names: Set[str], first: int | None = None) -> Bool:
        """Whether one of the items holds, or of so many `first` ones, that have no such name."""
        end = len(self._items) if first is None else first
        few, many = sorted((names, self._places.keys()), key=len)
        out = sorted(place for name in few if name in many for place in self._places[name])
        start, nodes = 0, list[Bool]()
        for place in (*(each for each in out if each < end), end):
            nodes += self._between(start, place, 0, len(self._items))
            start = place + 1
        return self._terms.any(nodes)

    def _between(self, start: int, end: int, low: int, high: int) -> Iterator[Bool]:
        """The nodes below one, from `low` to `high`, that make up a run of items."""
        if start >= high or end <= low or start >= end:
            return
        if start <= low and high <= end:
            yield self._node(low, high)
            return
        middle = (low + high) // 2
        yield from self._between(start, end, low, middle)
        yield from self._between(start, end, middle, high)

    def _node(self, low: int, high: int) -> Bool:
        if high - low == 1:
            return self._items[low]
        if (low, high) not in self._nodes:
            middle = (low + high) // 2
            halves = self._node(low, middle), self._node(middle, high)
            self._nodes[low, high] = self._terms.either(*halves)
        return self._nodes[low, high]
