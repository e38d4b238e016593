"""Anthropic messages: <https://docs.anthropic.com/en/api/messages>.

A `thinking` block comes with the provider's `signature` over its text.  The block is treated
like any other text and the signature left as it is.  An answer that was restored and comes back
in the next turn then reads again as the provider signed it, for a value has one token in a
session.  Where treating makes another text of it, the provider refuses the request; nothing
leaks.
"""

from __future__ import annotations

from functools import partial

from epol.engine.bodies.body import Call, RequestBody, ResponseBody
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.content import called, content, message
from epol.engine.bodies.facts import count_facts
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Source
from epol.engine.bodies.thinking import CAPS, apply_thinking_caps
from epol.engine.bodies.tools import server_name, tool_lists
from epol.engine.errors import BodyError

_OF_SYSTEM = ("tools", "mcp_servers", "output_format", "output_config")


class AnthropicMessages:
    """Where messages have what matters."""

    def request(self, body: Source) -> RequestBody:
        """See `Api`."""
        root = body.root
        messages = root.get("messages")
        if messages is None or messages.items is None:
            raise BodyError("messages need `messages`, an array")
        found = Collector(body)
        for key, node in found.members("user", root):
            if key == "messages":
                for each in node.elements():
                    message(found, each)
            elif key == "system":
                content(found, "system", node)
            else:
                found.everything("system" if key in _OF_SYSTEM else "user", node)
        tools = [*tool_lists(root, "tools"), *tool_lists(root, "mcp_servers", name=server_name)]
        facts = count_facts(root, "chat", CAPS["max_output_tokens"], found, tools)
        limit = partial(apply_thinking_caps, root)
        return RequestBody(body, found.runs, found.opaque, facts, tools, limit)

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        if body.root.fields is None:
            raise BodyError("an answer must be an object")
        if body.root.string("content") is None:
            body.root.check_array("content")
        found = Collector(body)
        calls: list[Call] = []

        def is_call(part: Node) -> bool:
            is_use = part.string("type") == "tool_use"
            if is_use:
                calls.append(self.call(Source(body.document, at=part)))
            return is_use

        for key, node in found.members("assistant", body.root):
            if key == "content":
                content(found, "assistant", node, is_call)
            else:
                found.everything("assistant", node)
        return ResponseBody(body, found.runs, calls)

    def call(self, body: Source) -> Call:
        """See `Api`."""
        return called(body, body.root)


API = AnthropicMessages()
