"""Where two policies decide one request differently, in what `same as` compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from epol.compiler.smt.formula import Formula
from epol.compiler.smt.lane import Lane
from epol.compiler.smt.terms import Bool, Int, Terms


def differs(one: Formula, other: Formula) -> Bool:
    """Whether status, order, or something of a permitted target differs.

    Both speak of the same symbols, and of targets of the same names.  The status needs
    no words of its own: it follows from permission, order and the holds.
    """
    return one.terms.any(_differences(one, other))


def _differences(one: Formula, other: Formula) -> Iterator[Bool]:
    terms = one.terms
    for name, lane in one.lanes.items():
        yield unlike(terms, lane.permitted, other.lanes[name].permitted)
        inside = terms.any(_of_lanes(one, lane, other.lanes[name]))
        yield terms.both(lane.permitted, inside)
    names = list(one.lanes)
    for index, first in enumerate(names):
        for second in names[index + 1 :]:
            both = one.lanes[first].permitted, one.lanes[second].permitted
            swapped = unlike(terms, one.before(first, second), other.before(first, second))
            yield terms.both(*both, swapped)


def _of_lanes(formula: Formula, one: Lane, other: Lane) -> Iterator[Bool]:
    """Hold, caps, tools and treatments of one target."""
    terms = formula.terms
    yield unlike(terms, one.hold, other.hold)
    yield from caps_differ(terms, one, other)
    yield from tools_differ(terms, one, other)
    for label in formula.policy.labels:
        if one.treatments.detail(label) == other.treatments.detail(label):
            continue  # the very same terms; most labels of most pairs
        shown = one.shown(label)
        yield unlike(terms, shown, other.shown(label))
        yield terms.both(shown, terms.any(details_differ(terms, one, other, label)))


def tools_differ(terms: Terms, one: Lane, other: Lane) -> Iterator[Bool]:
    """Whether other tools may be offered; any of these."""
    yield unlike(terms, one.restricted, other.restricted)
    for tool in sorted({*one.tools, *other.tools}):
        offered = (lane.tools.get(tool, terms.false) for lane in (one, other))
        yield terms.both(one.restricted, unlike(terms, *offered))


def caps_differ(terms: Terms, one: Lane, other: Lane) -> Iterator[Bool]:
    """Whether a cap is another one; any of these."""
    for name in sorted({*one.caps, *other.caps}):
        mine, its = one.caps.get(name), other.caps.get(name)
        if mine is None or its is None:
            alone = mine or its
            assert alone is not None
            yield alone.present
        else:
            yield unlike(terms, mine.present, its.present)
            yield terms.both(mine.present, terms.negation(terms.equal(mine.value, its.value)))


def details_differ(terms: Terms, one: Lane, other: Lane, label: str) -> Iterator[Bool]:
    """Whether a label is treated otherwise, shown or not; any of these."""
    mine, its = one.treatments.detail(label), other.treatments.detail(label)
    yield terms.negation(terms.equal(mine.treatment, its.treatment))
    yield terms.negation(terms.equal(mine.keep_last, its.keep_last))
    texts = (None, *mine.replacements), (None, *its.replacements)
    yield terms.negation(same_entry(terms, mine.replacement, its.replacement, *texts))
    methods = (None, *mine.methods), (None, *its.methods)
    yield terms.negation(same_entry(terms, mine.method, its.method, *methods))


def same_entry(
    terms: Terms, one: Int, other: Int, table: Sequence[object], other_table: Sequence[object]
) -> Bool:
    """Whether two indices name equal entries of their tables."""
    if one is other and table == other_table:
        return terms.true
    return terms.any(
        terms.both(terms.equal(one, terms.number(i)), terms.equal(other, terms.number(j)))
        for i, entry in enumerate(table)
        for j, other_entry in enumerate(other_table)
        if entry == other_entry
    )


def unlike(terms: Terms, one: Bool, other: Bool) -> Bool:
    """Whether two truth values differ."""
    return terms.negation(terms.same(one, other))
