"""The engine's program and kernel on typed requests, beside the reference evaluator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from epol.engine.bundle.program import Program
from epol.engine.deciding.batch import STATUSES, Batch, BatchDecider
from epol.engine.deciding.columns import Matrix
from epol.engine.deciding.decider import Decider, Features
from epol.engine.decision import Decision as EngineDecision
from epol.engine.decision import PolicyName
from epol.engine.kernel.load import Kernel
from epol.engine.reading.inputs import Scaled
from epol.lang.decision import Decision
from epol.lang.model import Value
from epol.lang.request import Request

View = dict[str, object]
"""All of a decision that both sides say, details and reasons included."""

_MEANINGLESS = 987_654_321


class Direct:
    """Decides typed requests by a program, without text and without models."""

    def __init__(self, program: Program, kernel: Kernel | None = None) -> None:
        self.decider = Decider(program)
        if kernel is not None:
            self.decider.kernel = kernel
        self._batch: BatchDecider | None = None

    def view(self, request: Request) -> View:
        """What the engine decides."""
        asked = self.decider.asked(request.flow, request.target)
        features = self.features(request)
        outcome = self.decider.decide(features, request.labels, request.flow, asked)
        return view(EngineDecision(outcome, PolicyName("", None, "")))

    def features(self, request: Request) -> Features:
        """What the engine reads of a request; what is unknown has a number that means nothing."""
        inputs = {name: _raw(value) for name, value in request.inputs.items()}
        read = self.decider.features(inputs, request.labels)
        for place, known in enumerate(read.known):
            if not known:
                read.numbers[place] = _MEANINGLESS
        return read

    def rows(self, requests: Sequence[Request]) -> list[View]:
        """What the engine decides of requests in one batch, as far as a batch says it."""
        read = [self.features(request) for request in requests]
        numbers = np.array([each.numbers for each in read], np.int64).T
        known = np.array([list(each.known) for each in read], np.uint8).T
        if self._batch is None:
            self._batch = BatchDecider(self.decider)
        batch = self._batch.decide(Matrix(numbers, known), fired=True)
        return [_row(batch, row) for row in range(len(batch))]


def _raw(value: Value) -> object:
    """A value as a request gives it, but numbers on their scale."""
    return Scaled(value) if isinstance(value, int) and not isinstance(value, bool) else value


def view(decision: Decision | EngineDecision) -> View:
    """All that a decision says."""
    return {
        "status": decision.status,
        "target": decision.target,
        "order": tuple(decision.order),
        "targets": {
            name: (
                target.permitted,
                target.score,
                {label: _detail(each) for label, each in target.treatments.items()},
                dict(target.caps),
                target.tools,
                tuple(target.tags),
                target.hold,
                tuple(target.fired),
            )
            for name, target in decision.targets.items()
        },
        "reasons": [(r.rule, r.target, r.because) for r in decision.reasons],
        "unknown": tuple(decision.unknown),
        "labels": dict(decision.labels),
    }


def _detail(detail: object) -> tuple[object, ...]:
    treatment, keep_last, replacement, method = (
        getattr(detail, name) for name in ("treatment", "keep_last", "replacement", "method")
    )
    how = None if method is None else (method.name, method.amount)
    return int(treatment), keep_last, replacement, how


def _row(batch: Batch, row: int) -> View:
    chosen = int(batch.target[row])
    places: list[int] = batch.order[row].tolist()
    order = [batch.targets[place] for place in places if place >= 0]
    return {
        "status": STATUSES[batch.status[row]],
        "target": None if chosen < 0 else batch.targets[chosen],
        "order": tuple(order),
        "permitted": _bits(int(batch.permitted[row]), batch.targets),
        "held": _bits(int(batch.held[row]), batch.targets),
        "score": [int(score) for score in batch.score[row]],
        "fired": {
            name: bits
            for name, column in batch.fired.items()
            if (bits := _bits(int(column[row]), batch.targets))
        },
    }


def row_of(decision: Decision) -> View:
    """What a batch says of a decision."""
    targets: Mapping[str, object] = decision.targets
    names = {rule for target in decision.targets.values() for rule in target.fired}
    return {
        "status": decision.status,
        "target": decision.target,
        "order": decision.order,
        "permitted": [name for name in targets if decision.targets[name].permitted],
        "held": [name for name in targets if decision.targets[name].hold],
        "score": [decision.targets[name].score for name in targets],
        "fired": {
            rule: [name for name in targets if rule in decision.targets[name].fired]
            for rule in sorted(names)
        },
    }


def _bits(word: int, targets: Iterable[str]) -> list[str]:
    return [name for place, name in enumerate(targets) if word >> place & 1]


def disagreement(direct: Direct, request: Request, decision: Decision) -> View:
    """What both say where they differ: by part, the evaluator's first."""
    wanted, got = view(decision), direct.view(request)
    return {part: (wanted[part], got[part]) for part in wanted if wanted[part] != got[part]}
