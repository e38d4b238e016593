"""A line of OpenAI's batch files: <https://platform.openai.com/docs/api-reference/batch>.

`custom_id`, `method`, `url` and the `body` of another API, which `url` names.  A line of the
output has `response.body`, whose members say of which API it is.
"""

from __future__ import annotations

from epol.engine.bodies import openai_chat, openai_embeddings, openai_responses
from epol.engine.bodies.body import Api, Call, RequestBody, ResponseBody
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Source
from epol.engine.bodies.wrapped import wrapped_request, wrapped_response
from epol.engine.errors import BodyError

_BY_URL: dict[str, Api] = {
    "/v1/chat/completions": openai_chat.API,
    "/v1/responses": openai_responses.API,
    "/v1/embeddings": openai_embeddings.API,
}
_BY_MEMBER: dict[str, Api] = {
    "choices": openai_chat.API,
    "output": openai_responses.API,
    "data": openai_embeddings.API,
}


class OpenAIBatch:
    """Where a line of a batch has what matters."""

    def request(self, body: Source) -> RequestBody:
        """See `Api`."""
        inner = body.root.get("body")
        api = _BY_URL.get(body.root.string("url") or "")
        if inner is None or inner.fields is None:
            raise BodyError("a line of a batch needs a `body`, an object")
        if api is None:
            raise BodyError(f"the `url` of a line must be one of {', '.join(_BY_URL)}")
        return wrapped_request(body, inner, api)

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        if body.root.fields is None:
            raise BodyError("a line of a batch must be an object")
        inner = body.root.under("response", "body")
        if inner is None or inner.fields is None:
            return wrapped_response(body, None, openai_chat.API)
        return wrapped_response(body, inner, _answering(inner))

    def call(self, body: Source) -> Call:
        """See `Api`: one of chat completions or responses."""
        is_item = body.root.get("function") is None
        return (openai_responses.API if is_item else openai_chat.API).call(body)


def _answering(answer: Node) -> Api:
    """The API of an answer, by what it must have; an error has none of it."""
    found = [api for key, api in _BY_MEMBER.items() if answer.get(key) is not None]
    if len(found) > 1:
        raise BodyError("an answer must be one of one API")
    return found[0] if found else openai_chat.API


API = OpenAIBatch()
