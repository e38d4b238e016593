"""One request and what becomes known of it, for headers and the log."""

from __future__ import annotations

import logging
import secrets
import time

from epol.engine import Decision, Enforced
from epol.gateway.apis import OPENAI, Endpoint
from epol.gateway.attempts import Attempts
from epol.gateway.comparing import Costs, Left
from epol.gateway.problems import ProblemError
from epol.gateway.tracing import NO_SPAN, RequestSpan

_log = logging.getLogger("epol.gateway")
_DIGEST = len("sha256:") + 12


class Exchange:
    """A request under a name of its own, under which the log has it too."""

    def __init__(self, endpoint: Endpoint | None) -> None:
        """Without an endpoint it is for no model."""
        self.id = secrets.token_hex(8)
        self.wire = OPENAI if endpoint is None else endpoint.wire
        self.api = "" if endpoint is None else endpoint.api
        self.began = time.perf_counter()
        self.caller = ""
        """Who asks, by the name in the configuration."""
        self.enforced: Enforced | None = None
        self.target: str | None = None
        self.attempts = Attempts()
        self.status = 200
        self.problem: ProblemError | None = None
        self.span: RequestSpan = NO_SPAN
        self.costs: Costs | Left | None = None
        """What it cost and would have; None where no target answered it with success."""
        self.has_begun = False
        """Whether the caller gets an answer of a target."""
        self.has_ended = False
        """Whether all of the answer is there to be sent."""

    @property
    def decision(self) -> Decision | None:
        """What the policy says of it; None where it was not asked."""
        return None if self.enforced is None else self.enforced.decision

    def is_answered(self) -> bool:
        """Whether only what is left to do behind an answer is left."""
        return self.has_ended

    @property
    def answering(self) -> str:
        """The target whose answer the caller gets; empty where there is none."""
        return self.target if self.has_begun and self.target else ""

    @property
    def milliseconds(self) -> float:
        """How long it has taken so far."""
        return (time.perf_counter() - self.began) * 1e3

    @property
    def headers(self) -> dict[str, str]:
        """What a caller is told beside the answer: the decision, the policy, the targets."""
        found = {"x-epol-decision": self.id}
        if self.decision is not None:
            policy = self.decision.policy
            version = policy.version or "-"
            found["x-epol-status"] = self.decision.status
            found["x-epol-policy"] = f"{policy.name}@{version} {policy.digest[:_DIGEST]}"
        if self.target is not None:
            found["x-epol-target"] = self.target
        if self.attempts.told:
            found["x-epol-attempts"] = self.attempts.header
        return found

    def log(self) -> None:
        """One line, which has names and numbers and nothing of what was said."""
        if not _log.isEnabledFor(logging.INFO):
            return
        decided = "-" if self.decision is None else self.decision.status
        told = self.attempts.header or "-"
        _log.info("%s %d %s %s %.1fms", self.id, self.status, decided, told, self.milliseconds)
