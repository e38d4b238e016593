"""A formula under one concrete request: a decision to compare with the evaluator's."""

from __future__ import annotations

from functools import cached_property, cmp_to_key

from epol.compiler.smt.formula import Formula
from epol.compiler.smt.outputs import Key, Kind, outputs
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Term
from epol.lang.builtins import Treatment
from epol.lang.decision import BLOCK, HOLD, ROUTE, Decision, Detail, Reason, TargetDecision
from epol.lang.request import Request
from epol.lang.semantics import label_totals


def assignment(symbols: Symbols, request: Request) -> dict[Term, bool | int]:
    """The values of all symbols made so far, for a request; unknown ones get any value."""
    values: dict[Term, bool | int] = {}
    for name, symbol in symbols.inputs.items():
        given = request.inputs.get(name)
        value = symbol.info.fallback if given is None else given
        values[symbol.known] = value is not None
        values |= symbols.any_value(name) if value is None else symbols.value_of(name, value)
    for name, label in symbols.labels.items():
        counts = request.labels.get(name, {})
        values[label.known] = counts is not None
        for term, group in zip(label.counts, symbols.role_groups, strict=True):
            values[term] = sum(n for role, n in (counts or {}).items() if role in group)
    return {term: value for term, value in values.items() if term.constant is None}


class Evaluator:
    """Evaluates one formula again and again; its outputs are gathered once."""

    def __init__(self, formula: Formula) -> None:
        self.formula = formula
        self.outputs = outputs(formula)
        self._terms = list(dict.fromkeys(self.outputs.values()))

    def decide(self, request: Request) -> Decision:
        """The decision that the formula says, on a request of its flow and target."""
        values = self.formula.terms.evaluated(
            self._terms, assignment(self.formula.symbols, request)
        )
        known = {key: values[term] for key, term in self.outputs.items()}
        return _Decoder(self.formula, request, known).decision()


class _Decoder:
    def __init__(self, formula: Formula, request: Request, values: dict[Key, bool | int]) -> None:
        self.formula, self.request, self.values = formula, request, values

    @cached_property
    def _names(self) -> dict[tuple[str, Kind], list[str]]:
        """The names of which an output of a kind is true."""
        found: dict[tuple[str, Kind], list[str]] = {}
        for key, value in self.values.items():
            if value is True:
                found.setdefault((key.target, key.kind), []).append(key.name)
        return found

    def _true(self, target: str, kind: Kind) -> tuple[str, ...]:
        return tuple(sorted(self._names.get((target, kind), ())))

    def decision(self) -> Decision:
        targets = {name: self._target(name) for name in self.formula.lanes}
        permitted = [name for name, target in targets.items() if target.permitted]
        order = tuple(sorted(permitted, key=cmp_to_key(self._compare)))
        chosen = [name for name in targets if self.values[Key(name, Kind.CHOSEN)]]
        assert chosen == list(order[:1])
        served, held = self.values[Key("", Kind.SERVED)], self.values[Key("", Kind.HELD)]
        status = BLOCK if not served else HOLD if held else ROUTE
        return Decision(
            status=status,
            target=order[0] if order else None,
            order=order,
            targets=targets,
            reasons=self._reasons(),
            unknown=tuple(sorted({n for t in targets for n in self._true(t, Kind.UNKNOWN)})),
            labels=label_totals(self.request),
        )

    def _compare(self, one: str, other: str) -> int:
        return -1 if self.values[Key(one, Kind.BEFORE, other)] else 1

    def _reasons(self) -> tuple[Reason, ...]:
        because = {rule.name: rule.because for rule in self.formula.policy.rules}
        pairs = sorted((r, t) for t in self.formula.lanes for r in self._true(t, Kind.REASON))
        return tuple(Reason(rule, target, because[rule]) for rule, target in pairs)

    def _target(self, name: str) -> TargetDecision:
        values = self.values
        capped = self._true(name, Kind.CAPPED)
        restricted = values[Key(name, Kind.RESTRICTED)]
        return TargetDecision(
            name=name,
            permitted=bool(values[Key(name, Kind.PERMITTED)]),
            score=values[Key(name, Kind.SCORE)],
            treatments={x: self._detail(name, x) for x in self._true(name, Kind.SHOWN)},
            caps={cap: values[Key(name, Kind.CAP, cap)] for cap in capped},
            tools=self._true(name, Kind.TOOL) if restricted else None,
            tags=self._true(name, Kind.TAG),
            hold=bool(values[Key(name, Kind.HOLD)]),
            fired=self._true(name, Kind.FIRED),
        )

    def _detail(self, target: str, label: str) -> Detail:
        terms = self.formula.lanes[target].treatments.detail(label)
        treatment, keep_last, text, method = (
            self.values[Key(target, kind, label)]
            for kind in (Kind.TREATMENT, Kind.KEEP_LAST, Kind.REPLACEMENT, Kind.METHOD)
        )
        return Detail(
            treatment=Treatment(treatment),
            keep_last=keep_last,
            replacement=terms.replacements[text - 1] if text else None,
            method=terms.methods[method - 1] if method else None,
        )
