"""Caps and tool lists of a decision, written into a request's body."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from epol.engine.bodies.body import Path, RequestBody, ToolList
from epol.engine.bodies.document import Edits, Node, as_json
from epol.engine.bodies.facts import at

EFFORTS = ("none", "low", "medium", "high")
"""Of `reasoning_effort`, weakest first (language.md §4)."""

_MINIMAL = "minimal"  # what one API has between none and low
_MILLION = 1_000_000


def apply_caps(
    edits: Edits, root: Node, places: Mapping[str, Sequence[Path]], caps: Mapping[str, int]
) -> None:
    """Lower what a body asks for to some caps; what it does not ask for is set to the cap.

    `caps` are ints, millionths or places in `EFFORTS`, as a decision has them.  A cap that
    the API has no place for changes nothing.
    """
    for name, cap in caps.items():
        paths = places.get(name, ())
        asked = [path for path in paths if _leads(root, path)]
        for path in asked or paths[:1]:
            value = _lowered(name, at(root, path), cap)
            if value is not None:
                _write(edits, root, path, as_json(value))


def _leads(root: Node, path: Path) -> bool:
    found: Node | None = root
    for key in path:
        found = None if found is None else found.get(key)
    return found is not None


def _lowered(name: str, asked: object, cap: int) -> object:
    """The value to be written; None where what is asked for is low enough."""
    if name == "reasoning_effort":
        known = "low" if asked == _MINIMAL else asked
        is_low = isinstance(known, str) and known in EFFORTS and EFFORTS.index(known) <= cap
        return None if is_low else EFFORTS[cap]
    limit = cap if name == "max_output_tokens" else cap / _MILLION
    if isinstance(asked, int | float) and not isinstance(asked, bool) and asked <= limit:
        return None
    return limit


def _write(edits: Edits, root: Node, path: Path, value: bytes) -> None:
    """Put a value at the end of a path, with the objects that lead there."""
    node = root
    for depth, key in enumerate(path):
        inner = node.get(key)
        if inner is None or (depth + 1 < len(path) and inner.fields is None):
            _add(edits, node, key, _wrapped(path[depth + 1 :], value), inner)
            return
        node = inner
    edits.put(node.start, node.end, value)


def _wrapped(path: Path, value: bytes) -> bytes:
    for key in reversed(path):
        value = b"{" + as_json(key) + b":" + value + b"}"
    return value


def _add(edits: Edits, parent: Node, key: str, value: bytes, old: Node | None) -> None:
    if old is not None:
        edits.put(old.start, old.end, value)
        return
    comma = b"," if parent.fields else b""
    edits.insert(parent.start + 1, as_json(key) + b":" + value + comma)


def apply_tools(edits: Edits, body: RequestBody, allowed: Collection[str]) -> None:
    """Offer no other tools than those that are allowed.

    A list of which none is left goes; and where any tool goes, so does what made the model
    use it.
    """
    root = body.body.document.root
    gone: list[str] = []
    for tools in body.tools:
        kept = [node for node, name in _named(tools) if name in allowed]
        if not kept:
            gone.append(tools.key)
        if len(kept) < len(tools.names):
            gone += _CHOICES
            new = b"[" + b",".join(edits.rendered(node.start, node.end) for node in kept) + b"]"
            edits.put(tools.node.start, tools.node.end, new)
    edits.drop(root, gone)


_CHOICES = ("tool_choice", "function_call", "parallel_tool_calls")


def _named(tools: ToolList) -> list[tuple[Node, str]]:
    return list(zip(tools.node.items or (), tools.names, strict=True))
