"""What is best for each symbol of a request, the most wanted first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from epol.compiler.smt.symbols import InputSymbol, LabelSymbol, Symbols
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.compiler.smt.texts import StringSymbol
from epol.lang.model import Value


@dataclass(frozen=True)
class Wish:
    """What is best, and what is pulled toward the plain where that cannot be.

    `choices` are facts that make it plainer, one group after the other; of each group the
    first that can be is taken, whatever came of the others.  `number` is pulled to a round one.
    """

    best: Bool
    number: Int | None = None
    choices: tuple[Bool, ...] = ()


def wishes_of(every: Sequence[Symbols]) -> list[Wish]:
    """The wishes of requests that live side by side, each once.

    No label is found in what others than the user say, none in what the user says; then the
    inputs, those first that tests rarely say: what becomes of a target, other signals,
    attributes.
    """
    labels = [label for symbols in every for label in symbols.labels.values()]
    wishes = [wish for label in labels for wish in _of_label(every[0].terms, label)]
    inputs = [(symbols, symbol) for symbols in every for symbol in list(symbols.inputs.values())]
    inputs.sort(key=lambda pair: _rarity(pair[0], pair[1]))
    wishes += [_of_input(symbols, symbol) for symbols, symbol in inputs]
    return list({wish.best: wish for wish in wishes}.values())


def _of_label(terms: Terms, label: LabelSymbol) -> Iterator[Wish]:
    """Known, and none; in text of the user rather than of others."""
    zero = terms.number(0)
    yield Wish(label.known)
    yield from (Wish(terms.equal(count, zero), count) for count in reversed(label.counts))


def _rarity(symbols: Symbols, symbol: InputSymbol) -> int:
    name = symbol.info.name
    if any(name.startswith(f"{target.name}.") for target in symbols.policy.targets):
        return 0
    return 1 if symbol.info.keyword == "signal" else 2


def _of_input(symbols: Symbols, symbol: InputSymbol) -> Wish:
    value = symbol.value
    best = _wanted(symbols, symbol)
    if isinstance(value, StringSymbol):
        return Wish(best, value.outcome)
    if isinstance(value, Int):
        return Wish(best, value)
    return Wish(best, choices=tuple(_plain(symbols, symbol)))


def _wanted(symbols: Symbols, symbol: InputSymbol) -> Bool:
    """An input is best left out: not given, or as its default is.

    Without text, what a signal finds there is known: nothing.
    """
    nothing = _of_no_text(symbol)
    if nothing is not None:
        return symbols.is_value(symbol.info.name, nothing)
    if symbol.info.fallback is None:
        return symbols.terms.negation(symbol.known)
    return symbols.terms.both(
        symbol.known, symbols.has_terms(symbol.info.name, symbol.info.fallback)
    )


def _of_no_text(symbol: InputSymbol) -> Value | None:
    if symbol.info.text is None:
        return None
    return 0 if isinstance(symbol.value, Int) else False


def _plain(symbols: Symbols, symbol: InputSymbol) -> Iterator[Bool]:
    """Members of a set as by default, and without one few; a bool rather false."""
    terms, usual = symbols.terms, symbol.info.fallback
    if isinstance(symbol.value, Bool):
        yield terms.negation(symbol.value)
    elif isinstance(symbol.value, dict):
        inside = usual if isinstance(usual, frozenset) else frozenset[str]()
        for member, term in symbol.value.items():
            yield term if member in inside else terms.negation(term)
