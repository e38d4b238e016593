"""From a solver's values to a request, as small and plain a one as can be had.

Values are pulled toward what a person would write: not given, the default, none found;
where that cannot be, a round number.  The request still shows what it shall.
"""

from __future__ import annotations

from epol.compiler.smt.symbols import InputSymbol, Symbols
from epol.compiler.smt.terms import Bool, Int, Values
from epol.compiler.smt.texts import StringSymbol
from epol.lang.model import Counts, Value
from epol.lang.request import Request
from epol.lang.types import EnumType


def request_of(
    symbols: Symbols, values: Values, flow: str = "request", target: str | None = None
) -> Request:
    """The request that values of all symbols describe; defaults are left out."""
    inputs: dict[str, Value] = {}
    for name, symbol in symbols.inputs.items():
        if _is_known(symbol.known, values):
            value = value_of(symbol, values)
            if value != symbol.info.fallback:
                inputs[name] = value
    labels = {name: _counts(symbols, name, values) for name in symbols.labels}
    return Request(flow, target, inputs, {n: c for n, c in labels.items() if c is None or c})


def _is_known(known: Bool, values: Values) -> bool:
    return bool(values[known] if known.constant is None else known.constant)


def value_of(symbol: InputSymbol, values: Values) -> Value:
    """The value of an input, as a request holds it."""
    match symbol.value, symbol.info.type:
        case StringSymbol() as text, _:
            return text.shown(int(values[text.outcome]))
        case Int() as term, EnumType(members):
            return members[values[term]]
        case Int() as term, _:
            return int(values[term])
        case Bool() as term, _:
            return bool(values[term])
        case dict() as members, _:
            return frozenset(name for name, term in members.items() if values[term])
        case _:
            raise TypeError(symbol.info.name)


def _counts(symbols: Symbols, name: str, values: Values) -> Counts:
    """Counts by role, each in the first role of its group; no zeros."""
    label = symbols.labels[name]
    if not _is_known(label.known, values):
        return None
    groups = zip(symbols.role_groups, label.counts, strict=True)
    return {group[0]: int(values[term]) for group, term in groups if values[term]}
