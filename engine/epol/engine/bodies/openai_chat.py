"""OpenAI chat completions: <https://platform.openai.com/docs/api-reference/chat>.

So are those of the many servers that speak the same, with what some of them add
(`reasoning_content`, `reasoning.effort`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from epol.engine.bodies.body import Call, RequestBody, ResponseBody
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.content import called, content, conversation_call, role_of
from epol.engine.bodies.facts import count_facts
from epol.engine.bodies.limits import Path, apply_caps
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Source
from epol.engine.bodies.tools import ToolList, tool_lists
from epol.engine.errors import BodyError

CAPS: Mapping[str, Sequence[Path]] = {
    "max_output_tokens": (("max_completion_tokens",), ("max_tokens",)),
    "temperature": (("temperature",),),
    "top_p": (("top_p",),),
    "reasoning_effort": (("reasoning_effort",), ("reasoning", "effort")),
}
_OF_SYSTEM = ("tools", "functions", "response_format")
_SEARCH = "web_search_options"


class OpenAIChat:
    """Where chat completions have what matters."""

    def request(self, body: Source) -> RequestBody:
        """See `Api`."""
        root = body.root
        messages = root.get("messages")
        if messages is None or messages.items is None:
            raise BodyError("a chat completion needs `messages`, an array")
        found = Collector(body)
        for key, node in found.members("user", root):
            if key == "messages":
                for message in node.elements():
                    _message(found, message)
            elif key == "prediction":
                _parts(found, "assistant", node)
            else:
                found.everything("system" if key in _OF_SYSTEM else "user", node)
        tools = _tools(root)
        facts = count_facts(root, "chat", CAPS["max_output_tokens"], found, tools)
        limit = partial(apply_caps, root, CAPS)
        return RequestBody(body, found.runs, found.opaque, facts, tools, limit, found.echoes)

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        if body.root.fields is None:
            raise BodyError("an answer must be an object")
        body.root.check_array("choices")
        answer = _Answer(body)
        for key, node in answer.found.members("assistant", body.root):
            if key == "choices" and node.items is not None:
                for choice in node.elements():
                    answer.choice(choice)
            else:
                answer.found.everything("assistant", node)
        return ResponseBody(body, answer.found.runs, answer.calls, answer.found.echoes)

    def call(self, body: Source) -> Call:
        """See `Api`."""
        return called(body, body.root)


def _tools(root: Node) -> list[ToolList]:
    tools = tool_lists(root, "tools", "functions")
    search = root.get(_SEARCH)
    if search is not None and search.value is not None:
        tools.append(ToolList(root, _SEARCH, ["web_search"], is_one=True))
    return tools


def _message(found: Collector, message: Node) -> None:
    _parts(found, role_of(message), message)


def _parts(found: Collector, role: str, message: Node) -> None:
    for key, node in found.members(role, message):
        if key == "content":
            content(found, role, node)
        elif key == "tool_calls" and node.items is not None:
            for call in node.elements():
                conversation_call(found, call)
        elif key == "function_call":
            conversation_call(found, node)
        else:
            found.everything(role, node)


class _Answer:
    """An answer as it is read."""

    def __init__(self, body: Source) -> None:
        self.found = Collector(body)
        self.calls: list[Call] = []

    def choice(self, choice: Node) -> None:
        """One of the answers."""
        for key, node in self.found.members("assistant", choice):
            if key == "logprobs":
                self.found.echo("assistant", node)
            elif key in ("message", "delta"):
                self._message(node)
            else:
                self.found.everything("assistant", node)

    def _message(self, message: Node) -> None:
        body = self.found.body
        if message.fields is None and message.value is not None:
            raise BodyError("the `message` of an answer must be an object")
        message.check_array("tool_calls")
        for key, node in self.found.members("assistant", message):
            if key == "content":
                content(self.found, "assistant", node)
            elif key == "tool_calls" and node.items is not None:
                self.calls += [called(body, call) for call in node.elements()]
            elif key == "function_call" and node.value is not None:
                self.calls.append(called(body, node))
            elif key == "audio":
                self.found.everything("assistant", node, is_counted=True)
            else:
                self.found.everything("assistant", node)


API = OpenAIChat()
