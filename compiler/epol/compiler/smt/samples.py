"""The values of terms on many requests at once, without the solver.

A truth value of n requests is an integer of n bits, so that a connective over all of them
is one operation.  What some sample shows to be possible need not be asked of the solver;
what no sample shows, must.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import islice
from types import MappingProxyType
from typing import cast

from epol.compiler.smt.terms import Bool, Int, Op, Term, Values


class Samples:
    """Some requests, each given by the values of unknowns; `plain` has those that are not given."""

    def __init__(self, requests: Sequence[Values], plain: Values = MappingProxyType({})) -> None:
        self.requests, self._plain = requests, plain
        self._every = (1 << len(requests)) - 1
        self._bits: dict[Term, int] = {}
        self._begun: dict[Term, tuple[int, int]] = {}
        self._numbers: dict[Term, list[int]] = {}
        self._places: dict[Term, dict[int, int]] = {}

    def give(self, more: Callable[[Values], Values]) -> None:
        """Give each request values of unknowns that nothing was asked about."""
        self.requests = [more(each) for each in self.requests]

    def where(self, *conditions: Bool) -> int:
        """The requests on which all conditions hold: bit i is request i."""
        return reduce(int.__and__, (self.holds(each) for each in conditions), self._every)

    def first(self, *conditions: Bool) -> Values | None:
        """The first request on which all conditions hold."""
        return self.first_of(self.where(*conditions))

    def first_of(self, bits: int) -> Values | None:
        """The first of some requests, which are bits."""
        return self.requests[(bits & -bits).bit_length() - 1] if bits else None

    def number(self, term: Int) -> Sequence[int]:
        """The value of an integer on every request."""
        self._need(term)
        return self._numbers[term]

    def holds(self, term: Bool) -> int:
        """The requests on which one condition holds."""
        found = self._bits.get(term)
        if found is None:
            self._need(term)
            found = self._bits[term]
        return found

    def _need(self, wanted: Term) -> None:
        """Compute a term after its operands; without recursion, for terms may be deep."""
        bits, numbers = self._bits, self._numbers
        waiting = [wanted]
        while waiting:
            term = waiting[-1]
            if term in bits or term in numbers:
                waiting.pop()
            elif term.op is Op.ALL or term.op is Op.ANY:
                after = self._joined(term)
                if after is None:
                    waiting.pop()
                else:
                    waiting.append(after)
            else:
                missing = [o for o in term.operands if o not in bits and o not in numbers]
                if missing:
                    waiting += missing
                else:
                    waiting.pop()
                    self._compute(term)

    def _joined(self, term: Term) -> Term | None:
        """Compute a connective as far as its operands are known; the one that is needed next.

        What comes after the operand that settles all requests is never looked at.
        """
        known, every, is_all = self._bits, self._every, term.op is Op.ALL
        place, bits = self._begun.pop(term, (0, every if is_all else 0))
        for operand in islice(term.operands, place, None):
            found = known.get(operand)
            if found is None:
                self._begun[term] = place, bits
                return operand
            place += 1
            bits = bits & found if is_all else bits | found
            if bits == (0 if is_all else every):
                break
        known[term] = bits
        return None

    def _compute(self, term: Term) -> None:
        if isinstance(term, Bool):
            self._bits[term] = _TRUTHS[term.op](self, term)
        else:
            self._numbers[term] = _NUMBERS[term.op](self, term)

    # --- leaves, and between the two kinds -------------------------------------------

    def known_bit(self, term: Bool) -> int:
        """A constant."""
        return self._every if term.constant else 0

    def free_bit(self, term: Bool) -> int:
        """An unknown."""
        return packed(bool(value) for value in self._given(term))

    def _given(self, term: Term) -> Iterator[bool | int]:
        """The value of an unknown on every request."""
        return (v[term] if term in v else self._plain[term] for v in self.requests)

    def known_number(self, term: Int) -> list[int]:
        """A constant."""
        return [cast(int, term.constant)] * len(self.requests)

    def free_number(self, term: Int) -> list[int]:
        """An unknown."""
        return [int(value) for value in self._given(term)]

    def bits_of(self, term: Bool) -> list[int]:
        """The values of the term's operands that are truth values."""
        return [self._bits[operand] for operand in term.operands]

    def rows_of(self, term: Term) -> list[list[int]]:
        """The values of the term's operands that are integers."""
        return [self._numbers[operand] for operand in term.operands]

    def places(self, term: Term) -> Mapping[int, int]:
        """By value of an integer, the requests on which it has that: for many comparisons of it."""
        if term not in self._places:
            found: dict[int, int] = {}
            for place, value in enumerate(self._numbers[term]):
                found[value] = found.get(value, 0) | 1 << place
            self._places[term] = found
        return self._places[term]

    def opposite(self, bits: int) -> int:
        """Where something does not hold."""
        return self._every ^ bits

    def choice(self, term: Bool) -> int:
        """One truth value or another."""
        test, yes, no = self.bits_of(term)
        return (test & yes) | (self.opposite(test) & no)

    def picked(self, term: Int) -> list[int]:
        """One integer or another."""
        test, yes, no = term.operands
        pairs = zip(self._numbers[yes], self._numbers[no], strict=True)
        digits = f"{self._bits[test]:0{len(self.requests)}b}"[::-1]  # one more if there are none
        return [pair[digit == "0"] for pair, digit in zip(pairs, digits, strict=False)]


