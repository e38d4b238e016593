"""A request of Anthropic's message batches: <https://docs.anthropic.com/en/api/creating-message-batches>.

`custom_id` and `params`, which are a body of the messages API.  A line of the results has
`result.message`.
"""

from __future__ import annotations

from epol.engine.bodies import anthropic_messages
from epol.engine.bodies.body import Call, RequestBody, ResponseBody
from epol.engine.bodies.parts import Source
from epol.engine.bodies.wrapped import wrapped_request, wrapped_response
from epol.engine.errors import BodyError


class AnthropicBatch:
    """Where a request of a batch has what matters."""

    def request(self, body: Source) -> RequestBody:
        """See `Api`."""
        inner = body.root.get("params")
        if inner is None or inner.fields is None:
            raise BodyError("a request of a batch needs `params`, an object")
        return wrapped_request(body, inner, anthropic_messages.API)

    def response(self, body: Source) -> ResponseBody:
        """See `Api`."""
        if body.root.fields is None:
            raise BodyError("a line of results must be an object")
        inner = body.root.under("result", "message")
        is_message = inner is not None and inner.fields is not None
        return wrapped_response(body, inner if is_message else None, anthropic_messages.API)

    def call(self, body: Source) -> Call:
        """See `Api`."""
        return anthropic_messages.API.call(body)


API = AnthropicBatch()
