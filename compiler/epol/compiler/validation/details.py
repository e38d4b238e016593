"""How a program treats labels, against how the policy does.

Of all that is asked with the strongest treatment the strictest details count: the fewest
characters kept, the least text, the coarsest generalization (language.md §5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

from epol.compiler.smt.terms import Bool, Int, Terms
from epol.compiler.smt.treatments import DetailTerms
from epol.engine.bundle.program import Treated
from epol.engine.bundle.treatment import Method, coarsest

_T = TypeVar("_T")
Asked = Sequence[tuple[Bool, Treated]]
"""What a program asks for some labels, and whether it does."""


def differ(terms: Terms, asked: Asked, meant: DetailTerms) -> Bool:
    """Whether a treated label is treated otherwise than meant."""
    return terms.any(_differences(terms, asked, meant))


def is_treated(terms: Terms, asked: Asked) -> Bool:
    """Whether a program asks for any treatment."""
    return terms.any(when for when, _ in asked)


def _differences(terms: Terms, asked: Asked, meant: DetailTerms) -> Iterator[Bool]:
    yield terms.negation(is_treated(terms, asked))
    for level in sorted({treated.treatment for _, treated in asked}):
        stronger = terms.any(when for when, each in asked if each.treatment > level)
        own = [(when, each) for when, each in asked if each.treatment == level]
        is_level = terms.both(is_treated(terms, own), terms.negation(stronger))
        wrong = [
            terms.negation(terms.equal(meant.treatment, terms.number(level))),
            *_details_differ(terms, own, meant),
        ]
        yield terms.both(is_level, terms.any(wrong))


def _details_differ(terms: Terms, own: Asked, meant: DetailTerms) -> Iterator[Bool]:
    """Of all that is asked with one treatment, which is the strongest: what is not as meant."""
    kept = sorted(_by_value(own, lambda each: each.keep_last))
    yield _unlike(terms, _first(terms, kept), terms.number, meant.keep_last)
    texts = _by_value(own, lambda each: each.replacement)
    chosen = _first(terms, sorted((text, when) for text, when in texts if text is not None))
    ranks = {text: rank for rank, text in enumerate(meant.replacements, start=1)}
    nothing = terms.negation(terms.any(when for _, when in chosen))
    yield _unlike(
        terms, [*chosen, (None, nothing)], lambda text: _place(terms, ranks, text),
        meant.replacement,
    )  # fmt: skip
    methods = _coarsest(terms, _by_value(own, _method))
    places = {
        method: place
        for place, method in enumerate(
            (Method(each.name, each.amount) for each in meant.methods), start=1
        )
    }
    yield _unlike(terms, methods, lambda method: _place(terms, places, method), meant.method)


def _method(treated: Treated) -> Method | None:
    return None if treated.method is None else Method(treated.method, treated.amount)


def _place(terms: Terms, places: dict[_T, int], value: _T | None) -> Int | None:
    """The place of a value in a table of the formula; 0 for none, None if it is not there."""
    if value is None:
        return terms.number(0)
    return terms.number(places[value]) if value in places else None


def _by_value(own: Asked, value: Callable[[Treated], _T]) -> list[tuple[_T, list[Bool]]]:
    found: dict[_T, list[Bool]] = {}
    for when, treated in own:
        found.setdefault(value(treated), []).append(when)
    return list(found.items())


def _first(terms: Terms, values: Iterable[tuple[_T, list[Bool]]]) -> list[tuple[_T, Bool]]:
    """Each value and whether no value before it is asked."""
    chosen: list[tuple[_T, Bool]] = []
    before = terms.false
    for value, asked in values:
        is_asked = terms.any(asked)
        chosen.append((value, terms.both(is_asked, terms.negation(before))))
        before = terms.either(before, is_asked)
    return chosen


def _coarsest(
    terms: Terms, values: Sequence[tuple[Method | None, list[Bool]]]
) -> list[tuple[Method | None, Bool]]:
    """Each method, and whether no other that is asked says more; None where two do."""
    chosen: list[tuple[Method | None, Bool]] = []
    for method, asked in values:
        if method is not None:
            worse = (terms.any(others) for o, others in values if coarsest((method, o)) != method)
            wins = terms.both(terms.any(asked), terms.negation(terms.any(worse)))
            chosen.append((method, wins))
    nothing = terms.negation(terms.any(when for _, when in chosen))
    return [*chosen, (None, nothing)]


def _unlike(
    terms: Terms,
    chosen: Iterable[tuple[_T, Bool]],
    place: Callable[[_T], Int | None],
    meant: Int,
) -> Bool:
    """Whether what is chosen is not what is meant."""
    wrong: list[Bool] = []
    for value, when in chosen:
        at = place(value)
        right = terms.false if at is None else terms.equal(meant, at)
        wrong.append(terms.both(when, terms.negation(right)))
    return terms.any(wrong)
