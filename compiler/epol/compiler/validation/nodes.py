"""What the nodes of a flow's program mean on one target, as terms.

The meanings are those that `epol.engine.bundle.program` states and the kernel computes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from epol.compiler.smt.terms import Bool, Int
from epol.compiler.smt.values import Kleene, Number, Truth
from epol.compiler.validation.canonical import CanonicalTerms
from epol.compiler.validation.features import Bounds, Features
from epol.compiler.validation.refusal import RefusedError
from epol.engine.bundle.program import (
    And,
    Choose,
    Equal,
    Feature,
    Fixed,
    FlowProgram,
    Gather,
    Greatest,
    Known,
    Lanes,
    Least,
    Less,
    Maybe,
    Member,
    Node,
    Scale,
    Sum,
    Value,
    literals_of,
    numbers_of,
)

_LOW, _HIGH, _ALL = -(2**63), 2**63 - 1, 2**64


class Meanings:
    """The nodes of one flow on every target; what no target changes is written once."""

    def __init__(
        self, name: str, flow: FlowProgram, targets: int, features: Features, terms: CanonicalTerms
    ) -> None:
        self._name, self._flow, self._targets = name, flow, targets
        self._features, self._terms, self._kleene = features, terms, Kleene(terms)
        self.constraints: list[Bool] = []
        self._is_alike = self._alike()
        self._of_all: dict[int, Truth | Number] = {}
        self._bounds_of_all: dict[int, Bounds] = {}

    def lane(self, target: int) -> Lane:
        """The nodes on one target."""
        own: dict[int, Truth | Number] = {}
        lane = Lane(self, target, own, dict(self._bounds_of_all))
        for place, node in enumerate(self._flow.nodes):
            if place in self._of_all:
                own[place] = self._of_all[place]
                continue
            own[place] = lane.meaning(node, place)
            if self._is_alike[place]:
                self._of_all[place] = own[place]
                if place in lane.bounds:
                    self._bounds_of_all[place] = lane.bounds[place]
        return lane

    def _alike(self) -> list[bool]:
        """For each node, whether it means the same on all targets."""
        alike: list[bool] = []
        everywhere = (1 << self._targets) - 1
        for node in self._flow.nodes:
            read = (*(literal >> 1 for literal in literals_of(node)), *numbers_of(node))
            own = not isinstance(node, Lanes | Gather)
            if isinstance(node, Fixed):
                own = {node.true, node.false} <= {0, everywhere}
            alike.append(own and all(alike[place] for place in read))
        return alike

    @property
    def features(self) -> Features:
        """What the nodes read from a request."""
        return self._features

    @property
    def terms(self) -> CanonicalTerms:
        """Where the terms live."""
        return self._terms

    @property
    def kleene(self) -> Kleene:
        """Kleene's connectives."""
        return self._kleene

    def wrapped(self, exact: Int, bounds: Bounds, name: str) -> tuple[Int, Bounds]:
        """A number of the kernel, which is exact modulo 2^64 and has 64 bits."""
        low, high = bounds
        if _LOW <= low <= high <= _HIGH:
            return exact, bounds
        terms = self._terms
        rounds = terms.integer(f"rounds of {self._name} {name}")
        value = terms.total([exact, terms.times(rounds, -_ALL)])
        self.constraints.append(terms.at_most(terms.number(_LOW), value))
        self.constraints.append(terms.at_most(value, terms.number(_HIGH)))
        return value, (_LOW, _HIGH)


