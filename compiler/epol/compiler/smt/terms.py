"""Building terms: bools and integers of Z3, folded and shared as they are made.

A term is made once: the same operands give the same object, and constants fold.  Thus
what does not depend on the target is one term for all targets, and what is surely known
costs no more than in two-valued logic.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum, auto
from math import gcd

from epol.compiler.smt.api import TRUE, UNDECIDED, Handle, leave_to_caller, sorts, z3
from epol.compiler.smt.api import terms as array


class Op(IntEnum):  # whose members are hashed as fast as ints, for they are keys everywhere
    """How a term is made of its operands."""

    UNKNOWN = auto()  # has none
    CONSTANT = auto()  # has none
    NOT = auto()
    ALL = auto()
    ANY = auto()
    SAME = auto()
    CHOICE = auto()  # test, yes, no
    EQUAL = auto()
    AT_MOST = auto()
    PICK = auto()  # test, yes, no
    SUM = auto()
    PRODUCT = auto()  # a constant, an integer
    QUOTIENT = auto()  # rounded toward -∞, by a constant above zero


class Bool:
    """A truth value; `constant` is it where it is known."""

    __slots__ = ("constant", "handle", "op", "operands")

    def __init__(
        self,
        handle: Handle,
        op: Op,
        operands: tuple[Term, ...] = (),
        *,
        constant: bool | None = None,
    ) -> None:
        self.handle, self.op, self.operands, self.constant = handle, op, operands, constant


class Int:
    """An integer; `constant` is it where it is known."""

    __slots__ = ("constant", "handle", "op", "operands")

    def __init__(
        self,
        handle: Handle,
        op: Op,
        operands: tuple[Term, ...] = (),
        *,
        constant: int | None = None,
    ) -> None:
        self.handle, self.op, self.operands, self.constant = handle, op, operands, constant


Term = Bool | Int
_Maker = Callable[[Handle, Handle, Handle], Handle]
Values = Mapping[Term, bool | int]
"""Values of terms: bools of `Bool`s, ints of `Int`s."""


class Terms:
    """All terms of one Z3 context, which lives as long as this does."""

    def __init__(self) -> None:
        config = z3.Z3_mk_config()
        # Not the reference-counted kind: terms are shared, so that they live together.
        self.context = z3.Z3_mk_context(config)
        z3.Z3_del_config(config)
        # Without a handler, Z3 ends the process where it finds an error.
        self._handler = z3.Z3_set_error_handler(self.context, leave_to_caller)
        weakref.finalize(self, z3.Z3_del_context, self.context)
        self._bool_sort = z3.Z3_mk_bool_sort(self.context)
        self._int_sort = z3.Z3_mk_int_sort(self.context)
        self.true = Bool(z3.Z3_mk_true(self.context), Op.CONSTANT, constant=True)
        self.false = Bool(z3.Z3_mk_false(self.context), Op.CONSTANT, constant=False)
        self._bools: dict[object, Bool] = {}
        self._ints: dict[object, Int] = {}
        self._places: dict[str, dict[object, int]] = {}
        self._opposite: dict[Bool, Bool] = {self.true: self.false, self.false: self.true}

    def place(self, among: str, item: object) -> int:
        """A number above zero that stands for one thing among others, the same each time."""
        places = self._places.setdefault(among, {})
        return places.setdefault(item, len(places) + 1)

    @property
    def count(self) -> int:
        """How many terms there are."""
        return len(self._bools) + len(self._ints)

    # --- leaves ----------------------------------------------------------------------

    def boolean(self, name: str) -> Bool:
        """The unknown truth value of a name."""
        key = "bool", name
        if key not in self._bools:
            self._bools[key] = Bool(self._constant(name, self._bool_sort), Op.UNKNOWN)
        return self._bools[key]

    def integer(self, name: str) -> Int:
        """The unknown integer of a name."""
        key = "int", name
        if key not in self._ints:
            self._ints[key] = Int(self._constant(name, self._int_sort), Op.UNKNOWN)
        return self._ints[key]

    def _constant(self, name: str, sort: Handle) -> Handle:
        return z3.Z3_mk_const(self.context, z3.Z3_mk_string_symbol(self.context, name), sort)

    def truth(self, value: bool) -> Bool:
        """A known truth value."""
        return self.true if value else self.false

    def number(self, value: int) -> Int:
        """A known integer."""
        if value not in self._ints:
            whole = int(value)  # of an IntEnum, whose str() is a word
            handle = z3.Z3_mk_numeral(self.context, str(whole), self._int_sort)
            self._ints[whole] = Int(handle, Op.CONSTANT, constant=whole)
        return self._ints[value]

    # --- logic -----------------------------------------------------------------------

    def negation(self, item: Bool) -> Bool:
        """Not."""
        known = self._opposite.get(item)
        if known is None:
            known = Bool(z3.Z3_mk_not(self.context, item.handle), Op.NOT, (item,))
            self._opposite[item], self._opposite[known] = known, item
        return known

    def both(self, *items: Bool) -> Bool:
        """Whether all of some hold."""
        return self.all(items)

    def either(self, *items: Bool) -> Bool:
        """Whether one of some holds."""
        return self.any(items)

    def all(self, items: Iterable[Bool]) -> Bool:
        """Whether all hold; true of none."""
        return self._joined(items, self.true, self.false)

    def any(self, items: Iterable[Bool]) -> Bool:
        """Whether one holds; false of none."""
        return self._joined(items, self.false, self.true)

    def _joined(self, items: Iterable[Bool], neutral: Bool, absorbing: Bool) -> Bool:
        """A conjunction or disjunction, without what changes nothing in it."""
        kept = dict.fromkeys(items)
        kept.pop(neutral, None)
        if absorbing in kept or not kept.keys().isdisjoint(map(self._opposite.get, kept)):
            return absorbing
        if len(kept) < 2:
            return next(iter(kept), neutral)
        key = neutral, *kept
        known = self._bools.get(key)
        if known is None:
            make, op = (z3.Z3_mk_and, Op.ALL) if neutral is self.true else (z3.Z3_mk_or, Op.ANY)
            operands = array([item.handle for item in kept])
            made = make(self.context, len(kept), operands)
            known = self._bools[key] = Bool(made, op, tuple(kept))
        return known

    def implies(self, one: Bool, other: Bool) -> Bool:
        """If one, then the other."""
        return self.either(self.negation(one), other)

    def same(self, one: Bool, other: Bool) -> Bool:
        """Whether two truth values are equal."""
        if one is other:
            return self.true
        for left, right in ((one, other), (other, one)):
            if left.constant is not None:
                return right if left.constant else self.negation(right)
        return self._compared(z3.Z3_mk_eq, Op.SAME, one, other)

    def choice(self, test: Bool, yes: Bool, no: Bool) -> Bool:
        """One truth value if a test holds, else another."""
        if test.constant is not None or yes is no:
            return yes if test.constant or yes is no else no
        if yes.constant is not None:
            return self.either(test, no) if yes.constant else self.both(self.negation(test), no)
        if no.constant is not None:
            return self.either(self.negation(test), yes) if no.constant else self.both(test, yes)
        key = test, yes, no
        if key not in self._bools:
            made = z3.Z3_mk_ite(self.context, test.handle, yes.handle, no.handle)
            self._bools[key] = Bool(made, Op.CHOICE, key)
        return self._bools[key]

    # --- comparison ------------------------------------------------------------------

    def equal(self, one: Int, other: Int) -> Bool:
        """Whether two integers are equal."""
        if one is other:
            return self.true
        if one.constant is not None and other.constant is not None:
            return self.false
        return self._compared(z3.Z3_mk_eq, Op.EQUAL, one, other)

    def at_most(self, one: Int, other: Int) -> Bool:
        """one ≤ other."""
        if one is other:
            return self.true
        if one.constant is not None and other.constant is not None:
            return self.truth(one.constant <= other.constant)
        return self._compared(z3.Z3_mk_le, Op.AT_MOST, one, other)

    def below(self, one: Int, other: Int) -> Bool:
        """one < other."""
        return self.negation(self.at_most(other, one))

    def _compared(self, make: _Maker, op: Op, one: Term, other: Term) -> Bool:
        key = op, one, other
        if key not in self._bools:
            made = make(self.context, one.handle, other.handle)
            self._bools[key] = Bool(made, op, (one, other))
        return self._bools[key]

    # --- arithmetic ------------------------------------------------------------------

    def pick(self, test: Bool, yes: Int, no: Int) -> Int:
        """One integer if a test holds, else another."""
        if test.constant is not None or yes is no:
            return yes if test.constant or yes is no else no
        key = test, yes, no
        if key not in self._ints:
            made = z3.Z3_mk_ite(self.context, test.handle, yes.handle, no.handle)
            self._ints[key] = Int(made, Op.PICK, key)
        return self._ints[key]

    def total(self, items: Iterable[Int]) -> Int:
        """A sum; zero of nothing."""
        parts = list(items)
        known = sum(item.constant for item in parts if item.constant is not None)
        rest = [item for item in parts if item.constant is None]
        if known or not rest:
            rest.append(self.number(known))
        if len(rest) == 1:
            return rest[0]
        key = "sum", *rest
        if key not in self._ints:
            operands = array([item.handle for item in rest])
            made = z3.Z3_mk_add(self.context, len(rest), operands)
            self._ints[key] = Int(made, Op.SUM, tuple(rest))
        return self._ints[key]

    def times(self, item: Int, factor: int) -> Int:
        """item · factor."""
        if item.constant is not None:
            return self.number(item.constant * factor)
        if factor in {0, 1}:
            return item if factor else self.number(0)
        key = "times", item, factor
        if key not in self._ints:
            operands = self.number(factor), item
            handles = array([operand.handle for operand in operands])
            made = z3.Z3_mk_mul(self.context, 2, handles)
            self._ints[key] = Int(made, Op.PRODUCT, operands)
        return self._ints[key]

    def scaled(self, item: Int, numerator: int, denominator: int) -> Int:
        """floor(item · numerator / denominator), for a denominator above zero.

        Z3's `div` by a positive constant rounds toward -∞, and its integers have no
        end, so that the product may stand before the quotient.
        """
        common = gcd(numerator, denominator)
        product = self.times(item, numerator // common)
        divisor = denominator // common
        if product.constant is not None:
            return self.number(product.constant // divisor)
        if divisor == 1:
            return product
        key = "quotient", product, divisor
        if key not in self._ints:
            by = self.number(divisor)
            made = z3.Z3_mk_div(self.context, product.handle, by.handle)
            self._ints[key] = Int(made, Op.QUOTIENT, (product, by))
        return self._ints[key]

    # --- values ----------------------------------------------------------------------

    def evaluated(self, wanted: Sequence[Term], values: Values) -> dict[Term, bool | int]:
        """The values of terms, where those of all unknowns in them are given.

        All are simplified as the operands of one term, so that what they share is
        simplified once.  Raises ValueError if an unknown has no value.
        """
        sorts_of = [self._bool_sort if isinstance(t, Bool) else self._int_sort for t in wanted]
        name = z3.Z3_mk_string_symbol(self.context, f"all {len(wanted)}")
        function = z3.Z3_mk_func_decl(
            self.context, name, len(wanted), sorts(sorts_of), self._bool_sort
        )
        handles = array([term.handle for term in wanted])
        packed = z3.Z3_mk_app(self.context, function, len(wanted), handles)
        old = array([term.handle for term in values])
        new = array([self._value(value).handle for value in values.values()])
        known = z3.Z3_substitute(self.context, packed, len(values), old, new)
        simple = z3.Z3_simplify(self.context, known)
        return {
            term: self.read(term, z3.Z3_get_app_arg(self.context, simple, index))
            for index, term in enumerate(wanted)
        }

    def _value(self, value: bool | int) -> Term:
        return self.truth(value) if isinstance(value, bool) else self.number(value)

    def read(self, term: Term, handle: Handle) -> bool | int:
        """The value of a literal that a term turned out to be.

        Raises ValueError, or an error of Z3, if it is no literal.
        """
        if isinstance(term, Int):
            return int(z3.Z3_get_numeral_string(self.context, handle))
        value = z3.Z3_get_bool_value(self.context, handle)
        if value == UNDECIDED:
            raise ValueError("a term has unknowns without a value")
        return value == TRUE
