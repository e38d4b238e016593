"""One policy, ready to decide: features in, outcome out.  Safe to share between threads."""

from __future__ import annotations

import threading
from array import array
from collections.abc import Mapping
from typing import cast

from epol.engine.bundle.program import Flow, Program
from epol.engine.deciding.arena import Arena
from epol.engine.deciding.outcome import Layout, Outcome
from epol.engine.errors import RequestError
from epol.engine.kernel import opcodes as op
from epol.engine.kernel.assemble import Code, assemble
from epol.engine.kernel.load import kernel
from epol.engine.reading.inputs import InputReader
from epol.engine.reading.labels import ByRole, LabelReader

_NOTHING: Mapping[str, int | bool] = {}

FLOWS: tuple[Flow, ...] = ("request", "response", "tool_call")


class Features:
    """The features of one request: numbers, and a byte each that says whether it is known."""

    __slots__ = ("known", "numbers")

    def __init__(self, numbers: array[int], known: bytearray) -> None:
        self.numbers, self.known = numbers, known


class Decider:
    """The program of a policy with the readers and the memory that it needs."""

    def __init__(self, program: Program) -> None:
        """For a program that `soundness.check` has passed.  Raises `KernelError`."""
        self.program = program
        self.inputs = InputReader(program)
        self.labels = LabelReader(program)
        for slot in self.labels.numbers_known:
            self.inputs.known[slot] = 1
        # Flows that nobody asks about cost nothing; two threads may make one twice.
        self._codes: dict[str, Code] = {}
        self._layouts: dict[str, Layout] = {}
        self.kernel = kernel()
        self._local = threading.local()
        self._count = len(program.features)
        self._everyone = (1 << len(program.targets)) - 1

    def features(
        self,
        attributes: Mapping[str, object],
        labels: Mapping[str, ByRole],
        computed: Mapping[str, int | bool] = _NOTHING,
        *,
        strict: bool = True,
    ) -> Features:
        """Judge and read what a request gives, if only as unknown, and else what is computed.

        Numbers that are computed are on their scale.  Raises `RequestError`.
        """
        numbers, known = self.inputs.numbers[:], self.inputs.known[:]
        if computed:
            self.inputs.read_computed(computed, attributes, numbers, known)
        self.inputs.read(attributes, numbers, known, strict=strict)
        if labels:
            self.labels.write(labels, numbers, known)
        return Features(numbers, known)

    def asked(self, flow: str, target: str | None) -> int:
        """The targets that a flow decides, a bit each.  Raises `RequestError`."""
        if flow == "request":
            if target is not None:
                raise RequestError("target: only the flows response and tool_call name a target")
            return self._everyone
        if flow not in FLOWS:
            raise RequestError(f"flow: one of {', '.join(FLOWS)} is wanted here")
        targets = self.program.targets
        if target not in targets:
            raise RequestError(
                f"target: the flow {flow} needs the target that produced the content, one of "
                f"{', '.join(targets)}"
            )
        return 1 << targets.index(target)

    def decide(
        self, features: Features, labels: Mapping[str, ByRole], flow: str, asked: int
    ) -> Outcome:
        """The outcome for features that were read from a request with these labels."""
        try:
            arena, layout = self._local.ready[flow]
        except (AttributeError, KeyError):
            arena, layout = self._made_ready(flow)
        self.give(arena, features)
        arena.run(asked)
        out = arena.out
        return Outcome(layout, out[:] if out[op.IS_LATE] else out[: layout.size], labels, asked)

    def give(self, arena: Arena, features: Features) -> None:
        """Put the features of a request where the kernel reads them."""
        arena.numbers[: self._count] = features.numbers
        arena.known[: self._count] = features.known

    def _made_ready(self, flow: str) -> tuple[Arena, Layout]:
        """The memory of this thread for a flow, and how what comes out is read."""
        ready: dict[str, tuple[Arena, Layout]] = self._local.__dict__.setdefault("ready", {})
        code = self._codes.get(flow)
        if code is None:
            own = self.program.flow(cast(Flow, flow))
            code = self._codes[flow] = assemble(self.program, own, single=True)
        ready[flow] = Arena(code, self.kernel.decide), self.layout(flow)
        return ready[flow]

    def layout(self, flow: str) -> Layout:
        """How the words of a flow are read."""
        layout = self._layouts.get(flow)
        if layout is None:
            own = self.program.flow(cast(Flow, flow))
            layout = self._layouts[flow] = Layout(self.program, own)
        return layout
