"""Lowering gives the same program as before, byte for byte: in meaning, order and size.

What a program decides is tested elsewhere; this notices a fold that no longer happens, and
bundles that would change their digest.  After a change that is meant:

    python -m tests.compiler.lower.test_golden
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from epol.engine.bundle.program import Program
from epol.engine.bundle.program_codec import encode_program
from tests.differential.decided import corners, corpus

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "programs.json"


def programs() -> dict[str, list[object]]:
    """By policy: how many nodes its flows have, and the digest of its bytes."""
    return {each.name: summary(each.program) for each in (*corpus(range(48), 0), corners())}


def summary(program: Program) -> list[object]:
    """What is compared of a program."""
    flows = (program.request, program.response, program.tool_call)
    nodes = [len(flow.nodes) for flow in flows]
    return [*nodes, hashlib.sha256(encode_program(program)).hexdigest()[:16]]


def test_programs_are_as_before() -> None:
    assert programs() == json.loads(GOLDEN.read_text(encoding="utf-8"))


if __name__ == "__main__":
    lines = (f'  "{name}": {json.dumps(found)}' for name, found in programs().items())
    GOLDEN.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
