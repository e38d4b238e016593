"""Requests from before an edit where the edit tells other roles apart, so that counts of labels are
others: each is given the counts that say the same.

What was found in several roles that are told apart now is in the first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Int, Values

Regroup = Callable[[Values], Values]


def regrouping(old: Symbols, new: Symbols) -> Regroup | None:
    """What gives a request the counts of other groups of roles; None where they are the same."""
    if old.role_groups == new.role_groups:
        return None
    pairs = list(_pairs(old, new))
    sources = [
        [place for place, each in enumerate(old.role_groups) if each[0] in group]
        for group in new.role_groups
    ]

    def regroup(request: Values) -> Values:
        found = dict(request)
        for before, after in pairs:
            if any(count in request for count in before):
                for count, places in zip(after, sources, strict=True):
                    found.setdefault(count, sum(request.get(before[p], 0) for p in places))
        return found

    return regroup


def _pairs(old: Symbols, new: Symbols) -> Iterator[tuple[Sequence[Int], Sequence[Int]]]:
    """The counts of each label before and after, where it has some of its own in both."""
    for name, label in old.labels.items():
        if name in new.policy.labels and new.stands_for(name) == name:
            yield label.counts, new.label(name).counts