def packed(truths: Iterable[bool]) -> int:
    """Truth values as one integer, the first one lowest."""
    return int("".join("1" if each else "0" for each in truths)[::-1] or "0", 2)


def _equal(samples: Samples, term: Bool) -> int:
    one, other = term.operands
    for known, item in ((one, other), (other, one)):
        if known.constant is not None:
            return samples.places(item).get(known.constant, 0)
    return packed(map(int.__eq__, *samples.rows_of(term)))


def _at_most(samples: Samples, term: Bool) -> int:
    low, high = (operand.constant for operand in term.operands)
    if low is not None:
        return _some(bits for v, bits in samples.places(term.operands[1]).items() if v >= low)
    if high is not None:
        return _some(bits for v, bits in samples.places(term.operands[0]).items() if v <= high)
    return packed(map(int.__le__, *samples.rows_of(term)))


def _some(bits: Iterable[int]) -> int:
    return reduce(int.__or__, bits, 0)


def _product(samples: Samples, term: Int) -> list[int]:
    factors, items = samples.rows_of(term)
    return [factor * item for factor, item in zip(factors, items, strict=True)]


def _quotient(samples: Samples, term: Int) -> list[int]:
    items, divisors = samples.rows_of(term)
    return [item // divisor for item, divisor in zip(items, divisors, strict=True)]


_TRUTHS: Mapping[Op, Callable[[Samples, Bool], int]] = {
    Op.UNKNOWN: Samples.free_bit,
    Op.CONSTANT: Samples.known_bit,
    Op.NOT: lambda samples, term: samples.opposite(samples.bits_of(term)[0]),
    Op.SAME: lambda samples, term: samples.opposite(
        samples.bits_of(term)[0] ^ samples.bits_of(term)[1]
    ),
    Op.CHOICE: Samples.choice,
    Op.EQUAL: _equal,
    Op.AT_MOST: _at_most,
}
_NUMBERS: Mapping[Op, Callable[[Samples, Int], list[int]]] = {
    Op.UNKNOWN: Samples.free_number,
    Op.CONSTANT: Samples.known_number,
    Op.PICK: Samples.picked,
    Op.SUM: lambda samples, term: list(map(sum, zip(*samples.rows_of(term), strict=True))),
    Op.PRODUCT: _product,
    Op.QUOTIENT: _quotient,
}
