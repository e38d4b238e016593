"""One policy, ready to decide: features in, outcome out.  Safe to share between threads."""

from __future__ import annotations

import struct
import threading
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

FLOWS: tuple[Flow, ...] = ("request", "response", "tool_call")


class Features:
    """The features of one request: numbers, and a byte each that says whether it is known."""

    __slots__ = ("known", "numbers")

    def __init__(self, numbers: list[int], known: bytearray) -> None:
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
        self._pack = struct.Struct(f"={len(program.features)}q").pack_into
        self._count = len(program.features)

    def features(
        self,
        attributes: Mapping[str, object],
        labels: Mapping[str, ByRole],
        *,
        strict: bool = True,
    ) -> Features:
        """Judge and read what a request gives.  Raises `RequestError`."""
        numbers, known = self.inputs.numbers.copy(), self.inputs.known[:]
        self.inputs.read(attributes, numbers, known, strict=strict)
        if labels:
            self.labels.write(labels, numbers, known)
        return Features(numbers, known)

    def asked(self, flow: str, target: str | None) -> int:
        """The targets that a flow decides, a bit each.  Raises `RequestError`."""
        targets = self.program.targets
        if flow == "request":
            if target is not None:
                raise RequestError("target: only the flows response and tool_call name a target")
            return (1 << len(targets)) - 1
        if flow not in FLOWS:
            raise RequestError(f"flow: one of {', '.join(FLOWS)} is wanted here")
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
        arena = self._arena(flow)
        self._pack(arena.numbers, 0, *features.numbers)
        arena.known[: self._count] = features.known
        arena.run(asked)
        out, code = arena.out, arena.code
        scores = op.STRIDE + code.targets
        words = (
            out[arena.wanted_at :]
            if out[op.IS_LATE]
            else out[arena.wanted_at : arena.wanted_at + code.wanted]
        )
        return Outcome(
            self.layout(flow),
            words,
            out[op.STRIDE : op.STRIDE + out[op.COUNT]],
            out[scores : scores + code.targets],
            labels,
            asked,
        )

    def _arena(self, flow: str) -> Arena:
        arenas: dict[str, Arena] | None = getattr(self._local, "arenas", None)
        if arenas is None:
            arenas = self._local.arenas = {}
        arena = arenas.get(flow)
        if arena is None:
            code = self._codes.get(flow)
            if code is None:
                own = self.program.flow(cast(Flow, flow))
                code = self._codes[flow] = assemble(self.program, own, single=True)
            arena = arenas[flow] = Arena(code, self.kernel.decide)
        return arena

    def layout(self, flow: str) -> Layout:
        """How the words of a flow are read."""
        layout = self._layouts.get(flow)
        if layout is None:
            own = self.program.flow(cast(Flow, flow))
            layout = self._layouts[flow] = Layout(self.program, own)
        return layout
