"""The value of every expression as terms, for one target or for all.

What does not speak of the target being decided is encoded once, by an encoder without
one.  `nodes` says what each node means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from epol.compiler.smt.leaves import COUNTS, TREATMENTS, Leaves
from epol.compiler.smt.nodes import NODES
from epol.compiler.smt.strings import constant_string
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool
from epol.compiler.smt.values import Kleene, Members, Number, Truth, Value
from epol.lang import model
from epol.lang.glob import Glob, matches
from epol.lang.model import Const, Expr, If, Input, Policy, TargetField, TargetInfo, TargetName
from epol.lang.semantics import parts
from epol.lang.types import EnumType, NumericType, SetType, StringType, Type

if TYPE_CHECKING:
    from epol.compiler.smt.lane import Firing
    from epol.compiler.smt.treatments import Treatments


class Encoder:
    """Expressions on one lane: a request and a target, or None for what all share.

    What does not read any of `changed` (see `Leaves`) is as in `base`, the same lane of
    another formula.
    """

    def __init__(
        self,
        symbols: Symbols,
        policy: Policy,
        target: TargetInfo | None = None,
        shared: Encoder | None = None,
        base: Encoder | None = None,
        changed: frozenset[str] = frozenset(),
    ) -> None:
        self.symbols, self.policy, self.target = symbols, policy, target
        self._base, self.changed = base, changed
        self.leaves: Leaves = Leaves(policy) if base is None else base.leaves
        self.terms = symbols.terms
        self.kleene = Kleene(self.terms)
        self.treatments: Treatments | None = None
        self._shared = shared
        # By identity: the policy holds the expressions as long as this lives.
        self._values: dict[int, Value] = {}
        self._speaks: dict[int, bool] = {}
        self._found: dict[tuple[frozenset[str], frozenset[str] | None], Truth] = {}
        # By identity of the rule, and the place of the effect; found by the lane that asks.
        self.firings: dict[tuple[int, int], Firing] = {}

    # --- by kind of value ------------------------------------------------------------

    def truth(self, expr: Expr) -> Truth:
        """The Kleene value of a condition."""
        return cast(Truth, self.value(expr))

    def number(self, expr: Expr) -> Number:
        """A number on its scale, or an enum's index."""
        return cast(Number, self.value(expr))

    def value(self, expr: Expr) -> Value:
        """v(E, t) of anything but a string."""
        found = self._values.get(id(expr))
        if found is None:
            if self._base is not None and not self.is_changed(expr):
                found = self._base.value(expr)
            elif self._shared is not None and not self.speaks_of_target(expr):
                found = self._shared.value(expr)
            else:
                found = NODES[type(expr)](self, expr)
            self._values[id(expr)] = found
        return found

    def recall(
        self, other: Encoder, *, treatments: bool, labels: frozenset[str] = frozenset()
    ) -> None:
        """Take over what another one has encoded for the same target.

        With other `treatments`, what reads them is not taken over, nor whether some of the
        touched `labels` are found.  Whoever asks keeps the expressions alive, which are known by
        identity.
        """
        self.leaves, self._speaks = other.leaves, other._speaks
        self._found = {k: v for k, v in other._found.items() if labels.isdisjoint(k[0])}
        known, firings = other._values, other.firings
        if treatments:
            reads, empty = self.leaves.known, frozenset[str]()
            known = {k: v for k, v in known.items() if TREATMENTS not in reads.get(k, empty)}
            firings = {k: f for k, f in firings.items() if TREATMENTS not in f.reads}
        self._values, self.firings = dict(known), dict(firings)

    def is_changed(self, expr: Expr) -> bool:
        """Whether the value can differ from that in `base`."""
        return not self.changed.isdisjoint(self.leaves.of(expr))

    def speaks_of_target(self, expr: Expr) -> bool:
        """Whether the value can differ between targets."""
        if self._shared is not None:
            return self._shared.speaks_of_target(expr)
        known = self._speaks.get(id(expr))
        if known is None:
            known = _names_target(expr) or any(self.speaks_of_target(p) for p in parts(expr))
            self._speaks[id(expr)] = known
        return known

    def known(self, expr: Expr) -> Bool:
        """Whether an expression of any type is known."""
        if isinstance(expr.type, StringType):
            return self._text_known(expr)
        value = self.value(expr)
        return self.kleene.known(value) if isinstance(value, Truth) else value.known

    def is_unknown(self, expr: Expr) -> Bool:
        """Whether an expression of any type is unknown."""
        return self.terms.negation(self.known(expr))

    # --- inputs, fields, labels ------------------------------------------------------

    def input(self, name: str) -> Value:
        """An attribute or signal that is no string."""
        symbol = self.symbols.input(name)
        value = symbol.value
        if isinstance(value, dict):
            return Members(symbol.known, value)
        if isinstance(value, Bool):
            return self.kleene.fact(symbol.known, value)
        return Number(symbol.known, self.symbols.integer(name))

    def owner(self, target: str | None) -> TargetInfo:
        """The named target, or the one that is decided."""
        owner = self.target if target is None else self.policy.target(target)
        assert owner is not None
        return owner

    def constant(self, type_: Type, value: model.Value | None) -> Value:
        """What is the same on every request; None is unknown."""
        terms, known = self.terms, self.terms.truth(value is not None)
        match type_:
            case SetType(members):
                inside = cast(frozenset[str], value or frozenset())
                return Members(known, {each: terms.truth(each in inside) for each in members})
            case EnumType(members):
                index = 0 if value is None else members.index(cast(str, value))
                return Number(known, terms.number(index))
            case NumericType():
                return Number(known, terms.number(cast(int, value or 0)))
            case _:
                return self.kleene.unknown if value is None else self.kleene.constant(bool(value))

    def found(self, labels: frozenset[str], roles: frozenset[str] | None) -> Truth:
        """Whether one of some labels is found."""
        elsewhere = self._shared if self._base is None or COUNTS in self.changed else self._base
        if elsewhere is not None:
            return elsewhere.found(labels, roles)
        key = labels, roles
        if key not in self._found:
            each = (self._found_one(label, roles) for label in sorted(labels))
            self._found[key] = self.kleene.disjunction(each)
        return self._found[key]

    def _found_one(self, label: str, roles: frozenset[str] | None) -> Truth:
        known = self.symbols.label(label).known
        return self.kleene.fact(known, self.symbols.found(label, roles))

    # --- strings ---------------------------------------------------------------------

    def text(self, expr: Expr, glob: Glob) -> Truth:
        """Whether a string matches a glob."""
        match expr:
            case Input(name=name):
                known = self.symbols.input(name).known
                return self.kleene.fact(known, self.symbols.matches(name, glob))
            case If(condition=condition, then=then, otherwise=otherwise):
                test = self.truth(condition)
                return self.kleene.choice(test, self.text(then, glob), self.text(otherwise, glob))
            case _:
                string = self.string(expr)
                if string is None:
                    return self.kleene.unknown
                return self.kleene.constant(matches(glob, string))

    def string(self, expr: Expr) -> str | None:
        """The string of a constant on this target; None is unknown."""
        assert isinstance(expr, Const | TargetField | TargetName)
        return constant_string(self.policy, expr, self.target)

    def _text_known(self, expr: Expr) -> Bool:
        match expr:
            case Input(name=name):
                return self.symbols.input(name).known
            case If(condition=condition, then=then, otherwise=otherwise):
                test = self.truth(condition)
                chosen = self.terms.choice(
                    test.must, self._text_known(then), self._text_known(otherwise)
                )
                return self.terms.both(self.kleene.known(test), chosen)
            case _:
                return self.terms.truth(self.string(expr) is not None)


def _names_target(expr: Expr) -> bool:
    """Whether a node itself, apart from its parts, speaks of the target being decided."""
    if isinstance(expr, TargetField | model.TargetCost):
        return expr.target is None
    return isinstance(expr, TargetName | model.TargetSignal | model.Sends)
