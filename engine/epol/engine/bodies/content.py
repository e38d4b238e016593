"""What the APIs have in common: content, roles, tool calls.

Content is a string, or parts that each say their `type`.  Texts that follow each other are
read as one.  A part that nobody here can read counts in `request.opaque`: images, audio,
video, files, and parts of a type that is not known.
"""

from __future__ import annotations

from collections.abc import Callable

from epol.engine.bodies.body import Call
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Source
from epol.engine.bodies.tools import only_name
from epol.engine.errors import BodyError

_ROLES = {
    "system": "system",
    "developer": "system",
    "user": "user",
    "assistant": "assistant",
    "tool": "tool",
    "function": "tool",
}
_TEXTS = {
    "text": "text",
    "input_text": "text",
    "output_text": "text",
    "summary_text": "text",
    "reasoning_text": "text",
    "refusal": "refusal",
}
_IMAGES = ("image_url", "input_image", "image", "computer_screenshot")
_OPAQUE = frozenset(
    {
        *_IMAGES,
        *("input_audio", "audio", "file", "input_file", "video", "video_url", "input_video"),
        *("document", "container_upload"),
    }
)
# Parts that are read: their strings are all there is in them.
_READ = frozenset(
    {
        *("thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use"),
        *("resource_link", "tool_reference", "compaction", "logs"),
    }
)
# Parts with content of their own, such as `tool_result`, `search_result`, `web_fetch_result`.
_HOLDERS = ("_result", "_error")


def role_of(message: Node, default: str = "user") -> str:
    """The role of a message, as the language has them."""
    return _ROLES.get(message.string("role") or "", default)


def content(
    found: Collector, role: str, node: Node, is_taken: Callable[[Node], bool] | None = None
) -> None:
    """A string, or parts: texts are read as one up to a part that is no text.

    `is_taken` is asked for each part whether somebody else has read it.
    """
    if type(node.value) is str:
        found.everything(role, node)
        return
    if node.items is None:
        _other(found, role, node)
        return
    texts: list[Node] = []
    for part in node.elements():
        if is_taken is not None and is_taken(part):
            continue
        text = text_of(part)
        if text is None:
            found.texts(role, texts)
            texts = []
            _other(found, role, part)
            continue
        texts.append(text)
        for key, member in found.members(role, part):
            if key == "logprobs":
                found.echo(role, member)
            elif key != text.key:
                found.everything(role, member)
    found.texts(role, texts)


def message(found: Collector, node: Node) -> None:
    """A message: a role, content, and whatever else is there."""
    role = role_of(node)
    for key, member in found.members(role, node):
        if key == "content":
            content(found, role, member)
        else:
            found.everything(role, member)


def text_of(part: Node) -> Node | None:
    """The text of a content part; None of one that is no text."""
    if type(part.value) is str:
        return part
    text = part.get(_TEXTS.get(part.string("type") or "", "")) if part.fields else None
    return text if text is not None and type(text.value) is str else None


def _other(found: Collector, role: str, part: Node) -> None:
    """A content part that is no text."""
    kind = _kind_of(part)
    source = part.get("source")
    inner = None if source is None else _readable(source)
    if inner is not None:
        _around(found, role, part, "source")
        _around(found, role, source or part, str(inner.key))
        content(found, role, inner)
    elif kind == "resource" and (inner := part.get("resource")) is not None:
        resource(found, role, part, inner)
    elif kind is not None and kind.endswith(_HOLDERS):
        _holder(found, "tool" if kind.endswith("tool_result") else role, part)
    else:
        is_text = kind in _TEXTS or kind in _READ or kind is None
        found.opaque += not is_text
        found.images += kind in _IMAGES
        found.everything(role, part, is_counted=not is_text)


def _kind_of(part: Node) -> str | None:
    """The type of a part; servers tell one without a type by its members."""
    kind = part.string("type")
    if kind is None:
        kind = next((key for key in part.fields or () if key in _OPAQUE), None)
    return kind


def _readable(source: Node) -> Node | None:
    """The text or content of a document that is not encoded."""
    key = {"text": "data", "content": "content"}.get(source.string("type") or "")
    return None if key is None else source.get(key)


def resource(found: Collector, role: str, part: Node, resource: Node) -> None:
    """A resource of MCP, as text or as bytes (`blob`)."""
    is_opaque = resource.get("blob") is not None
    found.opaque += is_opaque
    found.images += is_opaque and (resource.string("mimeType") or "").startswith("image/")
    found.everything(role, part, is_counted=is_opaque)


def _holder(found: Collector, role: str, part: Node) -> None:
    """A part with content of its own."""
    _around(found, role, part, "content")
    inner = part.get("content")
    if inner is not None:
        content(found, role, inner)


def _around(found: Collector, role: str, node: Node, left_out: str) -> None:
    """All of an object but one member."""
    for key, member in found.members(role, node):
        if key != left_out:
            found.everything(role, member)


def called(body: Source, call: Node, *names: str) -> Call:
    """A tool call, its tool named by the first of some strings; all in it goes there.

    Raises `BodyError` where it has no name, or two.
    """
    name = only_name(call) or next((name for name in names if name), None)
    if name is None:
        raise BodyError("a tool call needs the `name` of its tool")
    found = Collector(body)
    conversation_call(found, call)
    return Call(body, name, found.runs, call.string("call_id") or call.string("id"))


def conversation_call(found: Collector, call: Node, role: str = "assistant") -> None:
    """A tool call as part of a conversation: its arguments, and whatever else is there.

    Arguments are an object, or a string with one.
    """
    for key, member in found.members(role, call):
        if key in ("function", "custom") and member.fields is not None:
            conversation_call(found, member, role)
        else:
            found.everything(role, member)
