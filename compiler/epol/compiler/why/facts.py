"""What a request says, fact by fact: what could be otherwise while all else stays.

A fact is an input, a member of a set that is known, or a label in the roles that the policy
tells apart.  Each has a term that says it is as it is now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from epol.compiler.smt.symbols import InputSymbol, LabelSymbol, Symbols
from epol.compiler.smt.terms import Bool, Int, Values
from epol.compiler.smt.witness import value_of
from epol.lang.model import Counts, Value
from epol.lang.request import Request
from epol.lang.types import MAX_INT, NumericType

GIVEN, BY_DEFAULT, ABSENT, NOT_KNOWN = range(4)
"""How far a fact is from what the request's author thinks of: ranks, the nearest first.

What the request says or does not know; what stands in for it; a label that is not found; what
is known becoming unknown.
"""


@dataclass(frozen=True)
class Number:
    """A number that can be more or less; `now` is None where it is not known."""

    term: Int
    now: int | None
    low: int
    high: int


@dataclass(frozen=True, eq=False)
class Fact:
    """One fact of a request.

    `same` says that it is as it is now, and `known` that it is known at all.  `roles` are those
    of a label, None where they are not told apart; `loses` marks that what is known would not be.
    """

    name: str
    rank: int
    same: Bool
    known: Bool
    number: Number | None = None
    input: InputSymbol | None = None
    label: LabelSymbol | None = None
    group: int | None = None
    loses: bool = False


def facts_of(
    symbols: Symbols, request: Request, modelled: frozenset[str], spared: frozenset[str]
) -> list[Fact]:
    """The facts that the formulas made so far read, the nearest first.

    Labels of `modelled`, and those that are unknown now, may be unknown.  Those of `spared`
    stay as they are, which is for the caller to require.
    """
    found = [
        fact
        for name, symbol in list(symbols.inputs.items())
        for fact in _of_input(symbols, name, symbol, request)
    ]
    for name, label in list(symbols.labels.items()):
        if name not in spared:
            found += _of_label(symbols, label, request.labels.get(name, {}), name in modelled)
    return sorted(found, key=lambda fact: (fact.rank, fact.name))


def _of_input(symbols: Symbols, name: str, symbol: InputSymbol, request: Request) -> Iterator[Fact]:
    terms, given = symbols.terms, request.inputs.get(name)
    now = symbol.info.fallback if given is None else given
    rank = GIVEN if given is not None or now is None else BY_DEFAULT
    if now is None:
        number = _number(symbol, None)
        yield Fact(name, rank, terms.negation(symbol.known), symbol.known, number, symbol)
    elif isinstance(symbol.value, dict):
        assert isinstance(now, frozenset)
        for member, term in symbol.value.items():
            same = terms.same(term, terms.truth(member in now))
            yield Fact(name, rank, same, symbol.known, input=symbol)
    else:
        same = symbols.has_value(name, now)
        yield Fact(name, rank, same, symbol.known, _number(symbol, now), symbol)
    if now is not None and symbol.known.constant is None:
        yield Fact(name, NOT_KNOWN, symbol.known, terms.true, input=symbol, loses=True)


def _number(symbol: InputSymbol, now: Value | None) -> Number | None:
    if not isinstance(symbol.info.type, NumericType):
        return None
    assert isinstance(symbol.value, Int)
    known = now if isinstance(now, int) else None
    return Number(symbol.value, known, symbol.info.type.low, symbol.info.type.high)


def _of_label(
    symbols: Symbols, label: LabelSymbol, counts: Counts, is_modelled: bool
) -> Iterator[Fact]:
    terms = symbols.terms
    if counts is None:
        number = Number(symbols.count(label.name), None, 0, MAX_INT)
        same = terms.negation(label.known)
        yield Fact(label.name, GIVEN, same, label.known, number, label=label)
        return
    for index, (term, group) in enumerate(zip(label.counts, symbols.role_groups, strict=True)):
        now = sum(count for role, count in counts.items() if role in group)
        rank = GIVEN if now else ABSENT
        same = terms.equal(term, terms.number(now))
        number = Number(term, now, 0, MAX_INT)
        yield Fact(label.name, rank, same, label.known, number, label=label, group=index)
    if is_modelled:
        yield Fact(label.name, NOT_KNOWN, label.known, terms.true, label=label, loses=True)


def always_so(
    symbols: Symbols, request: Request, modelled: frozenset[str], spared: frozenset[str]
) -> Iterator[Bool]:
    """What no request changes: labels that only patterns and words find are known.

    Those of `spared` are not found.
    """
    zero = symbols.terms.number(0)
    for name, label in symbols.labels.items():
        if name in spared or (name not in modelled and request.labels.get(name, {}) is not None):
            yield label.known
        if name in spared:
            yield from (symbols.terms.equal(count, zero) for count in label.counts)


def changed(request: Request, symbols: Symbols, facts: Iterable[Fact], values: Values) -> Request:
    """The request with some facts as in the solver's values, all else as it is."""
    inputs, labels = dict(request.inputs), dict(request.labels)
    for fact in facts:
        if fact.input is not None:
            if values.get(fact.input.known, True):
                inputs[fact.name] = value_of(fact.input, values)
            else:
                inputs.pop(fact.name, None)
        if fact.label is not None:
            labels[fact.name] = _counts(symbols, fact, labels.get(fact.name, {}), values)
    return replace(request, inputs=inputs, labels=labels)


def _counts(symbols: Symbols, fact: Fact, now: Counts, values: Values) -> Counts:
    """A label's counts with those of one group of roles, or all if it was unknown, changed."""
    assert fact.label is not None
    if not values.get(fact.label.known, True):
        return None
    counts = dict(now or {})
    for index, (term, group) in enumerate(zip(fact.label.counts, symbols.role_groups, strict=True)):
        if fact.group in (index, None):
            counts = {role: n for role, n in counts.items() if role not in group}
            counts[group[0]] = int(values[term])
    return {role: n for role, n in counts.items() if n}
