"""One request of which nothing is known but what its policy declares, as terms.

Symbols are made when they are first asked for, with what always holds of them in
`constraints`, so that what no rule reads costs nothing.  The same symbols may stand for
the requests of two policies that declare the same inputs and labels.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from epol.compiler.same import Same
from epol.compiler.smt.alike import standing
from epol.compiler.smt.outcomes import outcomes
from epol.compiler.smt.strings import compared_strings, nodes
from epol.compiler.smt.terms import Bool, Int, Terms
from epol.compiler.smt.texts import USUAL, StringSymbol, numbered
from epol.lang.glob import Glob
from epol.lang.model import Count, Found, InputInfo, Policy, Sends, Value
from epol.lang.types import MAX_INT, BoolType, EnumType, NumericType, SetType, StringType

_WITNESS_ROLES = ("user", "system", "assistant", "tool")
"""In which role spans are shown, where the policy does not care."""


Symbol = Bool | Int | dict[str, Bool] | StringSymbol
"""A value: a bool, a number or enum's index, a set's members, or a string's outcome."""


@dataclass(frozen=True)
class InputSymbol:
    """An attribute or signal: whether it is known, and its value if it is.

    A default or stale value counts as known, and as the value where none is given.
    """

    info: InputInfo
    known: Bool
    value: Symbol


@dataclass(frozen=True)
class LabelSymbol:
    """A label: whether its counts are known, and they by the groups of roles."""

    name: str
    known: Bool
    counts: tuple[Int, ...]


