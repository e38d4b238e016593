"""MCP, the messages of its JSON-RPC: <https://modelcontextprotocol.io/specification/2025-11-25>.

A message is a request or notification (`method`), or an answer (`result` or `error`); an array
of them is a batch.  What is read of each:

- `tools/call`: a tool call, in the words of the model.
- Results: `content` of a tool, `contents` of resources, `messages` of prompts, and
  `structuredContent`, which says the same again; tool lists are text of the system.
- `sampling/createMessage`: a request to a model, with caps.
- Any other method: every string.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from epol.engine.bodies.body import Call, RequestBody, ResponseBody
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.content import content, conversation_call, message, resource, role_of
from epol.engine.bodies.edits import Edits
from epol.engine.bodies.facts import count_facts
from epol.engine.bodies.limits import Path, apply_caps
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Source
from epol.engine.bodies.tools import ToolList, tool_name
from epol.engine.errors import BodyError

CAPS: Mapping[str, Sequence[Path]] = {
    "max_output_tokens": (("params", "maxTokens"),),
    "temperature": (("params", "temperature"),),
}
_CALL = "tools/call"
_SAMPLING = "sampling/createMessage"


class Mcp:
    """Where messages of MCP have what matters."""

    def request(self, body: Source) -> RequestBody:
        """See `Api`: any message that a model or tool is to see."""
        found = Collector(body)
        messages = _messages(body.root)
        for each in messages:
            _rpc(found, each)
        samplings = [each for each in messages if each.string("method") == _SAMPLING]
        root = samplings[0] if samplings else body.root
        tools = [tools for each in messages for tools in _tools(each)]
        kind = "chat" if samplings else "other"
        facts = count_facts(root, kind, CAPS["max_output_tokens"], found, tools)
        limit = partial(_limit, samplings)
        return RequestBody(body, found.runs, found.opaque, facts, tools, limit)

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        found = Collector(body)
        calls: list[Call] = []
        for each in _messages(body.root):
            if each.string("method") == _CALL:
                calls.append(self.call(Source(body.document, at=each)))
            else:
                _rpc(found, each)
        return ResponseBody(body, found.runs, calls)

    def call(self, body: Source) -> Call:
        """See `Api`: a request `tools/call`, or anything else that goes to a server.

        That goes by its method; an answer, which has none, by `""`.
        """
        found = Collector(body)
        name = _call_name(body.root)
        _rpc(found, body.root)
        call_id = body.root.get("id")
        return Call(body, name, found.runs, None if call_id is None else str(call_id.value))


def _call_name(sent: Node) -> str:
    """What a policy calls the tool that a message goes to."""
    method = sent.string("method")
    if method is None and sent.get("result") is None and sent.get("error") is None:
        raise BodyError("a message of MCP has a `method`, a `result` or an `error`")
    if method != _CALL:
        return method or ""
    name = sent.under("params", "name")
    if name is None or type(name.value) is not str:
        raise BodyError("a tool call needs `params` with the `name` of its tool")
    return name.value


def _limit(samplings: Sequence[Node], edits: Edits, caps: Mapping[str, int]) -> None:
    for each in samplings:
        apply_caps(each, CAPS, edits, caps)


def _messages(root: Node) -> Sequence[Node]:
    messages = root.elements() if root.items is not None else [root]
    if not messages or any(each.fields is None for each in messages):
        raise BodyError("a message of MCP must be an object, or an array of them")
    return messages


def _tools(sent: Node) -> list[ToolList]:
    """The tools that a server lists, or that sampling offers."""
    lists: list[ToolList] = []
    for key in ("result", "params"):
        parent = sent.get(key)
        if parent is not None and (tools := parent.array("tools")):
            names = [tool_name(tool) for tool in tools]
            lists.append(ToolList(parent, "tools", names, stays=key == "result"))
    return lists


def _rpc(found: Collector, sent: Node) -> None:
    method = sent.string("method")
    for key, node in found.members("user", sent):
        if key == "result":
            _result(found, node)
        elif key == "params" and method == _CALL:
            conversation_call(found, node)
        elif key == "params" and method == _SAMPLING:
            _sampling(found, node)
        else:
            found.everything("tool" if key in ("result", "error") else "user", node)


def _result(found: Collector, result: Node) -> None:
    """What a server answers."""
    role = role_of(result, "tool")
    for key, node in found.members(role, result):
        if key == "content":
            content(found, role, node)
        elif key == "contents":
            for each in node.elements() or [node]:
                resource(found, role, each, each)
        elif key == "messages" and node.items is not None:
            for each in node.elements():
                message(found, each)
        else:
            is_list = key in ("tools", "prompts", "instructions")
            found.everything("system" if is_list else role, node)


def _sampling(found: Collector, params: Node) -> None:
    for key, node in found.members("user", params):
        if key == "messages" and node.items is not None:
            for each in node.elements():
                message(found, each)
        else:
            found.everything("system" if key in ("systemPrompt", "tools") else "user", node)


API = Mcp()
