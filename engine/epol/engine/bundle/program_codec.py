"""A decision program as the bytes of a bundle's section, and back."""

from __future__ import annotations

import msgspec

from epol.engine.bundle import soundness
from epol.engine.bundle.program import Program
from epol.engine.errors import BundleError


def encode_program(program: Program) -> bytes:
    """The bytes of a program: MessagePack, the same for equal programs."""
    return msgspec.msgpack.encode(program)


def decode_program(data: bytes | memoryview) -> Program:
    """The program that bytes denote.

    Raises `BundleError` for bytes that are none, or one that could not be run safely.
    """
    try:
        program = msgspec.msgpack.decode(data, type=Program)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        raise BundleError("the bundle's program cannot be read; build it anew") from None
    soundness.check(program)
    return program
