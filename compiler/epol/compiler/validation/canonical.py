"""Terms in one form, so that two ways of saying a thing often are one term.

Negations stand at the leaves, conjunctions and disjunctions are flat and without order,
sums are flat with one coefficient a summand, and a comparison with a constant goes into
the cases of a number.  What is one term already need not be asked of the solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from epol.compiler.smt.terms import Bool, Int, Terms

_MOST_PARTS = 64
"""Conjunctions and disjunctions of more parts stay as they are when they become parts."""

_Comparison = Callable[[Int, Int], Bool]
_Cases = tuple[tuple[Bool, Int], ...]


class CanonicalTerms(Terms):
    """Terms that are brought into one form as they are made."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: dict[Bool, tuple[bool, tuple[Bool, ...]]] = {}
        self._cases: dict[Int, _Cases] = {}
        self._sums: dict[Int, tuple[int, tuple[tuple[Int, int], ...]]] = {}
        self._ages: dict[Bool | Int, int] = {}
        self._split: dict[tuple[object, ...], Bool] = {}

    def _age(self, term: Bool | Int) -> int:
        """An order of terms: the first that was asked about comes first."""
        return self._ages.setdefault(term, len(self._ages))

    # --- logic -----------------------------------------------------------------------

    def negation(self, item: Bool) -> Bool:
        """Not, at the leaves."""
        known = self._opposite.get(item)
        if known is None and item in self._parts:
            is_all, parts = self._parts[item]
            negated = (self.negation(part) for part in parts)
            known = self.any(negated) if is_all else self.all(negated)
            self._opposite[item], self._opposite[known] = known, item
        return super().negation(item) if known is None else known

    def _joined(self, items: Iterable[Bool], neutral: Bool, absorbing: Bool) -> Bool:
        is_all = neutral is self.true
        flat = dict.fromkeys(p for item in items for p in self._inside(item, is_all=is_all))
        if len(flat) <= _MOST_PARTS:
            flat = self._resolved(flat, is_all=is_all)
        ordered = tuple(sorted(flat, key=self._age))
        joined = super()._joined(ordered, neutral, absorbing)
        if len(ordered) > 1 and joined not in flat and joined.constant is None:
            self._parts.setdefault(joined, (is_all, ordered))
        return joined

    def _inside(self, item: Bool, *, is_all: bool) -> tuple[Bool, ...]:
        """The parts of an item that is of the same kind; else itself."""
        kind, parts = self._parts.get(item, (not is_all, ()))
        return parts if kind == is_all and len(parts) <= _MOST_PARTS else (item,)

    def _resolved(self, flat: dict[Bool, None], *, is_all: bool) -> dict[Bool, None]:
        """The parts, each simplified by the others once.

        Beside x, `x or y` says nothing in a conjunction, and `not x or y` says y.
        """
        left = flat
        for item in flat:
            kind, parts = self._parts.get(item, (is_all, ()))
            if kind == is_all or len(parts) > _MOST_PARTS:
                continue
            kept = [part for part in parts if self._opposite.get(part) not in left]
            says_nothing = any(part in left for part in parts)
            if says_nothing or len(kept) < len(parts):
                left = dict.fromkeys(each for each in left if each is not item)
                if not says_nothing:
                    join = self.any if is_all else self.all
                    left |= dict.fromkeys(self._inside(join(kept), is_all=is_all))
        return left

    def same(self, one: Bool, other: Bool) -> Bool:
        """Whether two truth values are equal."""
        if self._opposite.get(one) is other:
            return self.false
        return super().same(*sorted((one, other), key=self._age))

    def choice(self, test: Bool, yes: Bool, no: Bool) -> Bool:
        """One truth value if a test holds, else another."""
        if yes is no:
            return yes
        return self.either(self.both(test, yes), self.both(self.negation(test), no))

    # --- numbers ---------------------------------------------------------------------

    def pick(self, test: Bool, yes: Int, no: Int) -> Int:
        """One integer if a test holds, else another."""
        picked = super().pick(test, yes, no)
        if picked is not yes and picked is not no and picked not in self._cases:
            self._cases[picked] = (
                *self._split_by(test, yes),
                *self._split_by(self.negation(test), no),
            )
        return picked

    def _split_by(self, test: Bool, item: Int) -> Iterator[tuple[Bool, Int]]:
        """The cases of an item where a test holds."""
        for case, value in self._cases.get(item, ((self.true, item),)):
            yield self.both(test, case), value

    def by_cases(self, cases: Sequence[tuple[Bool, int]]) -> Int:
        """An integer by cases of which exactly one holds."""
        *others, (_, last) = cases
        result = self.number(last)
        for case, value in reversed(others):
            result = super().pick(case, self.number(value), result)
        if result.constant is None:
            self._cases[result] = tuple((case, self.number(value)) for case, value in cases)
        return result

    def equal(self, one: Int, other: Int) -> Bool:
        """Whether two integers are equal."""
        first, second = sorted((one, other), key=self._age)
        return self._compared_with(self._equal, "equal", first, second)

    def _equal(self, one: Int, other: Int) -> Bool:
        return super().equal(one, other)

    def at_most(self, one: Int, other: Int) -> Bool:
        """one ≤ other."""
        return self._compared_with(self._at_most, "at most", one, other)

    def _at_most(self, one: Int, other: Int) -> Bool:
        return super().at_most(one, other)

    def _compared_with(self, compare: _Comparison, kind: str, one: Int, other: Int) -> Bool:
        """A comparison; with a constant, that of both branches of a choice."""
        if one in self._cases and other.constant is not None:
            cases = [(case, value, other) for case, value in self._cases[one]]
        elif other in self._cases and one.constant is not None:
            cases = [(case, one, value) for case, value in self._cases[other]]
        else:
            return compare(one, other)
        key = kind, one, other
        if key not in self._split:
            self._split[key] = self.any(
                self.both(case, self._compared_with(compare, kind, *pair)) for case, *pair in cases
            )
        return self._split[key]

    def total(self, items: Iterable[Int]) -> Int:
        """A sum; zero of nothing."""
        return self._sum((item, 1) for item in items)

    def times(self, item: Int, factor: int) -> Int:
        """item · factor."""
        return self._sum([(item, factor)])

    def _sum(self, items: Iterable[tuple[Int, int]]) -> Int:
        """A sum of items times factors, with one coefficient for each that is no sum itself."""
        constant, coefficients = 0, dict[Int, int]()
        for item, factor in items:
            own, summands = (
                (item.constant, ())
                if item.constant is not None
                else self._sums.get(item, (0, ((item, 1),)))
            )
            constant += factor * own
            for part, coefficient in summands:
                coefficients[part] = coefficients.get(part, 0) + factor * coefficient
        kept = tuple(sorted(((p, c) for p, c in coefficients.items() if c), key=self._by_age))
        made = super().total([self.number(constant), *(Terms.times(self, p, c) for p, c in kept)])
        if kept and (constant or kept[0][1] != 1 or len(kept) > 1):
            self._sums[made] = constant, kept
        return made

    def _by_age(self, summand: tuple[Int, int]) -> int:
        return self._age(summand[0])
