"""Facts about a request that its body states, as attributes of `std.edge`."""

from __future__ import annotations

from collections.abc import Sequence

from epol.engine.bodies.body import Path, ToolList
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.document import Node, Number

BYTES_A_TOKEN = 4
"""About how many bytes of UTF-8 a token has; whoever counts better gives `request.tokens`."""


def count_facts(
    root: Node,
    kind: str,
    output: Sequence[Path],
    found: Collector,
    tools: Sequence[ToolList | None],
) -> dict[str, object]:
    """The attributes `request.*` that a body gives.

    `request.tokens` is an estimate: a quarter of the bytes of its text, rounded up.
    """
    size = sum(len(run.text.encode("utf-8", "surrogatepass")) for run in found.runs)
    facts: dict[str, object] = {
        "request.kind": kind,
        "request.tokens": -(-size // BYTES_A_TOKEN),
        "request.stream": at(root, ("stream",)) is True,
        "request.tools": sum(len(each.names) for each in tools if each is not None),
        "request.images": found.images,
    }
    asked = [value for path in output if isinstance(value := at(root, path), int)]
    if asked:
        facts["request.max_output_tokens"] = max(0, *asked)
    return facts


def at(node: Node, path: Path) -> int | float | bool | str | None:
    """The value at the end of a path; None where there is none, or an object or array."""
    found: Node | None = node
    for key in path:
        found = None if found is None else found.get(key)
    value = None if found is None else found.value
    if isinstance(value, Number):
        return _number(value.text)
    return value if isinstance(value, bool | str) else None


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def tool_list(root: Node, key: str, within: str | None) -> ToolList | None:
    """The tools under a key, each named by its `name`, or by that of an object within it."""
    node = root.get(key)
    if node is None or node.items is None:
        return None
    names = [_name(tool, within) for tool in node.items]
    return ToolList(key, node, names)


def _name(tool: Node, within: str | None) -> str:
    inner = tool.get(within) if within else None
    return (inner or tool).string("name") or tool.string("type") or ""
