"""From a solver's values to a request, as small and plain a one as can be had.

Values are pulled toward what a person would write: not given, the default, none found;
where that cannot be, a round number.  The request still shows what it shall.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from time import monotonic

from epol.compiler.smt.solver import Impossible, Possible, Solver
from epol.compiler.smt.symbols import InputSymbol, StringSymbol, Symbols
from epol.compiler.smt.terms import Bool, Int, Term, Terms
from epol.lang.model import Counts, Value
from epol.lang.request import Request
from epol.lang.types import EnumType

Values = Mapping[Term, bool | int]


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
        case StringSymbol(outcome=outcome, outcomes=outcomes), _:
            return outcomes[values[outcome]].witness
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


PULL = 0.25
"""Seconds that the solver has to say whether one pull can be."""


def plainest(
    solver: Solver,
    conditions: Sequence[Bool],
    found: Possible,
    budget: float = 2.0,
    requests: Sequence[Symbols] = (),
) -> Possible:
    """Values that still meet the conditions, pulled toward what a person would write.

    Of `requests`, or of all that the solver knows.  A pull that the solver does not decide is
    given up, and after `budget` seconds the rest.
    """
    deadline = monotonic() + budget
    asked = requests or solver.symbols
    wishes = {wish: term for symbols in asked for wish, term in _wishes(symbols)}
    granted, best = _granted(solver, conditions, list(wishes), found, deadline)
    kept = [*conditions, *granted]
    numbers = dict.fromkeys(term for wish, term in wishes.items() if wish not in granted)
    for term in numbers:
        if term is not None and monotonic() < deadline:
            near = _near(solver.symbols[0].terms, term, best.values)
            kept, best = _pull(solver, kept, best, near)
    return best


def _wishes(symbols: Symbols) -> Iterator[tuple[Bool, Int | None]]:
    """What is best for each symbol, with the number that is pulled if that cannot be."""
    zero = symbols.terms.number(0)
    for label in list(symbols.labels.values()):
        yield label.known, None
        yield from ((symbols.terms.equal(count, zero), count) for count in label.counts)
    for name, symbol in list(symbols.inputs.items()):
        value = symbol.value
        number = value.outcome if isinstance(value, StringSymbol) else value
        term = number if isinstance(number, Int) else None
        yield _wanted(symbols, name), term


def _granted(
    solver: Solver,
    conditions: Sequence[Bool],
    wishes: list[Bool],
    found: Possible,
    deadline: float,
) -> tuple[list[Bool], Possible]:
    """The wishes that can be had together: of those in conflict the last one gives way."""
    while monotonic() < deadline:
        answer = solver.ask(*conditions, *wishes, budget=PULL)
        if isinstance(answer, Possible):
            return wishes, answer
        blamed = answer.core if isinstance(answer, Impossible) else ()
        giving_way = next((wish for wish in reversed(wishes) if wish in blamed), None)
        if giving_way is None:
            break
        wishes.remove(giving_way)
    return [], found


def _pull(
    solver: Solver, kept: list[Bool], best: Possible, choices: Iterable[Bool]
) -> tuple[list[Bool], Possible]:
    """Adds the first of some facts that can be to what is kept."""
    for choice in choices:
        if choice.constant is not False:
            answer = (
                best if _holds(solver, choice, best) else solver.ask(*kept, choice, budget=PULL)
            )
            if isinstance(answer, Possible):
                return [*kept, choice], answer
    return kept, best


def _holds(solver: Solver, choice: Bool, found: Possible) -> bool:
    """Whether a fact holds of the values that are there."""
    return bool(solver.symbols[0].terms.evaluated([choice], found.values)[choice])


def _wanted(symbols: Symbols, name: str) -> Bool:
    """An input is best left out: not given, or as its default is.

    Without text, what a signal finds there is known: nothing.
    """
    symbol = symbols.inputs[name]
    if symbol.info.text is not None and isinstance(symbol.value, Int):
        nothing = symbols.terms.equal(symbol.value, symbols.terms.number(0))
        return symbols.terms.both(symbol.known, nothing)
    if symbol.info.fallback is None:
        return symbols.terms.negation(symbol.known)
    return symbols.is_value(name, symbol.info.fallback)


def _near(terms: Terms, term: Int, values: Values) -> Iterator[Bool]:
    """A number is best zero, then one, then near the found one with few digits."""
    value = int(values[term])
    rounded = (each for digits in (1, 2, 3) for each in _round(value, digits))
    return (terms.equal(term, terms.number(each)) for each in (0, 1, *rounded))


def _round(value: int, digits: int) -> tuple[int, int]:
    """The numbers of so many digits on both sides of one."""
    size = 10 ** max(len(str(abs(value))) - digits, 0)
    return value // size * size, (value // size + 1) * size
