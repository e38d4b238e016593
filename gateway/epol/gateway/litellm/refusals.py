"""Problems as LiteLLM's proxy answers with them: of the status and shape of `epolc serve`."""

from __future__ import annotations

from typing import Any

import msgspec

from epol.gateway.apis import OPENAI
from epol.gateway.litellm.door import HTTPException, ProxyException
from epol.gateway.problems import ProblemError


class RefusalError(ProxyException):
    """A request or an answer that may not go on.

    The router does not try it again (`num_retries`), and may add words of its own to `message`,
    which are not told.
    """

    def __init__(self, problem: ProblemError, wire: str = OPENAI) -> None:
        self.error: dict[str, Any] = msgspec.json.decode(problem.body(wire))["error"]
        super().__init__(
            message=problem.message,
            type=self.error["type"],
            param=None,
            code=problem.status,
            headers=dict(problem.headers),
        )
        self.problem = problem
        self.status_code = problem.status
        self.num_retries = 0

    def to_dict(self) -> dict[str, Any]:
        """The error as the proxy answers with it."""
        return self.error


class InsteadError(RefusalError, HTTPException):
    """A problem that is told in place of what the router raised."""

    detail = "the request failed"
