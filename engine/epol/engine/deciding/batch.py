"""Many decisions at once, as columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from epol.engine.deciding.arena import Arena
from epol.engine.deciding.columns import Matrix
from epol.engine.deciding.decider import Decider
from epol.engine.kernel import opcodes as op
from epol.engine.kernel.assemble import assemble

CHUNK = 512
"""Requests that the kernel decides in one call: their planes fit the second-level cache."""

_MASKS = 3
"""The wanted planes that every batch has: permitted, held, restricted."""

STATUSES = ("block", "route", "hold")
"""The statuses by their number in a column."""


@dataclass(frozen=True)
class Batch:
    """Decisions on n requests over T targets, row by row.

    `status` (n) is a place in `STATUSES`; `target` (n) the place of the chosen target in
    `targets`, -1 where there is none; `order` (n, T) the permitted targets, best first,
    then -1; `score` (n, T) in millionths; `permitted` and `held` (n) have a bit for each
    target.  `fired` has for each rule that can fire a column of such bits, if it was asked
    for.
    """

    targets: tuple[str, ...]
    status: NDArray[np.uint8]
    target: NDArray[np.int8]
    order: NDArray[np.int8]
    score: NDArray[np.int64]
    permitted: NDArray[np.uint64]
    held: NDArray[np.uint64]
    fired: Mapping[str, NDArray[np.uint64]]

    def __len__(self) -> int:
        """How many requests were decided."""
        return len(self.status)

    def columns(self) -> dict[str, NDArray[np.generic]]:
        """The columns of one dimension, by name, as Arrow takes them."""
        fired = {f"fired:{name}": column for name, column in self.fired.items()}
        one = {"status": self.status, "target": self.target}
        masks = {"permitted": self.permitted, "held": self.held}
        scores = {f"score:{name}": self.score[:, i] for i, name in enumerate(self.targets)}
        return {**one, **masks, **scores, **fired}


class BatchDecider:
    """Decides many requests of the flow `request`.  For one thread at a time."""

    def __init__(self, decider: Decider) -> None:
        code = assemble(decider.program, decider.program.request, single=False)
        self._arena = Arena(code, decider.kernel.decide_many, CHUNK)
        self._features = len(decider.program.features)
        self._targets = decider.program.targets
        outputs = decider.program.request.outputs
        self._rules = tuple(decider.program.rules[item.index].name for item in outputs.fired)
        self._numbers = np.frombuffer(self._arena.numbers, np.int64)
        self._known = np.frombuffer(self._arena.known, np.uint8)
        self._out = np.frombuffer(self._arena.out, np.int64)

    def decide(self, matrix: Matrix, *, fired: bool = False) -> Batch:
        """The decisions on the requests of a matrix."""
        rows, count = matrix.numbers.shape[1], len(self._targets)
        wanted = _MASKS + (len(self._rules) if fired else 0)
        self._arena.limit(wanted)
        head = np.empty((rows, op.STRIDE + 2 * count), np.int64)
        masks = np.empty((wanted, rows), np.uint64)
        for start in range(0, rows, CHUNK):
            self._chunk(matrix, start, head, masks)
        return self._batch(head, masks)

    def _chunk(
        self,
        matrix: Matrix,
        start: int,
        head: NDArray[np.int64],
        masks: NDArray[np.uint64],
    ) -> None:
        stop = min(start + CHUNK, len(head))
        size = self._features * CHUNK
        self._numbers[:size].reshape(-1, CHUNK)[:, : stop - start] = matrix.numbers[:, start:stop]
        self._known[:size].reshape(-1, CHUNK)[:, : stop - start] = matrix.known[:, start:stop]
        self._arena.run((1 << len(self._targets)) - 1)
        width = head.shape[1]
        head[start:stop] = self._out[: CHUNK * width].reshape(CHUNK, width)[: stop - start]
        at = self._arena.wanted_at
        words = self._out[at : at + len(masks) * self._arena.words].view(np.uint64)
        masks[:, start:stop] = self._by_request(words, len(masks))[:, : stop - start]

    def _by_request(self, words: NDArray[np.uint64], rows: int) -> NDArray[np.uint64]:
        """The bits of each request, out of words that hold several."""
        lanes = 1 << self._arena.code.shift
        targets = np.uint64((1 << len(self._targets)) - 1)
        if lanes < 8:
            shifts = np.arange(0, 64, lanes, dtype=np.uint64)
            return (words[:, None] >> shifts & targets).reshape(rows, -1)
        # Little-endian, as every machine that numba compiles for.
        return words.view(f"<u{lanes // 8}").reshape(rows, -1).astype(np.uint64) & targets

    def _batch(self, head: NDArray[np.int64], masks: NDArray[np.uint64]) -> Batch:
        count = len(self._targets)
        order = head[:, op.STRIDE : op.STRIDE + count].astype(np.int8)
        target = order[:, 0].copy() if count else np.full(len(head), -1, np.int8)
        chosen = np.maximum(target, 0).astype(np.uint64)
        is_held = (masks[1] >> chosen & np.uint64(1)).astype(bool)
        status = np.where(target < 0, 0, np.where(is_held, 2, 1)).astype(np.uint8)
        return Batch(
            self._targets,
            status,
            target,
            order,
            head[:, op.STRIDE + count :],
            masks[0],
            masks[1],
            dict(zip(self._rules, masks[_MASKS:], strict=False)),
        )
