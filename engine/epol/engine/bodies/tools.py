"""The tools that a model is offered, and those of them that a decision lets it have."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from epol.engine.bodies.document import as_json
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.node import Node
from epol.engine.errors import BodyError


@dataclass(frozen=True, slots=True)
class ToolList:
    """Tools under a key of an object, by name, in order.

    Where `is_one`, the key itself is the tool, and no array.  A list that `stays` may be
    empty; another one goes with its last tool.
    """

    parent: Node
    key: str
    names: Sequence[str]
    is_one: bool = False
    stays: bool = False


def tool_name(tool: Node) -> str:
    """What a policy calls a tool.

    Its name; for the tools of an MCP server that the provider calls, `mcp:` and the server's;
    for any other tool that the provider runs and that has no name, its type.  Raises
    `BodyError`.
    """
    kind = tool.string("type")
    if kind in ("mcp", "mcp_toolset"):
        return server_name(tool)
    return only_name(tool) or kind or ""


def only_name(tool: Node) -> str | None:
    """The name of a tool or of a call, which stands in it or in its `function` or `custom`.

    Raises `BodyError` for one that has several: readers differ on which one counts.
    """
    places = (tool, tool.get("function"), tool.get("custom"))
    names = {name for place in places if place is not None and (name := place.string("name"))}
    if len(names) > 1:
        raise BodyError("a tool has more than one name; readers differ on which one counts")
    return next(iter(names), None)


def tool_lists(parent: Node, *keys: str, name: Callable[[Node], str] = tool_name) -> list[ToolList]:
    """The arrays of tools under some keys of an object, with a name for each tool."""
    found = [(key, node) for key in keys if (node := parent.get(key)) is not None]
    return [
        ToolList(parent, key, [name(tool) for tool in node.elements()])
        for key, node in found
        if node.items is not None
    ]


def server_name(server: Node) -> str:
    """What a policy calls the tools of an MCP server that the provider calls."""
    label, toolset = server.string("server_label"), server.string("mcp_server_name")
    if label and toolset and label != toolset:
        raise BodyError("a tool has more than one name; readers differ on which one counts")
    return f"mcp:{label or toolset or server.string('name') or ''}"


def apply_tools(edits: Edits, tools: Sequence[ToolList], allowed: Collection[str]) -> None:
    """Offer no other tools than those that are allowed.

    A choice of a tool that goes becomes the model's own; where none is left, whatever speaks
    of tools goes too.
    """
    if all(name in allowed for each in tools for name in each.names):
        return
    for each in tools:
        gone = [at for at, name in enumerate(each.names) if name not in allowed]
        node = each.parent.get(each.key)
        if gone and (each.is_one or (len(gone) == len(each.names) and not each.stays)):
            edits.drop(each.parent, [each.key])
        elif gone and node is not None:
            edits.drop(node, gone)
    parent = tools[0].parent
    if any(name in allowed for each in tools for name in each.names):
        for key in ("tool_choice", "function_call"):
            _apply_choice(edits, parent, key, allowed)
    else:
        fields = parent.fields or {}
        edits.drop(parent, [key for key in _ABOUT_TOOLS if key in fields])


_ABOUT_TOOLS = ("tool_choice", "function_call", "parallel_tool_calls", "max_tool_calls")
_OPEN = ("auto", "any", "none", "required")


def _apply_choice(edits: Edits, parent: Node, key: str, allowed: Collection[str]) -> None:
    """Leave of a choice of tools what is allowed; none of them is the choice of no tool."""
    choice = parent.get(key)
    if choice is None or choice.fields is None or choice.string("type") in _OPEN:
        return
    among = (choice.get("allowed_tools") or choice).get("tools")
    if among is None:
        if tool_name(choice) not in allowed:
            edits.drop(parent, [key])
        return
    gone = [at for at, each in enumerate(among.elements()) if tool_name(each) not in allowed]
    if len(gone) == len(among.elements()):
        edits.put(choice, as_json("none"))
    else:
        edits.drop(among, gone)
