"""What a program reads from a request, as terms over the symbols of the policy.

A feature is what the engine's readers write: `reading/inputs.py` and `reading/labels.py`
there, one case each here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from epol.compiler.smt.outcomes import Outcome
from epol.compiler.smt.strings import literal
from epol.compiler.smt.symbols import InputSymbol, Symbols
from epol.compiler.smt.terms import Bool, Int
from epol.compiler.smt.texts import StringSymbol
from epol.compiler.smt.values import Number
from epol.compiler.validation.canonical import CanonicalTerms
from epol.compiler.validation.refusal import RefusedError
from epol.engine.bundle.program import (
    Counted,
    Found,
    Group,
    HasMember,
    LikeGlob,
    OfInput,
    Program,
    Reading,
    Unread,
)
from epol.lang.glob import Glob, GlobError, is_exact, matches, parse_glob
from epol.lang.types import MAX_INT, EnumType, NumericType

Bounds = tuple[int, int]
"""The least and the greatest that a number can be where it is known."""


class Features:
    """The features of a program; its tables have been compared with the policy."""

    def __init__(self, program: Program, symbols: Symbols, terms: CanonicalTerms) -> None:
        self._program, self._symbols, self._terms = program, symbols, terms
        self._known: dict[int, tuple[Number, Bounds]] = {}
        self._globs = {literal(text): place for place, text in enumerate(program.strings)}

    def feature(self, place: int) -> tuple[Number, Bounds]:
        """A feature and its bounds.  Raises `RefusedError` if the policy asks for none such."""
        if place not in self._known:
            self._known[place] = self._feature(self._program.features[place])
        return self._known[place]

    def _feature(self, reading: Reading) -> tuple[Number, Bounds]:
        match reading:
            case OfInput(place):
                return self._of_input(self._input(place))
            case HasMember(place, member):
                return self._has_member(self._input(place), member), (0, 1)
            case LikeGlob(place, glob):
                symbol = self._input(place)
                return self._number(symbol.known, self._like(symbol, glob)), (0, 1)
            case Counted(group):
                return self._counted(self._program.groups[group])
            case Found(group):
                return self._number(self._terms.true, self._found(group)), (0, 1)
            case Unread(group):
                return self._number(self._terms.true, self.unread(group)), (0, 1)

    def _number(self, known: Bool, truth: Bool) -> Number:
        """1 where something holds, else 0."""
        cases = ((truth, 1), (self._terms.negation(truth), 0))
        return Number(known, self._terms.by_cases(cases))

    # --- inputs ----------------------------------------------------------------------

    def _input(self, place: int) -> InputSymbol:
        return self._symbols.input(self._program.inputs[place].name)

    def _of_input(self, symbol: InputSymbol) -> tuple[Number, Bounds]:
        match symbol.value, symbol.info.type:
            case StringSymbol() as value, _:
                return Number(symbol.known, self._place(symbol, value)), self._places
            case Bool() as value, _:
                return self._number(symbol.known, value), (0, 1)
            case Int() as value, NumericType(low=low, high=high):
                return Number(symbol.known, value), (low, high)
            case Int() as value, EnumType(members):
                return Number(symbol.known, value), (0, len(members) - 1)
            case _:
                raise RefusedError(f"{symbol.info.name} is a set, and is read as a number")

    def _has_member(self, symbol: InputSymbol, member: str) -> Number:
        value = symbol.value
        if not isinstance(value, Mapping) or member not in value:
            raise RefusedError(f"{symbol.info.name} has no member {member!r}")
        return self._number(symbol.known, value[member])

    def _like(self, symbol: InputSymbol, text: str) -> Bool:
        try:
            glob = parse_glob(text)
        except GlobError as error:
            raise RefusedError(str(error)) from None
        value = symbol.value
        if not isinstance(value, StringSymbol) or glob not in value.globs:
            raise RefusedError(
                f"the policy does not ask whether {symbol.info.name} is like {text!r}"
            )
        return self._symbols.matches(symbol.info.name, glob)

    # --- strings ---------------------------------------------------------------------

    @cached_property
    def _places(self) -> Bounds:
        return -1, len(self._program.strings) - 1

    def _place(self, symbol: InputSymbol, value: StringSymbol) -> Int:
        """The place of a string in the program's table, by the string's outcome."""
        cases: list[tuple[Bool, int]] = []
        for number, outcome in zip(value.numbers, value.outcomes, strict=True):
            has_outcome = value.has(self._terms, number)
            places = self._places_of(value.globs, outcome)
            cases += self._one_of(f"{symbol.info.name} {number}", has_outcome, places)
        return self._terms.by_cases(cases)

    def _places_of(self, globs: tuple[Glob, ...], outcome: Outcome) -> list[int]:
        """Where a string with an outcome may stand.

        A glob without wildcards says which string it is; else it may be any of the table
        that has the outcome, or none of them.
        """
        exact = [globs[which] for which in outcome.matched if is_exact(globs[which])]
        if exact:
            return [self._globs.get(exact[0], -1)]
        alike = (
            place
            for place, text in enumerate(self._program.strings)
            if frozenset(i for i, glob in enumerate(globs) if matches(glob, text))
            == outcome.matched
        )
        return [*alike, -1]

    def _one_of(self, name: str, when: Bool, places: list[int]) -> Iterable[tuple[Bool, int]]:
        """Cases that split one into those of some places; nothing says which it is."""
        *others, last = places
        for place in others:
            choice = self._terms.boolean(f"place of {name} is {place}")
            yield self._terms.both(when, choice), place
            when = self._terms.both(when, self._terms.negation(choice))
        yield when, last

    # --- labels ----------------------------------------------------------------------

    def unread(self, group: int) -> Bool:
        """Whether a label of a group is unknown."""
        labels = self.labels(group)
        return self._terms.any(self._terms.negation(self.is_read(label)) for label in labels)

    def labels(self, group: int) -> list[str]:
        """The labels of a group, as often as it names them."""
        return [self._program.labels[place] for place in self._program.groups[group].labels]

    def is_read(self, label: str) -> Bool:
        """Whether a label is known."""
        return self._symbols.label(label).known

    def _found(self, group: int) -> Bool:
        roles = self._roles(self._program.groups[group])
        return self._terms.any(
            self._terms.both(self.is_read(label), self._symbols.found(label, roles))
            for label in self.labels(group)
        )

    def _counted(self, group: Group) -> tuple[Number, Bounds]:
        roles = self._roles(group)
        labels = [self._program.labels[place] for place in group.labels]
        known = self._terms.all(self.is_read(label) for label in labels)
        total = self._terms.total(self._symbols.count(label, roles) for label in labels)
        return Number(known, total), (0, len(labels) * MAX_INT)

    def _roles(self, group: Group) -> frozenset[str] | None:
        """The roles of a group, which must be told apart as the policy tells them."""
        if group.roles is None:
            return None
        roles = frozenset(group.roles)
        for alike in self._symbols.role_groups:
            if roles & set(alike) and not roles >= set(alike):
                raise RefusedError("the program tells roles apart that the policy does not")
        return roles
