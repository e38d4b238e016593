"""A request under way in LiteLLM: its decision, and the attempts to have it answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from epol.engine import Enforced
from epol.gateway.callers import Who
from epol.gateway.exchange import Exchange
from epol.gateway.litellm.arguments import APIS, METADATA, part
from epol.gateway.problems import ProblemError

KEY = "epol"
"""Where LiteLLM's metadata of a request has its ticket."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A deployment that gets a body treated for its target, by the verdict on that body."""

    deployment: str
    target: str
    enforced: Enforced = field(repr=False)


@dataclass
class Call:
    """A decided request.  `identity` is of the body that was decided on."""

    name: str
    who: Who
    headers: Mapping[str, str] = field(repr=False)
    model: object = field(repr=False)
    body: bytes = field(repr=False)
    identity: bytes = field(repr=False)
    enforced: Enforced = field(repr=False)
    exchange: Exchange = field(repr=False)
    attempts: dict[str, Attempt] = field(default_factory=dict[str, Attempt])
    """By deployment, those that have not failed."""
    last: Attempt | None = None
    """The latest of all."""
    tried: set[str] = field(default_factory=set[str])
    """Targets that have failed."""
    approved: set[str] = field(default_factory=set[str])
    """Targets that were held, and that a person has approved."""
    refusal: ProblemError | None = None
    """Why the request goes nowhere any more."""
    passed_over: ProblemError | None = None
    """Why no deployment of a group that LiteLLM had chosen could be used."""
    is_answering: bool = False

    @property
    def api(self) -> str:
        """The engine's name of the API."""
        return APIS[self.name]

    @property
    def in_session(self) -> bool:
        """Whether its tokens are those of a session."""
        return self.who.session(self.headers) is not None

    @property
    def told_headers(self) -> dict[str, str]:
        """What the caller is told beside the answer, as far as it is known."""
        found = self.exchange.headers
        if len(self.attempts) == 1:
            [attempt] = self.attempts.values()
            found["x-epol-target"] = attempt.target
        return found

    def begin(self, attempt: Attempt) -> None:
        """A deployment is asked."""
        self.attempts[attempt.deployment] = self.last = attempt

    def fail(self, deployment: str, result: str) -> None:
        """A deployment did not answer."""
        attempt = self.attempts.pop(deployment, None)
        if attempt is not None:
            self.tried.add(attempt.target)
            self.exchange.attempts.add(attempt.target, result)

    def answered(self, deployment: object) -> Attempt:
        """Whose answer it is: from now on, no other deployment is asked.

        Raises `ProblemError` where that is not clear.
        """
        found = self.attempts.get(deployment) if isinstance(deployment, str) else None
        if found is None and len(self.attempts) == 1:
            [found] = self.attempts.values()
        if found is None:
            raise ProblemError(502, "unreadable", "nobody knows which target gave the answer")
        self.is_answering = True
        self.exchange.target = found.target
        return found


class Ticket(str):
    """The name of a request in LiteLLM's metadata, which leads back to it.

    A string, so that it can be written wherever metadata are; only here can it be made, so a
    caller's cannot pass for it.  A copy of the metadata has the same one.
    """

    __slots__ = ("call",)
    call: Call

    def __deepcopy__(self, memo: object) -> Ticket:
        return self

    def __copy__(self) -> Ticket:
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str(self),)


def put_ticket(data: dict[str, Any], call: Call) -> None:
    """Have LiteLLM carry a request's ticket along."""
    ticket = Ticket(call.exchange.id)
    ticket.call = call
    name = METADATA[call.name]
    metadata = data[name] = part(data, name)
    metadata[KEY] = ticket


def call_of(arguments: Mapping[str, Any] | None) -> Call:
    """The request that some arguments of a call belong to.

    Raises `ProblemError` where none was decided.
    """
    for name in ("litellm_metadata", "metadata"):
        ticket = part(arguments, name).get(KEY)
        if isinstance(ticket, Ticket):
            return ticket.call
    raise ProblemError(403, "undecided", "the policy was not asked about this request")