class Symbols:
    """The inputs and label counts of one request; `terms` is where they live.

    With `any_unknown`, every label may be unknown, as in evaluation; without, only those
    that a model detects, as claims say.  Two requests with the same names of symbols are
    the same request; of `apart`, the second one has its own values of inputs, and its own
    counts of labels.  With `unknown`, nothing but these inputs is unknown; with `alike`, of
    labels that nothing tells apart only one is ever found (see `alike`).
    """

    def __init__(
        self,
        terms: Terms,
        policies: Sequence[Policy],
        *,
        any_unknown: bool = True,
        apart: frozenset[str] = frozenset(),
        unknown: frozenset[str] | None = None,
        alike: bool = False,
    ) -> None:
        self.terms = terms
        self.policies = tuple(policies)
        self.policy = policies[0]
        self.any_unknown = any_unknown
        self.inputs: dict[str, InputSymbol] = {}
        self.labels: dict[str, LabelSymbol] = {}
        self.constraints: list[Bool] = []
        self.bounds: dict[Int, tuple[int, int]] = {}
        self.said = said(*policies)
        self.role_groups = self.said.role_groups
        self._apart, self._unknown = apart, unknown
        self._standing = self.said.standing if alike else dict[str, str]()
        self._globs = self.said.globs
        self._by_model = {
            detector.label for detector in self.policy.detectors if detector.model is not None
        }
        self._holds: dict[tuple[str, Glob], Bool] = {}

    # --- inputs ----------------------------------------------------------------------

    def input(self, name: str) -> InputSymbol:
        """The symbol of an attribute or signal by its full name."""
        if name not in self.inputs:
            info = self.policy.inputs[name]
            own = self._own(name)
            self.inputs[name] = InputSymbol(info, self._known(info), self._value(own, info))
        return self.inputs[name]

    def _known(self, info: InputInfo) -> Bool:
        if self._unknown is not None:
            return self.terms.truth(info.name not in self._unknown)
        if info.fallback is not None or (info.always_known and not self.any_unknown):
            return self.terms.true
        return self.terms.boolean(f"{self._own(info.name)}?")

    def integer(self, name: str) -> Int:
        """The value of a numeric or enum input."""
        value = self.input(name).value
        assert isinstance(value, Int)
        return value

    def _own(self, name: str) -> str:
        """A name for the solver."""
        return f"second {name}" if name in self._apart else name

    def _value(self, name: str, info: InputInfo) -> Symbol:
        match info.type:
            case BoolType():
                return self.terms.boolean(name)
            case NumericType(low=low, high=high):
                return self._bounded(name, low, high)
            case EnumType(members):
                return self._bounded(name, 0, len(members) - 1)
            case SetType(members):
                return {each: self.terms.boolean(f"{name} has {each}") for each in members}
            case StringType():
                return self._string(name, info)

    def _bounded(self, name: str, low: int, high: int) -> Int:
        """An integer between two bounds, both included, which are a part of its name.

        Thus one unknown has the same range in all policies that are looked at together.
        """
        terms, value = self.terms, self.terms.integer(f"{name} in {low} .. {high}")
        self.bounds[value] = low, high
        self.constraints.append(terms.at_most(terms.number(low), value))
        self.constraints.append(terms.at_most(value, terms.number(high)))
        return value

    def _string(self, name: str, info: InputInfo) -> StringSymbol:
        globs = self._globs.get(info.name, ())
        found = outcomes(globs, self._shown_texts(info))
        numbers = numbered(self.terms, info.name, globs, found)
        return StringSymbol(self._bounded(name, USUAL, MAX_INT), globs, found, numbers)

    def _shown_texts(self, info: InputInfo) -> list[str]:
        """The strings that are shown, where they have the outcome that is."""
        return [info.fallback] if isinstance(info.fallback, str) else []

    def matches(self, name: str, glob: Glob) -> Bool:
        """Whether a string input, where it is known, matches a glob of the policies."""
        key = name, glob
        if key not in self._holds:
            symbol = self.input(name).value
            assert isinstance(symbol, StringSymbol)
            self._holds[key] = symbol.matches(self.terms, glob)
        return self._holds[key]

    # --- labels ----------------------------------------------------------------------

    def label(self, name: str) -> LabelSymbol:
        """The symbol of a label."""
        if self.stands_for(name) != name:
            none = (self.terms.number(0),) * len(self.role_groups)
            return LabelSymbol(name, self.terms.true, none)
        if name not in self.labels:
            may_be_unknown = self.any_unknown or name in self._by_model
            always = self._unknown is not None or not may_be_unknown
            known = self.terms.true if always else self.terms.boolean(f"{name}#?")
            self.labels[name] = LabelSymbol(name, known, self._counts(name))
        return self.labels[name]

    def stands_for(self, name: str) -> str:
        """The label that is found in place of one that nothing tells apart from it."""
        return self._standing.get(name, name)

    def _counts(self, name: str) -> tuple[Int, ...]:
        counts = tuple(
            self._bounded(f"{self._own(name)}#{'+'.join(group)}", 0, MAX_INT)
            for group in self.role_groups
        )
        total = self.terms.total(counts)
        self.constraints.append(self.terms.at_most(total, self.terms.number(MAX_INT)))
        return counts

    def count(self, name: str, roles: frozenset[str] | None = None) -> Int:
        """How many spans of a label are found in text of some roles.

        Raises ValueError for roles of which the policies name a part only with others.
        """
        if roles is not None and any(0 < len(roles & {*g}) < len(g) for g in self.role_groups):
            raise ValueError(f"no policy asks about {', '.join(sorted(roles))} apart")
        counts = self.label(name).counts
        return self.terms.total(
            count
            for count, group in zip(counts, self.role_groups, strict=True)
            if roles is None or group[0] in roles
        )

    def found(self, name: str, roles: frozenset[str] | None = None) -> Bool:
        """Whether a label, where it is known, is found."""
        return self.terms.at_most(self.terms.number(1), self.count(name, roles))

    # --- all of them -----------------------------------------------------------------

    def all_terms(self) -> Iterator[Bool | Int]:
        """Every unknown that was made so far."""
        for symbol in self.inputs.values():
            if symbol.known.constant is None:
                yield symbol.known
            yield from terms_of(symbol.value)
        for label in self.labels.values():
            if label.known.constant is None:
                yield label.known
            yield from label.counts

    def plain(self, *, given: bool) -> Iterator[tuple[Bool | Int, bool | int]]:
        """A value for every unknown: defaults, nothing found; `given`: nothing is unknown."""
        for name, symbol in self.inputs.items():
            if symbol.known.constant is None:
                yield symbol.known, given
            fallback = symbol.info.fallback
            yield from self.any_value(name) if fallback is None else self.value_of(name, fallback)
        for label in self.labels.values():
            if label.known.constant is None:
                yield label.known, True
            yield from ((count, 0) for count in label.counts)

    def like(self, other: Symbols) -> None:
        """Make the symbols that another request has already, as far as they are declared."""
        for name in (each for each in other.inputs if each in self.policy.inputs):
            self.input(name)
        for name in (each for each in other.labels if each in self.policy.labels):
            self.label(name)

    # --- concrete requests -----------------------------------------------------------

    def value_of(self, name: str, value: Value) -> Iterator[tuple[Bool | Int, bool | int]]:
        """What the terms of an input are where it has a value."""
        symbol = self.input(name)
        match symbol.value:
            case Bool():
                yield symbol.value, bool(value)
            case Int():
                yield symbol.value, self._index(symbol.info, value)
            case StringSymbol():
                yield symbol.value.outcome, symbol.value.number_of(value)
            case _:
                assert isinstance(value, frozenset)
                yield from ((term, each in value) for each, term in symbol.value.items())

    def is_value(self, name: str, value: Value) -> Bool:
        """Whether an input is known and has a value."""
        return self.terms.both(self.input(name).known, self.has_value(name, value))

    def has_value(self, name: str, value: Value) -> Bool:
        """Whether an input, where it is known, has a value."""
        symbol = self.input(name).value
        if isinstance(symbol, StringSymbol):
            return symbol.has(self.terms, symbol.number_of(value))
        return self.has_terms(name, value)

    def has_terms(self, name: str, value: Value) -> Bool:
        """Whether the terms of an input are as `value_of` says, which a string's need not be."""
        terms = self.terms
        return terms.all(
            terms.same(term, terms.truth(bool(each)))
            if isinstance(term, Bool)
            else terms.equal(term, terms.number(each))
            for term, each in self.value_of(name, value)
        )

    def any_value(self, name: str) -> Iterator[tuple[Bool | Int, bool | int]]:
        """Some values for the terms of an input that has none; which is of no account."""
        symbol = self.input(name)
        match symbol.value, symbol.info.type:
            case Bool() as term, _:
                yield term, False
            case Int() as term, NumericType(low=low):
                yield term, low
            case Int() as term, _:
                yield term, 0
            case StringSymbol(outcome=term), _:
                yield term, USUAL
            case members, _:
                yield from ((term, False) for term in members.values())

    def _index(self, info: InputInfo, value: Value) -> int:
        if isinstance(info.type, EnumType):
            assert isinstance(value, str)
            return info.type.members.index(value)
        assert isinstance(value, int)
        return value


