"""OpenAI chat completions: <https://platform.openai.com/docs/api-reference/chat>."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from epol.engine.bodies.body import Call, Path, RequestBody, ResponseBody
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.document import Node
from epol.engine.bodies.facts import count_facts, tool_list
from epol.engine.bodies.parts import Source
from epol.engine.errors import BodyError

_ROLES = {"developer": "system", "function": "tool"}
_KNOWN_ROLES = ("system", "user", "assistant", "tool")
_TEXTS = ("text", "input_text", "output_text", "refusal")
_OPAQUE = ("image_url", "input_image", "image", "input_audio", "audio", "file", "input_file")
_IMAGES = ("image_url", "input_image", "image")


class OpenAIChat:
    """Where chat completions have what matters."""

    caps: Mapping[str, Sequence[Path]] = {
        "max_output_tokens": (("max_completion_tokens",), ("max_tokens",)),
        "temperature": (("temperature",),),
        "top_p": (("top_p",),),
        "reasoning_effort": (("reasoning_effort",),),
    }

    def request(self, body: Source) -> RequestBody:
        """See `Api`."""
        root = body.document.root
        if root.get("messages") is None or not isinstance(root.elements("messages"), list):
            raise BodyError("a chat completion needs `messages`, an array")
        found = Collector(body)
        for key, node in found.fields("user", root):
            if key == "messages" and node.items is not None:
                for message in node.items:
                    _message(found, message)
            elif key == "metadata":
                found.structured("user", node)
            else:
                found.everything("system" if key in ("tools", "functions") else "user", node)
        lists = [tool_list(root, "tools", "function"), tool_list(root, "functions", None)]
        facts = count_facts(root, "chat", self.caps["max_output_tokens"], found, lists)
        return RequestBody(
            body, found.runs, found.opaque, facts, [tools for tools in lists if tools is not None]
        )

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        root = body.document.root
        if root.fields is None:
            raise BodyError("an answer must be an object")
        found = Collector(body)
        calls: list[Call] = []
        echoes: list[Node] = []
        for key, node in found.fields("assistant", root):
            if key == "choices" and node.items is not None:
                for choice in node.items:
                    _choice(found, choice, calls, echoes)
            else:
                found.everything("assistant", node)
        return ResponseBody(body, found.runs, calls, echoes)

    def call(self, body: Source) -> Call:
        """See `Api`."""
        return _call(body, body.document.root)


def _message(found: Collector, message: Node) -> None:
    role = message.string("role")
    role = _ROLES.get(role or "", role)
    role = role if role in _KNOWN_ROLES else "user"
    if message.fields is None:
        found.everything(role, message)
    for key, node in found.fields(role, message):
        if key == "content":
            _content(found, role, node)
        elif key == "tool_calls" and node.items is not None:
            for call in node.items:
                _offered_call(found, call)
        elif key == "function_call" and node.fields is not None:
            _function(found, "assistant", node)
        else:
            found.everything(role, node)


def _content(found: Collector, role: str, content: Node) -> None:
    """A string, or parts: texts are read as one up to a part that is no text."""
    if content.items is None:
        if isinstance(content.value, str) and role == "tool":
            found.nested(role, content)
        else:
            found.everything(role, content)
        return
    texts: list[Node] = []
    for part in content.items:
        kind = part.string("type")
        text = part.get("text") or part.get("refusal")
        if kind in _TEXTS and text is not None:
            texts.append(text)
            for _, node in found.fields(role, part):
                if node is not text:
                    found.everything(role, node)
        else:
            found.texts(role, texts)
            texts = []
            _other(found, role, part, kind)
    found.texts(role, texts)


def _other(found: Collector, role: str, part: Node, kind: str | None) -> None:
    """A content part that is no text."""
    is_opaque = kind in _OPAQUE
    found.opaque += is_opaque
    found.images += kind in _IMAGES
    found.everything(role, part, payload=is_opaque)


def _offered_call(found: Collector, call: Node) -> None:
    """A call that the model made before, as part of the conversation."""
    for key, node in found.fields("assistant", call):
        if key == "function" and node.fields is not None:
            _function(found, "assistant", node)
        else:
            found.everything("assistant", node)


def _function(found: Collector, role: str, function: Node) -> None:
    for key, node in found.fields(role, function):
        if key == "arguments" and isinstance(node.value, str):
            found.nested(role, node)
        else:
            found.structured(role, node)


def _choice(found: Collector, choice: Node, calls: list[Call], echoes: list[Node]) -> None:
    for key, node in found.fields("assistant", choice):
        if key == "logprobs":
            echoes.append(node)
        elif key == "message" and node.fields is not None:
            for name, member in found.fields("assistant", node):
                if name == "content" or name == "reasoning_content":
                    _answer(found, member)
                elif name == "tool_calls" and member.items is not None:
                    calls += [_call(found.body, call) for call in member.items]
                elif name == "function_call" and member.fields is not None:
                    calls.append(_call(found.body, member))
                else:
                    found.everything("assistant", member)
        else:
            found.everything("assistant", node)


def _answer(found: Collector, content: Node) -> None:
    """The text of an answer, which may be JSON that somebody asked for."""
    if isinstance(content.value, str):
        found.nested("assistant", content)
    else:
        _content(found, "assistant", content)


def _call(body: Source, call: Node) -> Call:
    """A tool call: an object with `function`, or the function itself."""
    function = call.get("function") or call
    name = function.string("name")
    if name is None:
        raise BodyError("a tool call needs the `name` of its function")
    found = Collector(body)
    _offered_call(found, call) if function is not call else _function(found, "assistant", call)
    return Call(body, name, found.runs, call.string("id"))


API = OpenAIChat()
