"""Phase 1: how each label is treated on a target.

Labels that the same effects treat are treated alike, so that they are asked together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from epol.compiler.smt.encode import Encoder
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.lang.builtins import Treatment
from epol.lang.model import Method, Policy, RuleInfo, Treat
from epol.lang.semantics import coarsest


@dataclass(frozen=True, eq=False)
class Group:
    """What treats some labels on one flow, with the rules; compared by identity."""

    asked: tuple[tuple[RuleInfo, Treat], ...]


@dataclass(frozen=True)
class DetailTerms:
    """A label's treatment, and its details, which mean nothing where it is `keep`.

    `replacement` and `method` are indices: 0 is none, and n the n-th of the texts or
    methods that the policy can ask for this label.
    """

    treatment: Int
    keep_last: Int
    replacement: Int
    method: Int
    replacements: tuple[str, ...]
    methods: tuple[Method, ...]


_UNTREATED = Group(())


def _kept(group: Group, dropped: frozenset[str]) -> Group:
    """A group without some rules."""
    asked = tuple(pair for pair in group.asked if pair[0].name not in dropped)
    if len(asked) == len(group.asked):
        return group
    return Group(asked) if asked else _UNTREATED


class Groups:
    """The labels of a policy by the effects that treat them, but for `dropped` rules."""

    def __init__(
        self, policy: Policy, of: Mapping[str, Group], dropped: frozenset[str] = frozenset()
    ) -> None:
        self.policy, self._of, self._dropped = policy, of, dropped
        self._smaller: dict[Group, Group] = {}
        self._split: dict[frozenset[str], tuple[tuple[frozenset[str], Group], ...]] = {}

    @classmethod
    def on(cls, policy: Policy, flow: str) -> Groups:
        """The groups on one flow."""
        of: dict[str, Group] = {}
        known: dict[tuple[int, ...], Group] = {(): _UNTREATED}
        for label, pairs in policy.treating.items():
            asked = tuple(pair for pair in pairs if flow in pair[0].flows)
            key = tuple(id(effect) for _, effect in asked)
            of[label] = known.setdefault(key, Group(asked))
        return cls(policy, of)

    def of(self, label: str) -> Group:
        """The group of a label."""
        group = self._of.get(label, _UNTREATED)
        if self._dropped and group not in self._smaller:
            self._smaller[group] = _kept(group, self._dropped)
        return self._smaller.get(group, group)

    def without(self, dropped: frozenset[str]) -> Groups:
        """The same without some rules."""
        return Groups(self.policy, self._of, self._dropped | dropped)

    def split(self, labels: frozenset[str]) -> tuple[tuple[frozenset[str], Group], ...]:
        """Labels by their groups."""
        if labels not in self._split:
            groups: dict[Group, list[str]] = {}
            for label in sorted(labels):
                groups.setdefault(self.of(label), []).append(label)
            self._split[labels] = tuple((frozenset(own), group) for group, own in groups.items())
        return self._split[labels]


class Treatments:
    """The treatments on one target."""

    def __init__(self, encoder: Encoder, groups: Groups) -> None:
        self._encoder, self._groups = encoder, groups
        self._strong: dict[tuple[Group, Treatment], Bool] = {}
        self._details: dict[tuple[Group, Method | None], DetailTerms] = {}

    @property
    def _terms(self) -> Terms:
        return self._encoder.terms

    def of_groups(
        self, labels: frozenset[str], level: Treatment
    ) -> Iterator[tuple[frozenset[str], Bool]]:
        """Labels in groups, each with whether it is treated at least so strongly."""
        for own, group in self._groups.split(labels):
            yield own, self._at_least(group, level)

    def at_least(self, label: str, level: Treatment) -> Bool:
        """Whether a label is treated at least so strongly."""
        return self._at_least(self._groups.of(label), level)

    def _at_least(self, group: Group, level: Treatment) -> Bool:
        if level == Treatment.KEEP:
            return self._terms.true
        key = group, level
        if key not in self._strong:
            conditions = (r.condition for r, effect in group.asked if effect.treatment >= level)
            self._strong[key] = self._terms.any(self._encoder.truth(c).may for c in conditions)
        return self._strong[key]

    def _asked(self, group: Group, level: Treatment, wanted: Callable[[Treat], bool]) -> Bool:
        """Whether an effect of one treatment and some kind is asked: its condition is not F."""
        effects = (pair for pair in group.asked if pair[1].treatment == level)
        return self._terms.any(
            self._encoder.truth(rule.condition).may for rule, effect in effects if wanted(effect)
        )

    def _is(self, group: Group, level: Treatment) -> Bool:
        """Whether a treatment that has details, so not the last, is the strongest asked."""
        stronger = self._at_least(group, Treatment(level + 1))
        return self._terms.both(self._at_least(group, level), self._terms.negation(stronger))

    # --- details ---------------------------------------------------------------------

    def detail(self, label: str) -> DetailTerms:
        """A label's treatment with the strictest of the details asked with it."""
        group, default = self._groups.of(label), self._groups.policy.labels[label].generalize
        key = group, default
        if key not in self._details:
            self._details[key] = self._detail(group, default)
        return self._details[key]

    def _detail(self, group: Group, default: Method | None) -> DetailTerms:
        effects = [effect for _, effect in group.asked]
        texts = tuple(sorted({e.replacement for e in effects if e.replacement is not None}))
        methods = dict.fromkeys(effect.method or default for effect in effects)
        known = tuple(method for method in methods if method is not None)
        return DetailTerms(
            self._treatment(group),
            self._keep_last(group),
            self._replacement(group, texts),
            self._method(group, default, known),
            texts,
            known,
        )

    def _treatment(self, group: Group) -> Int:
        terms, strongest = self._terms, self._terms.number(Treatment.KEEP)
        for level in list(Treatment)[1:]:
            strongest = terms.pick(self._at_least(group, level), terms.number(level), strongest)
        return strongest

    def _keep_last(self, group: Group) -> Int:
        """The fewest characters that an effect of the strongest treatment keeps."""
        return self._least(group, lambda effect: effect.keep_last or 0)

    def _replacement(self, group: Group, texts: tuple[str, ...]) -> Int:
        """The least text of an effect of the strongest treatment."""
        ranks: dict[str | None, int] = {text: rank for rank, text in enumerate(texts, start=1)}
        return self._least(group, lambda effect: ranks.get(effect.replacement))

    def _least(self, group: Group, rank: Callable[[Treat], int | None]) -> Int:
        """The least rank among the effects of the strongest treatment; 0 if none has one."""
        terms, result = self._terms, self._terms.number(0)
        for level in sorted({effect.treatment for _, effect in group.asked if rank(effect)}):
            result = terms.pick(self._is(group, level), self._first(group, level, rank), result)
        return result

    def _first(self, group: Group, level: Treatment, rank: Callable[[Treat], int | None]) -> Int:
        """The least rank of the effects of one treatment that are asked; 0 if none has one."""
        terms, result = self._terms, self._terms.number(0)
        ranks = {rank(effect) for _, effect in group.asked if effect.treatment == level}

        def asked(value: int) -> Bool:
            return self._asked(group, level, lambda effect: rank(effect) == value)

        for value in sorted((each for each in ranks if each is not None), reverse=True):
            result = terms.pick(asked(value), terms.number(value), result)
        return result

    def _method(self, group: Group, default: Method | None, methods: tuple[Method, ...]) -> Int:
        """The coarsest of the methods asked; none where one is missing or two differ in kind."""
        terms, result = self._terms, self._terms.number(0)
        asked = {method: self._asks(group, default, method) for method in (*methods, None)}
        for index, method in enumerate(methods, start=1):
            worse = (each for other, each in asked.items() if coarsest((method, other)) != method)
            wins = terms.both(asked[method], terms.negation(terms.any(worse)))
            result = terms.pick(wins, terms.number(index), result)
        return terms.pick(self._is(group, Treatment.GENERALIZE), result, terms.number(0))

    def _asks(self, group: Group, default: Method | None, method: Method | None) -> Bool:
        return self._asked(
            group, Treatment.GENERALIZE, lambda effect: (effect.method or default) == method
        )
