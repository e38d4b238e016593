"""The kernel's memory for some requests at once, made once and used again."""

from __future__ import annotations

import ctypes
import struct
from array import array

from epol.engine.kernel import opcodes as op
from epol.engine.kernel.assemble import Code
from epol.engine.kernel.load import Decide


class Arena:
    """Code and memory for `requests` requests.  For one thread at a time."""

    def __init__(self, code: Code, decide: Decide, requests: int = 1) -> None:
        self.code, self.requests = code, requests
        self.lanes = requests << code.shift
        self.words = (self.lanes + 63) // 64
        self._few = (requests + 63) // 64
        self._decide = decide
        self._program = array("q", code.code)
        self.numbers = array("q", bytes(8 * code.numbers * requests))
        self.known = bytearray(code.numbers * requests)
        words = code.uniform_gates * self._few + code.lane_gates * self.words
        self.planes = array("q", bytes(8 * 2 * words))
        head = requests * (op.STRIDE + 2 * code.targets)
        self.wanted_at = head
        self.out = array("q", bytes(8 * (head + (code.wanted + code.wanted_late) * self.words)))
        self._write_constants()
        self._known = (ctypes.c_uint8 * len(self.known)).from_buffer(self.known)
        self._frame = array("q", bytes(8 * op.FRAME))
        self._frame[op.CODE_AT] = self._program.buffer_info()[0]
        self._frame[op.NUMBERS_AT] = self.numbers.buffer_info()[0]
        self._frame[op.KNOWN_AT] = ctypes.addressof(self._known)
        self._frame[op.PLANES_AT] = self.planes.buffer_info()[0]
        self._frame[op.OUT_AT] = self.out.buffer_info()[0]
        self._frame[op.REQUESTS] = requests
        self._address = self._frame.buffer_info()[0]
        self._active = 0

    def limit(self, wanted: int) -> None:
        """Copy out only the first wanted planes."""
        self._program[op.WANTED_EARLY] = wanted

    def run(self, active: int) -> None:
        """Decide what the features say; `active` has a bit for each target asked about."""
        if active != self._active:
            self._frame[op.ACTIVE] = active - (active >> 63 << 64)
            self._active = active
        self._decide(self._address)

    def _write_constants(self) -> None:
        n, code = self.requests, self.code
        for offset, value in code.values:
            self._fill(offset * n, [value] * n, [1] * n)
        for offset, values in code.lanes:
            padding = (1 << code.shift) - code.targets
            numbers = [1 if value is None else value for value in values] + [1] * padding
            known = [int(value is not None) for value in values] + [0] * padding
            self._fill(offset * n, numbers * n, known * n)
        for slot, *uniform in code.fixed_uniform:
            at = 2 * slot * self._few
            words = [-int(can) for can in uniform for _ in range(self._few)]
            self.planes[at : at + len(words)] = array("q", words)
        for slot, *by_lane in code.fixed_lanes:
            at = 2 * (code.uniform_gates * self._few + slot * self.words)
            for lanes in by_lane:
                self.planes[at : at + self.words] = self._spread(lanes)
                at += self.words

    def _fill(self, start: int, numbers: list[int], known: list[int]) -> None:
        self.numbers[start : start + len(numbers)] = array("q", numbers)
        self.known[start : start + len(known)] = bytes(known)

    def _spread(self, lanes: int) -> array[int]:
        """A mask of one request's targets, on the lanes of them all."""
        whole = 0
        for request in range(self.requests):
            whole |= lanes << (request << self.code.shift)
        data = whole.to_bytes(8 * self.words, "little")
        return array("q", struct.unpack(f"<{self.words}q", data))
