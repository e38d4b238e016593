"""Decisions made for enforcing, each of which is logged once it is final."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from epol.engine.decision import Decision
from epol.engine.policy import Policy, Reading
from epol.engine.request import Request
from epol.engine.seen import About, Seen

Logged = Callable[[Policy, Request, Decision, Seen, About, float], Decision]
"""Logs a decision and gives it back; one that cannot be logged becomes `block`."""


class Verdict(NamedTuple):
    """A decision, and what it was computed from since when (seconds of `perf_counter`)."""

    decision: Decision
    request: Request
    seen: Seen
    started: float


@dataclass(frozen=True)
class Judge:
    """Decides under one policy for one request and its answers."""

    policy: Policy
    signals: Mapping[str, object] = field(repr=False)
    strict: bool
    about: About
    logged: Logged | None

    def decide(self, request: Request, reading: Reading | None, started: float) -> Verdict:
        """The verdict on a request, or on what was read of it.  Raises `RequestError`."""
        seen = Seen()
        decision = self.policy.decide(
            request, self.signals, strict=self.strict, reading=reading, seen=seen
        )
        return Verdict(decision, request, seen, started)

    def blocked(self, request: Request, failure: str, started: float) -> Verdict:
        """The verdict where something failed."""
        return Verdict(self.policy.blocked(request, failure), request, Seen(), started)

    def final(self, verdict: Verdict) -> Decision:
        """The decision, once it is in the log if there is one."""
        if self.logged is None:
            return verdict.decision
        return self.logged(
            self.policy,
            verdict.request,
            verdict.decision,
            verdict.seen,
            self.about,
            verdict.started,
        )
