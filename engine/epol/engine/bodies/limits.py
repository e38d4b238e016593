"""Caps of a decision, written into a request's body."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from epol.engine.bodies.document import as_json
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.facts import is_number, value_at
from epol.engine.bodies.node import Node

Path = tuple[str, ...]
"""Keys that lead from an object to a value."""

EFFORTS = ("none", "low", "medium", "high")
"""Of `reasoning_effort`, weakest first (language.md §4)."""

MILLION = 1_000_000
_MINIMAL = "minimal"  # what one API has between none and low
# What the APIs do where nothing is asked for is within these, so nothing is written: a cap
# must not raise anything.  Temperature and top_p are 1 in all of them; no model thinks harder
# than `high` by itself.
_UNASKED = {"temperature": MILLION, "top_p": MILLION, "reasoning_effort": EFFORTS.index("high")}


def apply_caps(
    root: Node, places: Mapping[str, Sequence[Path]], edits: Edits, caps: Mapping[str, int]
) -> None:
    """Lower what a body asks for to some caps; where it asks for nothing, ask for the cap.

    `caps` are ints, millionths or places in `EFFORTS`, as a decision has them; `places` say
    where an API has each, the usual place first.  A cap that it has no place for changes
    nothing.
    """
    for name, cap in caps.items():
        paths = places.get(name, ())
        asked = [path for path in paths if is_asked(root.under(*path))]
        if not asked and cap >= _UNASKED.get(name, cap + 1):
            continue
        for path in asked or paths[:1]:
            value = lowered(name, value_at(root, path), cap)
            if value is not None:
                write(edits, root, path, as_json(value))


def is_asked(node: Node | None) -> bool:
    """Whether a body asks for something; null asks for nothing."""
    return node is not None and node.value is not None


def lowered(name: str, asked: object, cap: int) -> str | int | float | None:
    """The value to be written; None where what is asked for is low enough."""
    if name == "reasoning_effort":
        known = "low" if asked == _MINIMAL else asked
        is_low = isinstance(known, str) and known in EFFORTS and EFFORTS.index(known) <= cap
        return None if is_low else EFFORTS[cap]
    limit = cap if name == "max_output_tokens" else cap / MILLION
    if is_number(asked) and 0 <= asked <= limit:
        return None
    return limit


def write(edits: Edits, root: Node, path: Path, value: bytes) -> None:
    """Put a value at the end of a path, with the objects that lead there."""
    node = root
    for depth, key in enumerate(path):
        inner = node.get(key)
        if inner is None:
            edits.add(node, key, _wrapped(path[depth + 1 :], value))
            return
        if depth + 1 < len(path) and inner.fields is None:
            edits.put(inner, _wrapped(path[depth + 1 :], value))
            return
        node = inner
    edits.put(node, value)


def _wrapped(path: Path, value: bytes) -> bytes:
    for key in reversed(path):
        value = b"{" + as_json(key) + b":" + value + b"}"
    return value