def terms_of(value: Symbol) -> tuple[Bool | Int, ...]:
    """The terms that a value is made of."""
    if isinstance(value, StringSymbol):
        return (value.outcome,)
    return tuple(value.values()) if isinstance(value, dict) else (value,)


@dataclass(frozen=True)
class Said:
    """What policies speak of: what strings are compared with, roles, labels that stand alike."""

    globs: Mapping[str, tuple[Glob, ...]]
    role_groups: tuple[tuple[str, ...], ...]
    standing: Mapping[str, str]


def said(*policies: Policy) -> Said:
    """What some policies speak of."""
    return _said(tuple(Same(policy) for policy in policies))


@lru_cache(maxsize=4)
def _said(policies: tuple[Same[Policy], ...]) -> Said:
    each = [same.item for same in policies]
    return Said(compared_strings(each), _role_groups(each), standing(each))


def _role_groups(policies: Sequence[Policy]) -> tuple[tuple[str, ...], ...]:
    """Roles by what asks about them: those of one group are never told apart."""
    asked: dict[frozenset[str], None] = {}
    for _, node in nodes(policies):
        if isinstance(node, Found | Count | Sends) and node.roles is not None:
            asked[node.roles] = None
    groups: dict[tuple[bool, ...], list[str]] = {}
    for role in _WITNESS_ROLES:
        groups.setdefault(tuple(role in roles for roles in asked), []).append(role)
    return tuple(tuple(group) for group in groups.values())
