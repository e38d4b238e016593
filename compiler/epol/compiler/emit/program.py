"""The section `program` of a bundle."""

from __future__ import annotations

from epol.compiler.lower import lower
from epol.engine.bundle.program_codec import encode_program
from epol.lang.model import Policy


def program_section(policy: Policy) -> bytes:
    """A policy's decision program as bytes."""
    return encode_program(lower(policy))
