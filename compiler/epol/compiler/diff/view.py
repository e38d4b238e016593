"""One request as each of two policies reads it, as terms.

A name that both declare is one fact: it is given to both with the same value, which both allow,
or to neither, and then each reads its own default.  A name that one of them declares, or
that both declare with kinds of types that have no value in common, is free in each.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from epol.compiler.diff.common import common_type, has_values
from epol.compiler.smt.symbols import InputSymbol, Symbol, Symbols, terms_of
from epol.compiler.smt.terms import Bool, Int, Term, Terms
from epol.compiler.smt.texts import StringSymbol
from epol.lang.model import InputInfo, Policy, Value
from epol.lang.types import EnumType, SetType, Type


class View(Symbols):
    """What one of two policies reads; both views of a request share terms by their names.

    A label may be unknown where one of the policies has a model detector for it.
    """

    def __init__(self, terms: Terms, old: Policy, new: Policy, *, is_new: bool) -> None:
        # Both policies, in one order, so that both views number strings and roles alike.
        super().__init__(terms, (old, new), any_unknown=False)
        self.policy, self._other = (new, old) if is_new else (old, new)
        self._side = "new" if is_new else "old"
        self._policies = old, new
        self._by_model = {
            d.label for policy in (old, new) for d in policy.detectors if d.model is not None
        }
        self._shared: dict[Term, None] = {}

    def all_terms(self) -> Iterator[Bool | Int]:
        """Every unknown of this view, and those that its values are made of."""
        yield from super().all_terms()
        yield from self._shared

    def input(self, name: str) -> InputSymbol:
        """The symbol of an attribute or signal, which tells what this policy reads."""
        if name not in self.inputs:
            info, its = self.policy.inputs[name], self._other.inputs.get(name)
            common = None if its is None else self._common_type(name)
            if its is None or common is None:
                own = name if its is None else f"{self._side} {name}"
                self.inputs[name] = self._alone(info, own)
            else:
                self.inputs[name] = self._joint(info, its, common)
        return self.inputs[name]

    def _common_type(self, name: str) -> Type | None:
        """The same in both views: it numbers the members of enums."""
        old, new = (policy.inputs[name].type for policy in self._policies)
        return common_type(old, new)

    def _alone(self, info: InputInfo, own: str) -> InputSymbol:
        """A fact of this policy alone."""
        known = self.terms.true if info.fallback is not None else self.terms.boolean(f"{own}?")
        return InputSymbol(info, known, self._value(own, info))

    def _joint(self, info: InputInfo, its: InputInfo, common: Type) -> InputSymbol:
        """A fact of both: not given, or given with a value that both types have."""
        value = self._common(info, common)
        own = self._in_own_type(info.type, common, value)
        if info.fallback is not None and info.fallback == its.fallback:
            return InputSymbol(info, self.terms.true, own)  # given or not, it is one of the values
        given = self.terms.boolean(f"{info.name}?")
        self._shared[given] = None
        if not has_values(common):
            self.constraints.append(self.terms.negation(given))
        if info.fallback is None:
            return InputSymbol(info, given, own)
        return InputSymbol(info, self.terms.true, self._else(info, given, own, info.fallback))

    def _common(self, info: InputInfo, common: Type) -> Symbol:
        """The value that both are given; any where there is none that suits both."""
        if not has_values(common):
            return self.terms.number(0)
        value = self._value(info.name, replace(info, type=common))
        self._shared |= dict.fromkeys(terms_of(value))
        return value

    def _in_own_type(self, own: Type, common: Type, value: Symbol) -> Symbol:
        """A value of the common type as one of this policy's: members are counted anew."""
        terms = self.terms
        if isinstance(own, SetType) and isinstance(value, dict):
            return {member: value.get(member, terms.false) for member in own.members}
        if isinstance(own, EnumType) and isinstance(common, EnumType) and isinstance(value, Int):
            places = [own.members.index(member) for member in common.members]
            if places == list(range(len(places))):
                return value
            mapped = terms.number(places[0])
            for index, place in enumerate(places):
                mapped = terms.pick(
                    terms.equal(value, terms.number(index)), terms.number(place), mapped
                )
            return mapped
        return value

    def _else(self, info: InputInfo, given: Bool, value: Symbol, fallback: Value) -> Symbol:
        """A value if it is given, else the default."""
        terms = self.terms
        match value:
            case Bool():
                return terms.choice(given, value, terms.truth(bool(fallback)))
            case Int():
                return terms.pick(given, value, terms.number(self._index(info, fallback)))
            case StringSymbol(outcome=outcome):
                own = terms.number(value.number_of(fallback))
                return replace(value, outcome=terms.pick(given, outcome, own))
            case _:
                assert isinstance(fallback, frozenset)
                return {
                    member: terms.choice(given, has, terms.truth(member in fallback))
                    for member, has in value.items()
                }

    def _shown_texts(self, info: InputInfo) -> list[str]:
        """The defaults of both."""
        declared = (policy.inputs.get(info.name) for policy in self._policies)
        defaults = [each.fallback for each in declared if each is not None]
        return [text for text in defaults if isinstance(text, str)]
