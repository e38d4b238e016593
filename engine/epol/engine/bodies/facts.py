"""Facts about a request that its body states, as attributes of `std.edge`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeGuard

from epol.engine.bodies.collect import Collector
from epol.engine.bodies.node import Float, Node
from epol.engine.bodies.tools import ToolList

BYTES_A_TOKEN = 4
"""About how many bytes of UTF-8 a token has; whoever counts better gives `request.tokens`."""


def count_facts(
    root: Node,
    kind: str,
    output: Sequence[tuple[str, ...]],
    found: Collector,
    tools: Sequence[ToolList] = (),
) -> dict[str, object]:
    """The attributes `request.*` that a body gives.

    `output` are the places of `max_output_tokens`.  `request.tokens` is an estimate: a quarter
    of the bytes of its text, rounded up.
    """
    size = sum(_bytes_in(run.text) for run in found.runs)
    facts: dict[str, object] = {
        "request.kind": kind,
        "request.tokens": -(-size // BYTES_A_TOKEN),
        "request.stream": value_at(root, ("stream",)) is True,
        "request.tools": sum(len(each.names) for each in tools),
        "request.images": found.images,
    }
    asked = [value_at(root, path) for path in output]
    counts = [int(value) for value in asked if is_number(value) and math.isfinite(value)]
    if counts:
        facts["request.max_output_tokens"] = max(0, *counts)
    return facts


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether something is a number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _bytes_in(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode("utf-8"))


def value_at(node: Node, path: tuple[str, ...]) -> int | float | bool | str | None:
    """The value at the end of a path; None where there is none, or an object or array."""
    found = node.under(*path)
    value = None if found is None else found.value
    if type(value) is Float:
        return float(value.text)
    return value if isinstance(value, bool | int | str) else None
