"""OpenAI embeddings: <https://platform.openai.com/docs/api-reference/embeddings>.

Texts that are sent as numbers of tokens are opaque: without the model's vocabulary nobody can
read them.  Answers have no text.  No cap has a place here.
"""

from __future__ import annotations

from epol.engine.bodies.body import Call, RequestBody, ResponseBody
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.content import called
from epol.engine.bodies.facts import count_facts
from epol.engine.bodies.node import Float, Node
from epol.engine.bodies.parts import Source
from epol.engine.bodies.payload import is_bytes
from epol.engine.errors import BodyError


class OpenAIEmbeddings:
    """Where embeddings have what matters."""

    def request(self, body: Source) -> RequestBody:
        """See `Api`."""
        if body.root.get("input") is None:
            raise BodyError("an embedding needs `input`, a string or an array")
        found = Collector(body)
        for key, node in found.members("user", body.root):
            if key == "input":
                _input(found, node)
            else:
                found.everything("user", node)
        facts = count_facts(body.root, "embedding", (), found)
        facts["request.max_output_tokens"] = 0
        return RequestBody(body, found.runs, found.opaque, facts)

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        if body.root.fields is None:
            raise BodyError("an answer must be an object")
        found = Collector(body)
        for key, node in found.members("assistant", body.root):
            if key != "data" or node.items is None:
                found.everything("assistant", node)
                continue
            for each in node.elements():
                _embedding(found, each)
        return ResponseBody(body, found.runs)

    def call(self, body: Source) -> Call:
        """See `Api`; no embedding has any."""
        return called(body, body.root)


def _input(found: Collector, node: Node) -> None:
    if node.items is None:
        found.everything("user", node)
    elif _is_vector(node):
        found.opaque += 1
    else:
        for each in node.elements():
            if _is_vector(each):
                found.opaque += 1
            else:
                found.everything("user", each)


def _embedding(found: Collector, each: Node) -> None:
    for key, node in found.members("assistant", each):
        is_embedding = key == "embedding" and (
            _is_vector(node) or (type(node.value) is str and is_bytes(node.value, 0))
        )
        if not is_embedding:
            found.everything("assistant", node)


def _is_vector(node: Node) -> bool:
    """Whether something is an array of nothing but numbers."""
    items = node.items
    return bool(items) and all(type(item) in (int, Float) for item in items or ())


API = OpenAIEmbeddings()
