"""OpenAI responses: <https://platform.openai.com/docs/api-reference/responses>."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from epol.engine.bodies.body import Call, RequestBody, ResponseBody
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.content import called, content, role_of
from epol.engine.bodies.facts import count_facts
from epol.engine.bodies.limits import Path, apply_caps
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Source
from epol.engine.bodies.tools import tool_lists
from epol.engine.errors import BodyError

CAPS: Mapping[str, Sequence[Path]] = {
    "max_output_tokens": (("max_output_tokens",),),
    "temperature": (("temperature",),),
    "top_p": (("top_p",),),
    "reasoning_effort": (("reasoning", "effort"),),
}
_OF_SYSTEM = ("tools", "text")
_RESULTS = ("output", "outputs", "results")
# Calls that whoever asked carries out; the others the provider has carried out already.
_CALLS = frozenset(
    {
        *("function_call", "custom_tool_call", "computer_call", "local_shell_call"),
        *("shell_call", "apply_patch_call", "mcp_approval_request"),
    }
)


class OpenAIResponses:
    """Where responses have what matters."""

    def request(self, body: Source) -> RequestBody:
        """See `Api`."""
        root = body.root
        if root.get("input") is None and root.get("prompt") is None:
            raise BodyError("a response needs `input`, a string or an array, or a `prompt`")
        found = Collector(body)
        for key, node in found.members("user", root):
            if key == "input":
                _input(found, node)
            elif key == "instructions":
                content(found, "system", node)
            elif key == "prompt":
                _prompt(found, node)
            else:
                found.everything("system" if key in _OF_SYSTEM else "user", node)
        tools = tool_lists(root, "tools")
        facts = count_facts(root, "chat", CAPS["max_output_tokens"], found, tools)
        limit = partial(apply_caps, root, CAPS)
        return RequestBody(body, found.runs, found.opaque, facts, tools, limit, found.echoes)

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        if body.root.fields is None:
            raise BodyError("an answer must be an object")
        body.root.check_array("output")
        found = Collector(body)
        calls: list[Call] = []
        for key, node in found.members("assistant", body.root):
            if key != "output" or node.items is None:
                found.everything("assistant", node)
                continue
            for item in node.elements():
                if item.string("type") in _CALLS:
                    calls.append(self.call(Source(body.document, at=item)))
                else:
                    _item(found, item, "assistant")
        return ResponseBody(body, found.runs, calls, found.echoes)

    def call(self, body: Source) -> Call:
        """See `Api`.

        One of a tool that has no name (`local_shell_call`) goes by its type, without `_call`.
        """
        return called(body, body.root, (body.root.string("type") or "").removesuffix("_call"))


def _input(found: Collector, node: Node) -> None:
    if node.items is None:
        content(found, "user", node)
    for item in node.elements():
        _item(found, item, "user")


def _prompt(found: Collector, prompt: Node) -> None:
    """A stored prompt; its variables are strings or content parts."""
    for key, node in found.members("user", prompt):
        if key == "variables":
            for _, variable in found.members("user", node):
                content(found, "user", variable)
        else:
            found.everything("user", node)


def _item(found: Collector, item: Node, default: str) -> None:
    """A message, reasoning, a tool call or what came of one."""
    kind = item.string("type") or "message"
    if kind == "message":
        _members(found, item, role_of(item, default), ("content",))
    elif kind == "reasoning":
        _members(found, item, "assistant", ("content", "summary"))
    elif kind == "image_generation_call":
        found.opaque += 1
        found.images += 1
        found.everything("assistant", item, is_counted=True)
    elif kind == "mcp_list_tools":
        found.everything("system", item)
    else:
        is_output = kind.endswith("_output")
        _members(found, item, "tool" if is_output else "assistant", _RESULTS)


def _members(found: Collector, item: Node, role: str, contents: Sequence[str]) -> None:
    """The members of an item, of which some are content; that of calls comes from tools."""
    for key, node in found.members(role, item):
        if key in contents:
            content(found, "tool" if key in _RESULTS else role, node)
        else:
            found.everything(role, node)


API = OpenAIResponses()
