"""What a caller is told where a request fails."""

from __future__ import annotations

import logging

from epol.gateway.asgi import Send, respond
from epol.gateway.exchange import Exchange
from epol.gateway.problems import ProblemError

_log = logging.getLogger("epol.gateway")


async def tell(exchange: Exchange, error: Exception, send: Send) -> None:
    """Tell what went wrong, where it can still be told."""
    if isinstance(error, ProblemError):
        problem = error
    else:
        _log.error("%s a request failed inside: %s", exchange.id, type(error).__name__)
        problem = ProblemError(500, "internal-error", "the gateway failed")
    exchange.status, exchange.problem = problem.status, problem
    if not exchange.has_begun:
        headers = {**exchange.headers, **problem.headers}
        exchange.has_ended = True
        await respond(send, problem.status, problem.body(exchange.wire), headers)


def unknown_endpoint() -> ProblemError:
    """What is asked for is not served."""
    return ProblemError(
        501,
        "unknown-endpoint",
        "the gateway does not serve this endpoint, and passes nothing on",
        headers={"x-should-retry": "false"},
    )


def wrong_method() -> ProblemError:
    """A model's endpoint is asked in another way than by POST."""
    return ProblemError(405, "method", "this takes POST", headers={"allow": "POST"})


def overloaded() -> ProblemError:
    """As many requests are under way as may be."""
    return ProblemError(
        503, "overloaded", "too many requests are under way", headers={"retry-after": "1"}
    )
