"""Problems on their way through LiteLLM, which makes errors of its own of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass

from epol.gateway.problems import ProblemError


@dataclass
class Told:
    """What a caller is told of a request, whatever LiteLLM would say where it fails.

    `headers` gives what stands beside every answer.  `was_sent`: a model has had the request, so
    that an error may have words of the model's.
    """

    problem: ProblemError | None = None
    headers: Callable[[], Mapping[str, str]] = dict[str, str]
    was_sent: bool = False


TOLD: ContextVar[Told] = ContextVar("TOLD")
"""Of the request under way: the gate sets it, and the hooks fill it in."""


def told() -> Told:
    """What the caller of this request is told; outside of one, nobody is told it."""
    return TOLD.get(Told())
