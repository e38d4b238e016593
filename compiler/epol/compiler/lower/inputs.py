"""Attributes and signals as the engine reads them."""

from __future__ import annotations

from epol.compiler.rating import similarity
from epol.engine.bundle.program import (
    BoolInput,
    EnumInput,
    Input,
    InputType,
    NumberInput,
    Scalar,
    SetInput,
    StringInput,
)
from epol.lang.model import InputInfo, Value
from epol.lang.types import BoolType, EnumType, NumericType, SetType, StringType, Type


def lower_input(info: InputInfo) -> Input:
    """An attribute or signal."""
    return Input(
        info.name,
        _type(info.type),
        _scalar(info.fallback),
        info.stale_after,
        info.model,
        info.cost,
        similarity(info.text) or info.text_function,
        signal=info.keyword == "signal",
    )


def _type(type_: Type) -> InputType:
    match type_:
        case BoolType():
            return BoolInput()
        case StringType():
            return StringInput()
        case EnumType(members):
            return EnumInput(members)
        case SetType(members):
            return SetInput(members)
        case NumericType(kind, low, high):
            return NumberInput(kind.value, low, high)


def _scalar(value: Value | None) -> Scalar | None:
    return tuple(sorted(value)) if isinstance(value, frozenset) else value
