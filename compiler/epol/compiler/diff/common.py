"""Which values of an attribute or signal two policies both allow, and which details compare."""

from __future__ import annotations

from epol.lang.builtins import Treatment
from epol.lang.decision import Detail
from epol.lang.model import Method, Value
from epol.lang.semantics import coarsest
from epol.lang.types import BoolType, EnumType, NumericType, SetType, StringType, Type


def common_type(one: Type, other: Type) -> Type | None:
    """The type of the values that both types have, which may be none; None if of other kinds."""
    match one, other:
        case (BoolType(), BoolType()) | (StringType(), StringType()):
            return one
        case NumericType(kind, low, high), NumericType(its_kind, its_low, its_high):
            same = kind == its_kind
            return NumericType(kind, max(low, its_low), min(high, its_high)) if same else None
        case EnumType(members), EnumType(others):
            return EnumType(tuple(each for each in members if each in others))
        case SetType(members), SetType(others):
            return SetType(tuple(each for each in members if each in others))
        case _:
            return None


def has_values(type_: Type) -> bool:
    """Whether a type has a value at all."""
    match type_:
        case NumericType(low=low, high=high):
            return low <= high
        case EnumType(members):
            return bool(members)
        case _:
            return True


def allows(type_: Type, value: Value) -> bool:
    """Whether a value of some type of this kind is one of this type."""
    match type_:
        case NumericType(low=low, high=high):
            return isinstance(value, int) and low <= value <= high
        case EnumType(members):
            return value in members
        case SetType(members):
            return isinstance(value, frozenset) and value <= frozenset(members)
        case _:
            return True


KEPT = Detail(Treatment.KEEP)
"""How a label is treated that a policy keeps, or does not know."""


def is_weaker(new: Detail, old: Detail) -> bool:
    """Whether a treatment leaves more than another one, or cannot be shown to leave no more."""
    if new.treatment != old.treatment:
        return new.treatment < old.treatment
    if new.treatment == Treatment.GENERALIZE:
        return not is_as_coarse(new.method, old.method)
    return new.treatment == Treatment.MASK and new.keep_last > old.keep_last


def is_as_coarse(new: Method | None, old: Method | None) -> bool:
    """Whether a generalization is as coarse as another one; None redacts, which is coarsest."""
    if new is None or new == old:
        return True
    return old is not None and coarsest((old, new)) == new
