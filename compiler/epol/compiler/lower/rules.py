"""The rules of one flow as the outputs of its program."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

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
            (rule, effect, self._fires(rule, effect))
            for rule in self.rules
            for effect in rule.effects
        ]
        removing = [
            (rule, literal) for rule, effect, literal in fires
            if isinstance(effect, Deny | Block | Only)
        ]  # fmt: skip
        holding = [(rule, literal) for rule, effect, literal in fires if isinstance(effect, Hold)]
        restricted, tools = self._tools(fires)
        permitted = self.circuit.both(literal ^ 1 for _, literal in removing)
        hold = self.circuit.either(literal for _, literal in holding)
        fired = self._by_rule((rule, literal) for rule, _, literal in fires)
        reasons = self._by_rule([*removing, *holding])
        points = tuple(self._points(fires))
        caps, tags = self._caps(fires), self._tags(fires)
        roots = self._roots()
        late = len(self.circuit.nodes)
        blame = [root for rule in self.rules for root in roots_of(self.expressions, rule, scored=self.scored)]
        blamed = Blame(self.expressions).outputs(blame)
        outputs = Outputs(
            permitted, hold, fired, reasons, points, caps, restricted, tools, tags, treated,
            classes, roots, blamed,
        )  # fmt: skip
        return FlowProgram(tuple(self.circuit.nodes), late, outputs)

    # --- what fires ------------------------------------------------------------------

    def _fires(self, rule: RuleInfo, effect: Effect) -> int:
        """Restrictions fire when not false; preferences when true, and the amount is known."""
        circuit = self.circuit
        condition = self.expressions.condition(rule.condition)
        match effect:
            case Prefer(amount=amount):
                if not self.scored:
                    return circuit.false
                number = self.expressions.number(amount)
                return circuit.both((circuit.surely(condition), circuit.known(number)))
            case Only(condition=inner):
                holds = self.expressions.condition(inner)
                return circuit.maybe(circuit.both((condition, holds ^ 1)))
            case _:
                return circuit.maybe(condition)

    def _by_rule(self, fires: Iterable[tuple[RuleInfo, int]]) -> tuple[Named, ...]:
        """Where each rule does one of some things, by name."""
        literals: dict[str, list[int]] = {}
        for rule, literal in fires:
            literals.setdefault(rule.name, []).append(literal)
        named = (
            Named(self.tables.rules[name], self.circuit.either(literals[name]))
            for name in sorted(literals)
        )
        return tuple(item for item in named if item.literal != self.circuit.false)

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

    def _points(self, fires: list[tuple[RuleInfo, Effect, int]]) -> Iterator[Points]:
        for _, effect, literal in fires:
            if isinstance(effect, Prefer) and literal != self.circuit.false:
                sign = 1 if effect.sign > 0 else -1
                yield Points(literal, sign, self.expressions.number(effect.amount))

    def _caps(self, fires: list[tuple[RuleInfo, Effect, int]]) -> tuple[Capped, ...]:
        asked: dict[str, dict[int, list[int]]] = {name: {} for name in sorted(CAPS)}
        for _, effect, literal in fires:
            if isinstance(effect, Cap):
                asked[effect.name].setdefault(effect.value, []).append(literal)
        return tuple(
            Capped(
                name,
                tuple((value, self.circuit.either(values[value])) for value in sorted(values)),
            )
            for name, values in asked.items()
            if values
        )

    def _tools(self, fires: list[tuple[RuleInfo, Effect, int]]) -> tuple[int, tuple[Named, ...]]:
        """Where only some tools may be offered, and where each may: lists intersect."""
        lists = [(e.allowed, literal) for _, e, literal in fires if isinstance(e, Tools)]
        restricted = self.circuit.either(literal for _, literal in lists)
        names = sorted(frozenset[str]().union(*(allowed for allowed, _ in lists)))
        tools: list[Named] = []
        for name in names:
            barred = (literal for allowed, literal in lists if name not in allowed)
            free = self.circuit.both((restricted, self.circuit.either(barred) ^ 1))
            tools.append(Named(self.tables.words.place(name), free))
        return restricted, tuple(tools)

    def _tags(self, fires: list[tuple[RuleInfo, Effect, int]]) -> tuple[Named, ...]:
        asked: dict[str, list[int]] = {}
        for _, effect, literal in fires:
            if isinstance(effect, Tag):
                asked.setdefault(effect.text, []).append(literal)
        return tuple(
            Named(self.tables.words.place(text), self.circuit.either(asked[text]))
            for text in sorted(asked)
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
