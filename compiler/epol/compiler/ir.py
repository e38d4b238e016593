"""The circuit under construction: each node once, simplified as it is made.

A condition is a *literal* (twice a gate's place, plus one where it is negated), a number
the place of its node.  What is simplified keeps its Kleene value on every lane; so `x and
not x` stays, because it is unknown where x is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from math import gcd

from epol.engine.bundle.program import (
    And,
    Choose,
    Equal,
    Feature,
    Fixed,
    Gather,
    Greatest,
    Known,
    Lanes,
    Least,
    Less,
    Maybe,
    Member,
    Node,
    Reading,
    Scale,
    Sum,
    Value,
)

LaneValues = tuple[int | None, ...]
_Compute = Callable[[list[int]], int]
_Holds = Callable[[int, int], bool]


class Features:
    """What is read from a request, each reading once; all flows share them."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.sure: list[bool] = []
        self._places: dict[Reading, int] = {}

    def place(self, reading: Reading, *, sure: bool) -> int:
        """The place of a reading; `sure` if it is never unknown."""
        place = self._places.get(reading)
        if place is None:
            place = self._places[reading] = len(self.readings)
            self.readings.append(reading)
            self.sure.append(sure)
        return place


class Circuit:
    """The nodes of one flow's program, for a fixed number of targets."""

    def __init__(self, targets: int, features: Features) -> None:
        self.nodes: list[Node] = []
        self.features = features
        self.lanes = targets
        self.everywhere = (1 << targets) - 1
        self._places: dict[Node, int] = {}
        self._crisp: set[int] = set()
        self.true = self._fixed(self.everywhere, 0)
        self.false = self.true ^ 1
        self.unknown = self._fixed(self.everywhere, self.everywhere)

    # --- conditions ------------------------------------------------------------------

    def fixed(self, values: Iterable[bool | None]) -> int:
        """A condition that is known for each target before any request; None is unknown."""
        true = false = 0
        for lane, value in enumerate(values):
            true |= (value is not False) << lane
            false |= (value is not True) << lane
        return self._fixed(true, false)

    def _fixed(self, true: int, false: int) -> int:
        """A fixed gate; of a condition and its negation there is only one."""
        if (false, true) < (true, false):
            return self._gate(Fixed(true, false), crisp=true & false == 0)
        return self._gate(Fixed(false, true), crisp=true & false == 0) ^ 1

    def both(self, literals: Iterable[int]) -> int:
        """Conjunction."""
        wanted = sorted(set(literals) - {self.true})
        if self.false in wanted:
            return self.false
        fixed = [literal for literal in wanted if isinstance(self._node(literal), Fixed)]
        if len(fixed) > 1:
            true, false = self.everywhere, 0
            for literal in fixed:
                planes = self._planes(literal)
                true, false = true & planes[0], false | planes[1]
            return self.both([*(x for x in wanted if x not in fixed), self._fixed(true, false)])
        if len(wanted) < 2:
            return wanted[0] if wanted else self.true
        crisp = all(literal >> 1 in self._crisp for literal in wanted)
        if crisp and any(literal ^ 1 in wanted for literal in wanted):
            return self.false
        return self._gate(And(tuple(wanted)), crisp=crisp)

    def either(self, literals: Iterable[int]) -> int:
        """Disjunction, by De Morgan's law, which holds in Kleene's logic too."""
        return self.both(literal ^ 1 for literal in literals) ^ 1

    def maybe(self, literal: int) -> int:
        """Not false: true or unknown."""
        if literal >> 1 in self._crisp:
            return literal
        if isinstance(self._node(literal), Fixed):
            true, _ = self._planes(literal)
            return self._fixed(true, self.everywhere & ~true)
        return self._gate(Maybe(literal), crisp=True)

    def surely(self, literal: int) -> int:
        """True, and not unknown."""
        return self.maybe(literal ^ 1) ^ 1

    def is_unknown(self, literal: int) -> int:
        """Whether a condition is unknown; itself never."""
        if literal >> 1 in self._crisp:
            return self.false
        return self.both((self.maybe(literal), self.maybe(literal ^ 1)))

    def may_be_unknown(self, literal: int) -> bool:
        """Whether a condition is unknown on some request, as far as can be told here."""
        return literal >> 1 not in self._crisp

    def choose_condition(self, condition: int, then: int, otherwise: int) -> int:
        """`if(C, a, b)` over conditions: unknown where C is, even if a and b agree."""
        return self.either(
            (
                self.both((condition, then)),
                self.both((condition ^ 1, otherwise)),
                self.both((self.is_unknown(condition), self.unknown)),
            )
        )

    def same(self, left: int, right: int) -> int:
        """Whether two conditions agree; unknown if one of them is."""
        return self.either((self.both((left, right)), self.both((left ^ 1, right ^ 1))))

    def known(self, number: int) -> int:
        """Whether a number is known."""
        match self.nodes[number]:
            case Lanes(values):
                return self.fixed(value is not None for value in values)
            case _ if self._is_sure(number):
                return self.true
            case _:
                return self._gate(Known(number), crisp=True)

    def equal(self, left: int, right: int) -> int:
        """Whether two numbers are equal."""
        folded = self._compare_constants(left, right, lambda a, b: a == b)
        if folded is not None:
            return folded
        left, right = sorted((left, right))
        return self._gate(Equal(left, right), crisp=self._is_sure(left, right))

    def less(self, left: int, right: int) -> int:
        """Whether a number is below another."""
        folded = self._compare_constants(left, right, lambda a, b: a < b)
        if folded is not None:
            return folded
        return self._gate(Less(left, right), crisp=self._is_sure(left, right))

    def member(self, number: int, members: Iterable[int]) -> int:
        """Whether a number is one of some small ones."""
        wanted = tuple(sorted(set(members)))
        if len(wanted) < 2:
            return self.equal(number, self.value(wanted[0])) if wanted else self.false
        return self._gate(Member(number, wanted), crisp=self._is_sure(number))

    # --- numbers ---------------------------------------------------------------------

    def value(self, value: int) -> int:
        """A constant."""
        return self._place(Value(value))

    def per_target(self, values: LaneValues) -> int:
        """A constant for each target; None is unknown."""
        first = values[0]
        if first is not None and set(values) == {first}:
            return self.value(first)
        return self._place(Lanes(values))

    def feature(self, reading: Reading, *, sure: bool) -> int:
        """What is read from the request; `sure` if it is never unknown."""
        return self._place(Feature(self.features.place(reading, sure=sure)))

    def gather(self, readings: Sequence[Reading], sure: Sequence[bool]) -> int:
        """What is read from the request for each target."""
        places = [self.features.place(r, sure=s) for r, s in zip(readings, sure, strict=True)]
        return self._place(Feature(places[0]) if len(set(places)) == 1 else Gather(tuple(places)))

    def sum(self, constant: int, terms: Iterable[tuple[int, int]]) -> int:
        """A constant and numbers, each times a coefficient (given first)."""
        total, coefficients = constant, dict[int, int]()
        for coefficient, number in terms:
            match self.nodes[number]:
                case Value(value):
                    total += coefficient * value
                case _:
                    coefficients[number] = coefficients.get(number, 0) + coefficient
        # A term that cancels out stays, with 0, for the whole is unknown where it is.
        kept = [(n, c) for n, c in coefficients.items() if c or not self._is_sure(n)]
        if not kept:
            return self.value(total)
        if total == 0 and len(kept) == 1 and kept[0][1] == 1:
            return kept[0][0]
        if all(isinstance(self.nodes[n], Lanes) for n, _ in kept):
            return self._folded([n for n, _ in kept], lambda v: total + _dot(kept, v))
        return self._place(Sum(_signed(total), tuple(sorted((_signed(c), n) for n, c in kept))))

    def scale(self, number: int, numerator: int, denominator: int) -> int:
        """floor(number · numerator / denominator), the latter two being constants.

        The fraction is reduced, as the proof that nothing overflows takes it to be.
        """
        operands = (number, numerator, denominator)
        if self._is_constant(number):
            return self._folded(operands, lambda v: v[0] * v[1] // v[2])
        above = self._folded((numerator, denominator), lambda v: v[0] // gcd(*v))
        below = self._folded((numerator, denominator), lambda v: v[1] // gcd(*v))
        match self.nodes[above], self.nodes[below]:
            case Value(n), Value(1):
                return self.sum(0, [(n, number)])
            case _:
                return self._place(Scale(number, above, below))

    def extreme(self, function: str, numbers: Iterable[int]) -> int:
        """`min` or `max`."""
        wanted = tuple(sorted(set(numbers)))
        if len(wanted) == 1:
            return wanted[0]
        if all(self._is_constant(number) for number in wanted):
            return self._folded(wanted, min if function == "min" else max)
        return self._place(Least(wanted) if function == "min" else Greatest(wanted))

    def choose(self, condition: int, then: int, otherwise: int) -> int:
        """`if(C, a, b)` over numbers."""
        if condition == self.true:
            return then
        if condition == self.false:
            return otherwise
        return self._place(Choose(condition, then, otherwise))

    # --- inside ----------------------------------------------------------------------

    def _folded(self, numbers: Sequence[int], compute: _Compute) -> int:
        """A number that follows from constants alone, for each target."""
        columns = [self._constants(number) for number in numbers]
        result: list[int | None] = []
        for values in zip(*columns, strict=True):
            known = [value for value in values if value is not None]
            result.append(compute(known) if len(known) == len(values) else None)
        return self.per_target(tuple(result))

    def _compare_constants(self, left: int, right: int, holds: _Holds) -> int | None:
        if not (self._is_constant(left) and self._is_constant(right)):
            return None
        pairs = zip(self._constants(left), self._constants(right), strict=True)
        return self.fixed(None if a is None or b is None else holds(a, b) for a, b in pairs)

    def _is_constant(self, number: int) -> bool:
        return isinstance(self.nodes[number], Value | Lanes)

    def _constants(self, number: int) -> LaneValues:
        match self.nodes[number]:
            case Value(value):
                return (value,) * self.lanes
            case Lanes(values):
                return values
            case _:
                raise AssertionError("only constants are folded")

    def _is_sure(self, *numbers: int) -> bool:
        """Whether numbers are known on every request."""
        return all(number in self._crisp for number in numbers)

    def _sure_number(self, node: Node) -> bool:
        match node:
            case Feature(feature):
                return self.features.sure[feature]
            case Gather(features):
                return all(self.features.sure[feature] for feature in features)
            case Value():
                return True
            case Lanes(values):
                return None not in values
            case Sum(_, terms):
                return self._is_sure(*(number for _, number in terms))
            case Scale(number, numerator, denominator):
                return self._is_sure(number, numerator, denominator)
            case Least(numbers) | Greatest(numbers):
                return self._is_sure(*numbers)
            case Choose(literal, then, otherwise):
                return literal >> 1 in self._crisp and self._is_sure(then, otherwise)
            case _:
                return False

    def _planes(self, literal: int) -> tuple[int, int]:
        node = self._node(literal)
        assert isinstance(node, Fixed)
        return (node.false, node.true) if literal & 1 else (node.true, node.false)

    def _node(self, literal: int) -> Node:
        return self.nodes[literal >> 1]

    def _gate(self, node: Node, *, crisp: bool) -> int:
        place = self._place(node)
        if crisp:
            self._crisp.add(place)
        return place << 1

    def _place(self, node: Node) -> int:
        place = self._places.get(node)
        if place is None:
            place = self._places[node] = len(self.nodes)
            self.nodes.append(node)
            if self._sure_number(node):
                self._crisp.add(place)
        return place


def _dot(terms: Sequence[tuple[int, int]], values: Sequence[int]) -> int:
    """The terms' coefficients (given second) times values."""
    return sum(c * value for (_, c), value in zip(terms, values, strict=True))


def _signed(value: int) -> int:
    """An integer modulo 2^64 as int64.

    Sums are exact modulo 2^64 in any order, and their results are proved to fit.
    """
    return (value + 2**63) % 2**64 - 2**63
