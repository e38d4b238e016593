"""The rules of one flow as the outputs of its program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from epol.compiler.ir import Circuit
from epol.compiler.lower.blame import Blame, roots_of
from epol.compiler.lower.expressions import Expressions
from epol.compiler.lower.tables import Tables
from epol.engine.bundle.program import (
    Capped,
    Class,
    FlowProgram,
    Named,
    Outputs,
    Points,
    Treated,
)
from epol.lang.builtins import CAPS, Treatment
from epol.lang.model import (
    Block,
    Cap,
    Deny,
    Effect,
    Hold,
    Only,
    Prefer,
    RuleInfo,
    Tag,
    Tools,
    Treat,
)


def lower_flow(tables: Tables, flow: str) -> FlowProgram:
    """The program of one flow."""
    circuit = Circuit(len(tables.policy.targets), tables.features)
    rules = [rule for rule in tables.policy.rules if flow in rule.flows]
    return _Flow(tables, Expressions(tables, circuit), rules, scored=flow == "request").program()


@dataclass(frozen=True)
class _Fire:
    """An effect of a rule, and the literal that it waits for."""

    rule: RuleInfo
    effect: Effect
    condition: int


class _Flow:
    """The rules of one flow, treatments before what asks about them."""

    def __init__(
        self, tables: Tables, expressions: Expressions, rules: list[RuleInfo], *, scored: bool
    ) -> None:
        self.tables, self.expressions, self.rules = tables, expressions, rules
        self.circuit: Circuit = expressions.circuit
        self.scored = scored

    def program(self) -> FlowProgram:
        treated, classes = self._treatments()
        fires = [
            _Fire(rule, effect, self._condition(rule, effect))
            for rule in self.rules
            for effect in rule.effects
        ]
        removing = [fire for fire in fires if isinstance(fire.effect, Deny | Block | Only)]
        holding = [fire for fire in fires if isinstance(fire.effect, Hold)]
        restricted, tools = self._tools(fires)
        permitted, hold = self._any(removing) ^ 1, self._any(holding)
        fired, reasons = self._by_rule(fires), self._by_rule([*removing, *holding])
        points = tuple(self._points(fires))
        caps, tags = self._caps(fires), self._tags(fires)
        roots = self._roots()
        late = len(self.circuit.nodes)
        blame = [
            root
            for rule in self.rules
            for root in roots_of(self.expressions, rule, scored=self.scored)
        ]
        blamed = Blame(self.expressions).outputs(blame)
        outputs = Outputs(
            permitted, hold, fired, reasons, points, caps, restricted, tools, tags, treated,
            classes, roots, blamed,
        )  # fmt: skip
        return FlowProgram(tuple(self.circuit.nodes), late, outputs)

    # --- what fires ------------------------------------------------------------------

    def _condition(self, rule: RuleInfo, effect: Effect) -> int:
        """What an effect waits for: a restriction fires where it is not false.

        A preference fires where it is true and the amount known, which is never unknown.
        """
        circuit = self.circuit
        condition = self.expressions.condition(rule.condition)
        match effect:
            case Prefer(amount=amount):
                if not self.scored:
                    return circuit.false
                number = self.expressions.number(amount)
                return circuit.both((circuit.surely(condition), circuit.known(number)))
            case Only(condition=inner):
                return circuit.both((condition, self.expressions.condition(inner) ^ 1))
            case _:
                return condition

    def _any(self, fires: Iterable[_Fire]) -> int:
        """Where one of some effects fires.

        "Not false" of a disjunction is that of its parts, so it is asked once for all.
        """
        return self.circuit.maybe(self.circuit.either(fire.condition for fire in fires))

    def _by_rule(self, fires: Iterable[_Fire]) -> tuple[Named, ...]:
        """Where each rule does one of some things, by name."""
        named: dict[str, list[_Fire]] = {}
        for fire in fires:
            named.setdefault(fire.rule.name, []).append(fire)
        found = (Named(self.tables.rules[name], self._any(named[name])) for name in sorted(named))
        return tuple(item for item in found if item.literal != self.circuit.false)

    # --- phase 1: treatments ---------------------------------------------------------

    def _treatments(self) -> tuple[tuple[Treated, ...], tuple[Class, ...]]:
        """What is asked for, and which labels are treated alike."""
        places: dict[Treated, int] = {}
        of_label: dict[str, list[int]] = {}
        for rule in self.rules:
            for effect in rule.effects:
                if isinstance(effect, Treat):
                    self._ask(rule, effect, places, of_label)
        treated = tuple(places)
        alike: dict[tuple[int, ...], list[int]] = {}
        for label, indexes in of_label.items():
            self.expressions.treated_as[label] = key = tuple(sorted(set(indexes)))
            alike.setdefault(key, []).append(self.tables.labels[label])
        self.expressions.is_weaker = lambda label, below: self._is_weaker(treated, label, below)
        classes = (Class(tuple(sorted(labels)), key) for key, labels in alike.items())
        return treated, tuple(classes)

    def _ask(
        self,
        rule: RuleInfo,
        effect: Treat,
        places: dict[Treated, int],
        of_label: dict[str, list[int]],
    ) -> None:
        literal = self.circuit.maybe(self.expressions.condition(rule.condition))
        if literal == self.circuit.false:
            return
        for label in sorted(effect.labels):
            method = None
            if effect.treatment == Treatment.GENERALIZE:
                method = effect.method or self.tables.policy.labels[label].generalize
            treated = Treated(
                literal,
                int(effect.treatment),
                effect.keep_last or 0,
                effect.replacement,
                None if method is None else method.name,
                None if method is None else method.amount,
            )
            place = places.setdefault(treated, len(places))
            of_label.setdefault(label, []).append(place)

    def _is_weaker(self, treated: tuple[Treated, ...], label: str, below: Treatment) -> int:
        """Where a label is treated less than `below`."""
        if below == Treatment.KEEP:
            return self.circuit.false
        asked = (treated[place] for place in self.expressions.treated_as.get(label, ()))
        strong = (item.literal for item in asked if item.treatment >= below)
        return self.circuit.either(strong) ^ 1

    # --- what else comes out ---------------------------------------------------------

    def _points(self, fires: list[_Fire]) -> Iterator[Points]:
        for fire in fires:
            effect = fire.effect
            if isinstance(effect, Prefer) and fire.condition != self.circuit.false:
                number = self.expressions.number(effect.amount)
                yield Points(fire.condition, effect.sign, number)

    def _caps(self, fires: list[_Fire]) -> tuple[Capped, ...]:
        asked: dict[str, dict[int, list[_Fire]]] = {name: {} for name in sorted(CAPS)}
        for fire in fires:
            if isinstance(fire.effect, Cap):
                asked[fire.effect.name].setdefault(fire.effect.value, []).append(fire)
        return tuple(
            Capped(name, tuple((value, self._any(values[value])) for value in sorted(values)))
            for name, values in asked.items()
            if values
        )

    def _tools(self, fires: list[_Fire]) -> tuple[int, tuple[Named, ...]]:
        """Where only some tools may be offered, and where each may: lists intersect."""
        lists = [(f.effect.allowed, f) for f in fires if isinstance(f.effect, Tools)]
        restricted = self._any(fire for _, fire in lists)
        names = sorted(frozenset[str]().union(*(allowed for allowed, _ in lists)))
        tools: list[Named] = []
        for name in names:
            barred = self._any(fire for allowed, fire in lists if name not in allowed)
            free = self.circuit.both((restricted, barred ^ 1))
            tools.append(Named(self.tables.words.place(name), free))
        return restricted, tuple(tools)

    def _tags(self, fires: list[_Fire]) -> tuple[Named, ...]:
        asked: dict[str, list[_Fire]] = {}
        for fire in fires:
            if isinstance(fire.effect, Tag):
                asked.setdefault(fire.effect.text, []).append(fire)
        return tuple(
            Named(self.tables.words.place(text), self._any(asked[text])) for text in sorted(asked)
        )

    def _roots(self) -> tuple[int, ...]:
        """Literals one of which is unknown wherever an unknown thing mattered."""
        roots: set[int] = set()
        for rule in self.rules:
            for effect in rule.effects:
                roots.add(self.expressions.condition(rule.condition))
                if isinstance(effect, Only):
                    roots.add(self.expressions.condition(effect.condition))
                if isinstance(effect, Prefer) and self.scored:
                    known = self.circuit.known(self.expressions.number(effect.amount))
                    roots.add(self.circuit.both((known ^ 1, self.circuit.unknown)))
        return tuple(sorted(root for root in roots if self.circuit.may_be_unknown(root)))
