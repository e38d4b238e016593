"""What is told to a caller whose request is not answered, in the shape of the caller's API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from epol.engine import Decision, RefusedResponseError
from epol.engine.decision import LOG_FAILURE, VAULT_FAILED
from epol.gateway.apis import ANTHROPIC

_IS_UP = "std.edge.target_is_up"
_AGAIN = {"retry-after": "1"}
_PASSING = frozenset([LOG_FAILURE, VAULT_FAILED])
"""What fails because something beside the gateway does, and may soon be back."""
_NO_HEADERS: Mapping[str, str] = {}
_ANTHROPIC_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    503: "overloaded_error",
}
_OPENAI_TYPES = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}


@dataclass(frozen=True, slots=True)
class Why:
    """A rule that stands against a request, the target that it concerns, and its reason."""

    rule: str
    target: str | None = None
    because: str | None = None


@dataclass
class ProblemError(Exception):
    """A request is answered with an error.  Nothing in it is text of a request or an answer.

    `code` names what is wrong for programs, `message` for people.
    """

    status: int
    code: str
    message: str
    reasons: Sequence[Why] = ()
    headers: Mapping[str, str] = field(default_factory=lambda: _NO_HEADERS)
    hold: str | None = None

    def __str__(self) -> str:
        return self.message

    def body(self, wire: str) -> bytes:
        """The error in the shape of a family of APIs."""
        return msgspec.json.encode(self._anthropic() if wire == ANTHROPIC else self._openai())

    def _openai(self) -> dict[str, object]:
        kind = "invalid_request_error" if self.status < 500 else "server_error"
        kind = _OPENAI_TYPES.get(self.status, kind)
        error = {"message": self.message, "type": kind, "param": None, "code": self.code}
        return {"error": {**error, **self._more()}}

    def _anthropic(self) -> dict[str, object]:
        kind = "invalid_request_error" if self.status < 500 else "api_error"
        kind = _ANTHROPIC_TYPES.get(self.status, kind)
        return {
            "type": "error",
            "error": {"type": kind, "message": self.message, "code": self.code, **self._more()},
        }

    def _more(self) -> dict[str, object]:
        """What neither API has a place for."""
        found: dict[str, object] = {}
        if self.reasons:
            found["reasons"] = list(self.reasons)
        if self.hold is not None:
            found["hold"] = self.hold
        return found


def blocked(decision: Decision) -> ProblemError:
    """No target may have the request."""
    if decision.failure is not None:
        because = decision.reasons[0].because if decision.reasons else None
        message = f"the request is blocked: {because or decision.failure}"
        is_passing = decision.failure in _PASSING
        return ProblemError(
            503 if is_passing else 403,
            decision.failure,
            message,
            (Why(decision.failure),),
            _AGAIN if is_passing else _NO_HEADERS,
        )
    reasons = tuple(Why(r.rule, r.target, r.because) for r in decision.reasons)
    if _is_only_down(reasons):
        message = "no target that may have the request is up"
        return ProblemError(503, "no-target-up", message, reasons, _AGAIN)
    return ProblemError(403, "blocked", f"the policy blocks the request{_named(reasons)}", reasons)


def _is_only_down(reasons: Sequence[Why]) -> bool:
    """Whether some target could have the request, were it up."""
    rules: dict[str | None, set[str]] = {}
    for each in reasons:
        rules.setdefault(each.target, set()).add(each.rule)
    return {_IS_UP} in rules.values()


def held(decision: Decision, target: str, hold: str) -> ProblemError:
    """A person must approve first, and nobody has yet."""
    reasons = tuple(
        Why(r.rule, r.target, r.because) for r in decision.reasons if r.target == target
    )
    message = f"a person must approve this request ({hold}){_named(reasons)}; then send it again"
    headers = {"x-epol-hold": hold, "x-should-retry": "false"}
    return ProblemError(409, "held", message, reasons, headers, hold)


def refused(error: RefusedResponseError) -> ProblemError:
    """An answer, or a tool call in it, that may not go on."""
    code = "answer-held" if error.is_held else "answer-blocked"
    return ProblemError(403, code, str(error), tuple(Why(rule) for rule in error.rules))


def not_permitted(decision: Decision, target: str) -> ProblemError:
    """The one target that a host has for a request may not have it."""
    reasons = tuple(
        Why(r.rule, r.target, r.because) for r in decision.reasons if r.target == target
    )
    message = f"the request may not go to `{target}`{_named(reasons)}"
    return ProblemError(403, "blocked", message, reasons)


def _named(reasons: Sequence[Why]) -> str:
    named = dict.fromkeys(
        f"{each.rule} ({each.because})" if each.because else each.rule for each in reasons
    )
    return f" (by {', '.join(named)})" if named else ""
