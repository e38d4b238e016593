"""Signals on demand: which costly ones can still matter (language.md §5).

A program compares a costly signal with few constants.  So a decision is made for a value
between each two of them, for each of them, and for unknown; where all these decisions say
the same, no model need run.  That is exact, and costs a decision for each combination of
values (some tens of microseconds to a few hundred, where a model takes thousands).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations, product

from epol.engine.bundle.program import (
    BoolInput,
    Counted,
    EnumInput,
    Equal,
    Feature,
    FlowProgram,
    Input,
    Less,
    Member,
    NumberInput,
    OfInput,
    Program,
    Value,
    literals_of,
    numbers_of,
)
from epol.engine.deciding.decider import FLOWS, Decider, Features
from epol.engine.deciding.outcome import Outcome
from epol.engine.reading.labels import ByRole

MAX_COMBINATIONS = 64
"""Beyond so many, the cheapest model is run without asking whether it matters."""

UNKNOWN = None
Choice = int | frozenset[str] | None
"""A value of a signal, the roles in which a label is found, or unknown."""


@dataclass(frozen=True)
class Costly:
    """A signal or label that a model computes, at a cost in microseconds.

    `choices` stand for all that it can turn out to be; None where they cannot be counted.
    A signal that only adds to scores is `only_scored`.
    """

    name: str
    model: str
    cost: int
    is_label: bool
    choices: tuple[Choice, ...] | None = None
    only_scored: bool = False


def costly_of(program: Program, flow: FlowProgram) -> tuple[Costly, ...]:
    """What a flow may ask models for, cheapest first; what it never reads is not among it."""
    found = [
        _signal(program, flow, place, info)
        for place, info in enumerate(program.inputs)
        if info.model is not None
    ]
    found += [_label(program, flow, label) for label in sorted({m.label for m in program.models})]
    return tuple(sorted((costly for costly in found if costly), key=lambda c: (c.cost, c.name)))


def _signal(program: Program, flow: FlowProgram, place: int, info: Input) -> Costly | None:
    features = {
        index
        for index, reading in enumerate(program.features)
        if getattr(reading, "input", None) == place
    }
    own = {index for index, node in enumerate(flow.nodes) if _reads(node, features)}
    if not own:
        return None
    assert info.model is not None
    base = Costly(info.name, info.model, info.cost or 0, is_label=False)
    readers = [node for node in flow.nodes[: flow.late] if own & {*numbers_of(node)}]
    adds = any(points.number in own for points in flow.outputs.points)
    if not adds and all(isinstance(node, Equal | Less | Member) for node in readers):
        choices = _values(flow, info, own, readers, only_value=_only_value(program, features))
        if choices is not None:
            return replace(base, choices=choices)
    return replace(base, only_scored=_is_only_scored(flow, own))


def _reads(node: object, features: set[int]) -> bool:
    match node:
        case Feature(feature):
            return feature in features
        case _:
            return bool(features & {*getattr(node, "features", ())})


def _only_value(program: Program, features: set[int]) -> bool:
    return all(isinstance(program.features[index], OfInput) for index in features)


def _values(
    flow: FlowProgram, info: Input, own: set[int], readers: Iterable[object], *, only_value: bool
) -> tuple[Choice, ...] | None:
    """Values that stand for all, as far as comparisons with constants can tell."""
    if not only_value:
        return None
    match info.type:
        case BoolInput():
            return (UNKNOWN, 0, 1)
        case EnumInput(members):
            return (UNKNOWN, *range(len(members)))
        case NumberInput(_, low, high):
            cuts = {low, high}
            for node in readers:
                constants = _constants(flow, node, own)
                if constants is None:
                    return None
                cuts |= {c + d for c in constants for d in (-1, 0, 1)}
            return (UNKNOWN, *sorted(c for c in cuts if low <= c <= high))
        case _:
            return None


def _constants(flow: FlowProgram, node: object, own: set[int]) -> list[int] | None:
    match node:
        case Equal(left, right) | Less(left, right):
            other = flow.nodes[right if left in own else left]
            return [other.value] if isinstance(other, Value) else None
        case Member(_, members):
            return list(members)
        case _:
            return None


def _is_only_scored(flow: FlowProgram, own: set[int]) -> bool:
    """Whether of what is more than a score nothing depends on some numbers."""
    reached = set(own)
    for index, node in enumerate(flow.nodes):
        read = (*(literal >> 1 for literal in literals_of(node)), *numbers_of(node))
        if not reached.isdisjoint(read):
            reached.add(index)
    return not any(literal >> 1 in reached for literal in flow.outputs.verdict())


def _label(program: Program, flow: FlowProgram, label: int) -> Costly | None:
    models = [model for model in program.models if model.label == label]
    groups = {index for index, group in enumerate(program.groups) if label in group.labels}
    features = {
        index: reading
        for index, reading in enumerate(program.features)
        if getattr(reading, "group", None) in groups
    }
    read = {n.feature for n in flow.nodes if isinstance(n, Feature) and n.feature in features}
    is_treated = any(label in class_.labels for class_ in flow.outputs.classes)
    if not read and not is_treated:
        return None
    counts = any(isinstance(features[index], Counted) for index in read)
    return Costly(
        program.labels[label],
        models[0].model,
        sum(model.cost for model in models),
        is_label=True,
        choices=None if counts else (UNKNOWN,),
    )


def role_choices(roles: Iterable[str]) -> tuple[Choice, ...]:
    """The roles in whose text a label may be found: every set of them, or unknown."""
    present = sorted(set(roles))
    sets = (frozenset(c) for size in range(len(present) + 1) for c in combinations(present, size))
    return (UNKNOWN, *sets)


class Demand:
    """Which models a decision still needs."""

    def __init__(self, decider: Decider) -> None:
        program = decider.program
        self._decider = decider
        self._costly: dict[str, tuple[Costly, ...]] = {
            flow: costly_of(program, program.flow(flow)) for flow in FLOWS
        }

    def pending(
        self,
        flow: str,
        given: Mapping[str, object],
        unread: Collection[str],
    ) -> tuple[Costly, ...]:
        """What nobody has given: signals, and labels whose models have not read the text."""
        return tuple(
            [
                costly
                for costly in self._costly[flow]
                if (costly.name in unread if costly.is_label else given.get(costly.name) is None)
            ]
        )

    def next(
        self,
        flow: str,
        pending: tuple[Costly, ...],
        features: Features,
        labels: Mapping[str, ByRole],
        asked: int,
        roles: Iterable[str],
    ) -> Costly | None:
        """The cheapest that can still change the decision; None if none can."""
        combos = _combinations(pending, roles)
        if combos is None:
            return pending[0]
        said: dict[tuple[Choice, ...], object] = {}
        for combo in combos:
            outcome = self._what_if(flow, pending, combo, features, labels, asked)
            said[combo] = outcome.verdict()
            if len(outcome.order()) > 1:
                for costly in pending:
                    if costly.choices is None:
                        return costly
        return _first_that_matters(pending, combos, said)

    def _what_if(
        self,
        flow: str,
        pending: tuple[Costly, ...],
        combo: tuple[Choice, ...],
        features: Features,
        labels: Mapping[str, ByRole],
        asked: int,
    ) -> Outcome:
        """The outcome if pending signals and labels turned out so."""
        trial = Features(features.numbers[:], features.known[:])
        found = dict(labels)
        for costly, choice in zip(pending, combo, strict=True):
            if isinstance(choice, frozenset):
                found[costly.name] = dict.fromkeys(choice, 1)
            elif choice is not None:
                for slot in self._decider.inputs.slots(costly.name):
                    trial.numbers[slot], trial.known[slot] = choice, 1
        if found != labels:
            self._decider.labels.rewrite(found, trial.numbers, trial.known)
        return self._decider.decide(trial, found, flow, asked)


def _combinations(
    pending: tuple[Costly, ...], roles: Iterable[str]
) -> list[tuple[Choice, ...]] | None:
    """Everything that pending signals and labels can turn out to be, together.

    None where that is too much, or cannot be counted.
    """
    choices: list[tuple[Choice, ...]] = []
    total = 1
    for costly in pending:
        own = role_choices(roles) if costly.is_label and costly.choices else costly.choices
        if own is None:
            if not costly.only_scored:
                return None
            own = (UNKNOWN,)
        choices.append(own)
        total *= len(own)
        if total > MAX_COMBINATIONS:
            return None
    return list(product(*choices))


def _first_that_matters(
    pending: tuple[Costly, ...],
    combos: list[tuple[Choice, ...]],
    said: Mapping[tuple[Choice, ...], object],
) -> Costly | None:
    """The cheapest that changes the decision for some values of the others."""
    for place, costly in enumerate(pending):
        by_rest: dict[tuple[Choice, ...], object] = {}
        for combo in combos:
            rest = combo[:place] + combo[place + 1 :]
            if by_rest.setdefault(rest, said[combo]) != said[combo]:
                return costly
    return None