class Lane:
    """The nodes of one flow on one target; `bounds` are those of its numbers."""

    def __init__(
        self,
        meanings: Meanings,
        target: int,
        nodes: dict[int, Truth | Number],
        bounds: dict[int, Bounds],
    ) -> None:
        self._all, self._target = meanings, target
        self._nodes, self.bounds = nodes, bounds
        self._terms, self._kleene = meanings.terms, meanings.kleene

    # --- what was written ------------------------------------------------------------

    def truth(self, literal: int) -> Truth:
        """A literal."""
        truth = cast(Truth, self._nodes[literal >> 1])
        return self._kleene.negation(truth) if literal & 1 else truth

    def comes_out(self, literal: int) -> Bool:
        """Whether an output is said to hold: the kernel reads its can-be-true plane."""
        return self.truth(literal).may

    def number(self, place: int) -> Number:
        """A number."""
        return cast(Number, self._nodes[place])

    # --- gates -----------------------------------------------------------------------

    def meaning(self, node: Node, place: int) -> Truth | Number:
        """A node of which all that it reads has been written."""
        terms = self._terms
        match node:
            case Fixed(true, false):
                if not (true | false) >> self._target & 1:
                    raise RefusedError("a gate has no value on a target")
                return Truth(
                    terms.truth(not false >> self._target & 1),
                    terms.truth(bool(true >> self._target & 1)),
                )
            case And(literals):
                return self._kleene.conjunction(self.truth(literal) for literal in literals)
            case Maybe(literal):
                may = self.truth(literal).may
                return Truth(may, may)
            case Known(number):
                known = self.number(number).known
                return Truth(known, known)
            case Equal(left, right):
                one, other = self.number(left), self.number(right)
                return self._fact(one, other, terms.equal(one.value, other.value))
            case Less(left, right):
                one, other = self.number(left), self.number(right)
                return self._fact(one, other, terms.below(one.value, other.value))
            case Member(number, members):
                one = self.number(number)
                values = (terms.number(member) for member in members)
                return self._fact(one, one, terms.any(terms.equal(one.value, v) for v in values))
            case _:
                value, self.bounds[place] = self._number(node, place)
                return value

    def _fact(self, one: Number, other: Number, value: Bool) -> Truth:
        """A comparison, unknown where one of its sides is."""
        return self._kleene.fact(self._terms.both(one.known, other.known), value)

    # --- numbers ---------------------------------------------------------------------

    def _number(self, node: Node, place: int) -> tuple[Number, Bounds]:
        terms = self._terms
        match node:
            case Feature(feature):
                return self._all.features.feature(feature)
            case Gather(features):
                return self._all.features.feature(features[self._target])
            case Value(value):
                return Number(terms.true, terms.number(value)), (value, value)
            case Lanes(values):
                return self._constant(values[self._target])
            case Sum(constant, summands):
                return self._sum(constant, summands, place)
            case Scale(number, numerator, denominator):
                return self._scale(number, numerator, denominator, place)
            case Least(numbers):
                return self._extreme(numbers, is_least=True)
            case Greatest(numbers):
                return self._extreme(numbers, is_least=False)
            case Choose(literal, then, otherwise):
                return self._choose(self.truth(literal), then, otherwise)
            case _:
                raise AssertionError("a gate is no number")

    def _constant(self, value: int | None) -> tuple[Number, Bounds]:
        known, number = self._terms.truth(value is not None), value or 0
        return Number(known, self._terms.number(number)), (number, number)

    def _sum(
        self, constant: int, summands: Sequence[tuple[int, int]], place: int
    ) -> tuple[Number, Bounds]:
        terms, low, high = self._terms, constant, constant
        parts = [terms.number(constant)]
        for coefficient, number in summands:
            parts.append(terms.times(self.number(number).value, coefficient))
            ends = sorted(coefficient * end for end in self.bounds[number])
            low, high = low + ends[0], high + ends[1]
        known = terms.all(self.number(number).known for _, number in summands)
        return self._wrapped(known, terms.total(parts), (low, high), place)

    def _wrapped(
        self, known: Bool, exact: Int, bounds: Bounds, place: int
    ) -> tuple[Number, Bounds]:
        value, bounds = self._all.wrapped(exact, bounds, f"{self._target} {place}")
        return Number(known, value), bounds

    def _scale(
        self, number: int, numerator: int, denominator: int, place: int
    ) -> tuple[Number, Bounds]:
        terms, item = self._terms, self.number(number)
        above, below = self.number(numerator), self.number(denominator)
        if terms.false in (above.known, below.known):
            return Number(terms.false, terms.number(0)), (0, 0)
        assert above.value.constant is not None
        assert below.value.constant is not None
        times, by = above.value.constant, below.value.constant
        if not _LOW <= (by - 1) * times <= _HIGH:
            raise RefusedError("a fraction's remainder could leave 64 bits")
        ends = sorted(end * times // by for end in self.bounds[number])
        exact = terms.scaled(item.value, times, by)
        return self._wrapped(item.known, exact, (ends[0], ends[1]), place)

    def _extreme(self, numbers: Sequence[int], *, is_least: bool) -> tuple[Number, Bounds]:
        terms, chosen = self._terms, min if is_least else max
        best = self.number(numbers[0]).value
        for number in numbers[1:]:
            value = self.number(number).value
            pair = (best, value) if is_least else (value, best)
            best = terms.pick(terms.at_most(*pair), best, value)
        ends = [self.bounds[number] for number in numbers]
        bounds = chosen(low for low, _ in ends), chosen(high for _, high in ends)
        return Number(terms.all(self.number(n).known for n in numbers), best), bounds

    def _choose(self, test: Truth, then: int, otherwise: int) -> tuple[Number, Bounds]:
        terms, yes, no = self._terms, self.number(then), self.number(otherwise)
        known = terms.both(self._kleene.known(test), terms.choice(test.must, yes.known, no.known))
        ends = self.bounds[then], self.bounds[otherwise]
        bounds = min(low for low, _ in ends), max(high for _, high in ends)
        return Number(known, terms.pick(test.must, yes.value, no.value)), bounds
