"""Bodies inside a line of a batch: that of another API, with words of the batch around it."""

from __future__ import annotations

from dataclasses import replace

from epol.engine.bodies.body import Api, RequestBody, ResponseBody
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Source


def wrapped_request(line: Source, body: Node, api: Api) -> RequestBody:
    """A request of an API somewhere in a line, and what else the line says.

    Raises `BodyError`.
    """
    around = Collector(line)
    _around(around, "user", line.root, body)
    inner = api.request(Source(line.document, at=body))
    return replace(
        inner,
        body=line,
        runs=[*around.runs, *inner.runs],
        opaque=around.opaque + inner.opaque,
    )


def wrapped_response(line: Source, body: Node | None, api: Api) -> ResponseBody:
    """An answer of an API somewhere in a line, if there is one, and what else the line says."""
    around = Collector(line)
    if body is None:
        around.everything("assistant", line.root)
        return ResponseBody(line, around.runs)
    _around(around, "assistant", line.root, body)
    inner = api.response(Source(line.document, at=body))
    return replace(inner, body=line, runs=[*around.runs, *inner.runs])


def _around(found: Collector, role: str, node: Node, body: Node) -> None:
    """All of an object but the body, which is one of its members or further inside."""
    for _, member in found.members(role, node):
        if member.value is body.value:
            continue
        if _holds(member, body):
            _around(found, role, member, body)
        else:
            found.everything(role, member)


def _holds(node: Node, body: Node) -> bool:
    up = body.parent
    while up is not None:
        if up.value is node.value:
            return True
        up = up.parent
    return False
