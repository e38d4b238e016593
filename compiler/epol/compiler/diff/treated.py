"""Labels that two policies treat otherwise on one target, as terms."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from epol.compiler.diff.common import is_as_coarse
from epol.compiler.smt.difference import same_entry
from epol.compiler.smt.lane import Lane
from epol.compiler.smt.terms import Bool, Terms
from epol.compiler.smt.treatments import DetailTerms
from epol.lang.builtins import Treatment
from epol.lang.model import Policy


@dataclass(frozen=True)
class Changed:
    """Labels that the same effects treat in either policy, and how that differs.

    `present` says that one of them is found or unknown, `weaker` that NEW treats them
    weaker, `otherwise` that it treats them otherwise and not weaker.
    """

    labels: tuple[str, ...]
    present: Bool
    weaker: Bool
    otherwise: Bool


def changed_labels(old: Lane, new: Lane, before: Policy, after: Policy) -> Iterator[Changed]:
    """The labels whose treatment may differ; one that a policy does not declare is kept there."""
    groups: dict[tuple[DetailTerms | None, DetailTerms | None], list[str]] = {}
    for label in sorted({*before.treating, *after.treating}):
        key = _detail(old, before, label), _detail(new, after, label)
        groups.setdefault(key, []).append(label)
    terms = old.encoder.terms
    for (mine, its), labels in groups.items():
        weaker, otherwise = _compared(terms, mine or _kept(terms), its or _kept(terms))
        if terms.either(weaker, otherwise) is not terms.false:
            present = (_present(old if x in before.labels else new, x) for x in labels)
            yield Changed(tuple(labels), terms.any(present), weaker, otherwise)


def _detail(lane: Lane, policy: Policy, label: str) -> DetailTerms | None:
    """How a label is treated; None is kept."""
    return lane.treatments.detail(label) if label in policy.treating else None


def _kept(terms: Terms) -> DetailTerms:
    nothing = terms.number(0)
    return DetailTerms(terms.number(Treatment.KEEP), nothing, nothing, nothing, (), ())


def _present(lane: Lane, label: str) -> Bool:
    """Whether a label is found or unknown."""
    return lane.encoder.found(frozenset([label]), None).may


def _compared(terms: Terms, old: DetailTerms, new: DetailTerms) -> tuple[Bool, Bool]:
    """Whether a treatment is weaker than another one, and whether it is something else."""
    same = terms.equal(old.treatment, new.treatment)
    weaker = terms.either(
        terms.below(new.treatment, old.treatment), terms.both(same, _leaves_more(terms, old, new))
    )
    unlike = terms.negation(terms.both(same, *_same_details(terms, old, new)))
    treated = terms.negation(
        terms.both(same, terms.equal(new.treatment, terms.number(Treatment.KEEP)))
    )
    return weaker, terms.both(treated, unlike, terms.negation(weaker))


def _same_details(terms: Terms, old: DetailTerms, new: DetailTerms) -> tuple[Bool, Bool, Bool]:
    """Whether the characters kept, the text, the method are the same."""
    texts = (None, *old.replacements), (None, *new.replacements)
    methods = (None, *old.methods), (None, *new.methods)
    return (
        terms.equal(old.keep_last, new.keep_last),
        same_entry(terms, old.replacement, new.replacement, *texts),
        same_entry(terms, old.method, new.method, *methods),
    )


def _leaves_more(terms: Terms, old: DetailTerms, new: DetailTerms) -> Bool:
    """Of one treatment of both: whether the detail leaves more, or does not compare."""
    masked = terms.equal(new.treatment, terms.number(Treatment.MASK))
    generalized = terms.equal(new.treatment, terms.number(Treatment.GENERALIZE))
    finer = terms.negation(_as_coarse(terms, old, new))
    return terms.either(
        terms.both(masked, terms.below(old.keep_last, new.keep_last)),
        terms.both(generalized, finer),
    )


def _as_coarse(terms: Terms, old: DetailTerms, new: DetailTerms) -> Bool:
    """Whether NEW's generalization is as coarse as OLD's."""
    if old.method is new.method and old.methods == new.methods:
        return terms.true
    return terms.any(
        terms.both(
            terms.equal(old.method, terms.number(i)), terms.equal(new.method, terms.number(j))
        )
        for i, before in enumerate((None, *old.methods))
        for j, after in enumerate((None, *new.methods))
        if is_as_coarse(after, before)
    )
