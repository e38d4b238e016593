"""A smallest set of facts with the values nearest to the present ones, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from epol.compiler.smt.answers import Impossible, Possible
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Values
from epol.compiler.smt.witness import value_of
from epol.compiler.why.asking import Asking
from epol.compiler.why.facts import Fact, Number, changed
from epol.compiler.why.nearest import Edge, nearest
from epol.compiler.why.words import Wording
from epol.lang.model import Policy, Value
from epol.lang.request import Request
from epol.lang.types import StringType

MOST_VALUES = 4
"""So many values of one fact are told."""


@dataclass(frozen=True)
class Change:
    """A change in words, and the requests that it names: each must show that it is so."""

    words: str
    requests: tuple[Request, ...]


class Telling:
    """Tells the ways to one goal."""

    def __init__(
        self, asking: Asking, symbols: Symbols, policy: Policy, request: Request, goal: Bool
    ) -> None:
        self._asking, self._symbols, self._goal = asking, symbols, goal
        self._terms, self._request = symbols.terms, request
        self._wording = Wording(policy, symbols.role_groups)

    def change(self, way: Sequence[Fact], facts: Sequence[Fact]) -> Change | None:
        """A way in words; None if the time ran out before its values were known."""
        others = [fact.same for fact in facts if fact not in way]
        if len(way) == 1:
            return self._single(way[0], others)
        return self._several(way, others)

    def _changed(self, way: Sequence[Fact], values: Values) -> Request:
        return changed(self._request, self._symbols, way, values)

    # --- one fact --------------------------------------------------------------------

    def _single(self, fact: Fact, others: list[Bool]) -> Change | None:
        if fact.loses:
            answer = self._asking.ask(self._goal, *others, values=True)
            if not isinstance(answer, Possible):
                return None
            return Change(self._wording.not_known(fact), (self._changed([fact], answer.values),))
        if fact.number is not None:
            return self._by_edges(fact, fact.number, others)
        return self._by_values(fact, others)

    def _by_edges(self, fact: Fact, number: Number, others: list[Bool]) -> Change | None:
        """Below and above, the nearest value that leads there."""
        signs = (1,) if number.now is None else (-1, 1)
        conditions = [self._goal, fact.known, *others]
        found = [nearest(self._asking, self._terms, conditions, number, sign) for sign in signs]
        edges = [edge for edge in found if edge is not None]
        if not edges:
            return None
        beyond = [(e, self._holds_beyond([(number, e)], [fact.known, *others])) for e in edges]
        requests = tuple(self._changed([fact], edge.values) for edge in edges)
        return Change(self._wording.edges(fact, beyond), requests)

    def _holds_beyond(self, edges: list[tuple[Number, Edge]], others: list[Bool]) -> bool:
        """Whether all values beyond some edges lead there too; there are some beyond each."""
        beyond: list[Bool] = []
        for number, edge in edges:
            value = self._terms.number(edge.value)
            if edge.value in (number.low, number.high):
                return False
            pair = (value, number.term) if edge.sign > 0 else (number.term, value)
            beyond.append(self._terms.at_most(*pair))
        elsewhere = self._terms.negation(self._goal)
        return isinstance(self._asking.ask(elsewhere, *beyond, *others), Impossible)

    def _by_values(self, fact: Fact, others: list[Bool]) -> Change | None:
        """Every value that leads there, if they are few; or all but the present one."""
        found: list[tuple[Value, Values]] = []
        conditions = [self._goal, fact.known, *others]
        for value, values in self._values(fact, conditions):
            found.append((value, values))
            if len(found) > MOST_VALUES:
                break
        if not found:
            return None
        if fact.input is not None and isinstance(fact.input.info.type, StringType):
            found.sort(key=lambda pair: str(pair[0]))
        requests = tuple(self._changed([fact], values) for _, values in found[:MOST_VALUES])
        if len(found) > MOST_VALUES and self._is_any_other(fact, others):
            return Change(self._wording.anything_else(fact), requests)
        told = [value for value, _ in found[:MOST_VALUES]]
        return Change(self._wording.values(fact, told), requests)

    def _values(self, fact: Fact, conditions: list[Bool]) -> Iterator[tuple[Value, Values]]:
        assert fact.input is not None
        asked = [*conditions]
        while isinstance(answer := self._asking.ask(*asked, values=True), Possible):
            values = self._fewest_members(fact, asked, answer.values)
            value = value_of(fact.input, values)
            yield value, values
            if isinstance(value, frozenset):
                return
            asked.append(self._terms.negation(self._symbols.is_value(fact.name, value)))

    def _fewest_members(self, fact: Fact, asked: list[Bool], values: Values) -> Values:
        """Of a set that is not known now, few members."""
        assert fact.input is not None
        if isinstance(fact.input.value, dict):
            kept = list(asked)
            for term in fact.input.value.values():
                if values[term]:
                    without = self._terms.negation(term)
                    answer = self._asking.ask(*kept, without, values=True)
                    if isinstance(answer, Possible):
                        kept, values = [*kept, without], answer.values
        return values

    def _is_any_other(self, fact: Fact, others: list[Bool]) -> bool:
        conditions = [self._terms.negation(self._goal), self._terms.negation(fact.same)]
        return isinstance(self._asking.ask(*conditions, fact.known, *others), Impossible)

    # --- several facts ---------------------------------------------------------------

    def _several(self, way: Sequence[Fact], others: list[Bool]) -> Change | None:
        """Numbers as near as they can be, one after the other; the rest as it is found."""
        answer = self._asking.ask(self._goal, *others, values=True)
        if not isinstance(answer, Possible):
            return None
        kept, values, edges = [*others], answer.values, dict[Fact, Edge]()
        for fact in way:
            if fact.number is None:
                kept.append(self._as_in(fact, values))
                continue
            edge = self._nearer_side(fact, fact.number, [self._goal, *kept], values)
            edges[fact], values = edge, edge.values
            kept += [fact.known, self._at(fact, edge)]
        return Change(self._words(way, edges, values, others), (self._changed(way, values),))

    def _as_in(self, fact: Fact, values: Values) -> Bool:
        """That a fact which is no number is as in some values."""
        if fact.input is None or fact.loses:
            return self._terms.negation(fact.same)
        return self._symbols.is_value(fact.name, value_of(fact.input, values))

    def _nearer_side(
        self, fact: Fact, number: Number, conditions: list[Bool], values: Values
    ) -> Edge:
        """The nearest value on the side where one was found."""
        value = int(self._terms.evaluated([number.term], values)[number.term])
        sign = 1 if number.now is None or value > number.now else -1
        edge = nearest(self._asking, self._terms, [*conditions, fact.known], number, sign)
        return edge or Edge(value, sign, values)

    def _words(
        self, way: Sequence[Fact], edges: dict[Fact, Edge], values: Values, others: list[Bool]
    ) -> str:
        beyond = self._beyond(way, edges, values, others)
        parts = [self._part(fact, edges, values, is_open=fact in beyond) for fact in way]
        first, *rest = dict.fromkeys(parts)
        return " and ".join([first, *(part.removeprefix("with ") for part in rest)])

    def _beyond(
        self, way: Sequence[Fact], edges: dict[Fact, Edge], values: Values, others: list[Bool]
    ) -> set[Fact]:
        """Numbers that may go on beyond their edges together, the others being at theirs."""
        fixed = [self._as_in(fact, values) for fact in way if fact not in edges]
        fixed += [fact.known for fact in edges]
        at = {fact: self._at(fact, edge) for fact, edge in edges.items()}
        found: set[Fact] = set()
        for fact in edges:
            wanted = [(f.number, edges[f]) for f in edges if f.number and f in {*found, fact}]
            still = [at[f] for f in edges if f not in {*found, fact}]
            if self._holds_beyond(wanted, [*fixed, *still, *others]):
                found.add(fact)
        return found

    def _at(self, fact: Fact, edge: Edge) -> Bool:
        """That a number is at its edge."""
        assert fact.number is not None
        return self._terms.equal(fact.number.term, self._terms.number(edge.value))

    def _part(self, fact: Fact, edges: dict[Fact, Edge], values: Values, *, is_open: bool) -> str:
        if fact in edges:
            return self._wording.edges(fact, [(edges[fact], is_open)])
        if fact.loses or fact.input is None:
            return self._wording.not_known(fact)
        return self._wording.values(fact, [value_of(fact.input, values)])
