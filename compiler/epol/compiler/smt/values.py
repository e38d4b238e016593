"""Values that may be unknown, as terms: Kleene's logic over pairs of bools.

A truth value is the pair (must, may): T is (1, 1), U is (0, 1), F is (0, 0).  Where both
are one term it is surely known.  The value of an unknown number or set means nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from epol.compiler.smt.terms import Bool, Int, Terms


class Truth(NamedTuple):
    """A Kleene value: whether it is T, and whether it is T or U."""

    must: Bool
    may: Bool


class Number(NamedTuple):
    """A number on its scale, or an enum's index, and whether it is known."""

    known: Bool
    value: Int


class Members(NamedTuple):
    """A set, member by member, and whether it is known."""

    known: Bool
    has: Mapping[str, Bool]


Value = Truth | Number | Members


class Kleene:
    """Kleene's connectives over terms."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.true = Truth(terms.true, terms.true)
        self.false = Truth(terms.false, terms.false)
        self.unknown = Truth(terms.false, terms.true)

    def constant(self, value: bool) -> Truth:
        """A known truth value."""
        return self.true if value else self.false

    def fact(self, known: Bool, value: Bool) -> Truth:
        """A value where it is known, else U."""
        terms = self.terms
        return Truth(terms.both(known, value), terms.either(terms.negation(known), value))

    def conjunction(self, items: Iterable[Truth]) -> Truth:
        """F if any is F, else U if any is U, else T."""
        pairs = list(items)
        must = self.terms.all(pair.must for pair in pairs)
        if all(pair.must is pair.may for pair in pairs):
            return Truth(must, must)
        return Truth(must, self.terms.all(pair.may for pair in pairs))

    def disjunction(self, items: Iterable[Truth]) -> Truth:
        """T if any is T, else U if any is U, else F."""
        pairs = list(items)
        must = self.terms.any(pair.must for pair in pairs)
        if all(pair.must is pair.may for pair in pairs):
            return Truth(must, must)
        return Truth(must, self.terms.any(pair.may for pair in pairs))

    def negation(self, item: Truth) -> Truth:
        """U stays U."""
        return Truth(self.terms.negation(item.may), self.terms.negation(item.must))

    def choice(self, test: Truth, yes: Truth, no: Truth) -> Truth:
        """`if`: U where the test is."""
        terms = self.terms
        if test.must is test.may:
            must = terms.choice(test.must, yes.must, no.must)
            return Truth(must, terms.choice(test.must, yes.may, no.may))
        fails = terms.negation(test.may)
        return Truth(
            terms.either(terms.both(test.must, yes.must), terms.both(fails, no.must)),
            terms.both(terms.implies(test.must, yes.may), terms.implies(fails, no.may)),
        )

    def known(self, item: Truth) -> Bool:
        """Whether a truth value is not U."""
        return self.terms.either(item.must, self.terms.negation(item.may))

    def is_unknown(self, item: Truth) -> Bool:
        """Whether a truth value is U."""
        return self.terms.both(item.may, self.terms.negation(item.must))
