"""A decided request: bodies for its targets, and what becomes of their answers."""

from __future__ import annotations

import threading
from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
)
from dataclasses import replace
from typing import TypeVar, overload

from epol.engine.bodies.document import read
from epol.engine.bodies.parts import Source
from epol.engine.bundle.findings import Finding
from epol.engine.deciding.outcome import TargetOutcome
from epol.engine.decision import Decision
from epol.engine.enforcing.answers import Answering, Approved
from epol.engine.enforcing.failures import reason_of
from epol.engine.enforcing.forms import Body, Form, bytes_of, form_of, like, written_as
from epol.engine.enforcing.restoring import Tally
from epol.engine.enforcing.streaming import AnswerFlow
from epol.engine.errors import RefusedResponseError, RefusedTargetError, RequestError
from epol.engine.streams.stream import Pushed, run

Made = TypeVar("Made")


class Enforced:
    """The verdict on one request, carried out.  Safe to share between threads.

    A body leaves only through `body_for`, treated for the target that it is for; the raw
    one is not to be had.
    """

    def __init__(self, decision: Decision, answering: Answering | None, given: Body) -> None:
        """Use `Engine.enforce`.  Without `answering` the request could not be decided."""
        self.decision = decision
        self._answering = answering
        self._form = form_of(given)
        self._bodies: dict[str, bytes] = {}
        self._approved: set[str] = set()
        self._let_through = Approved()
        self._working = threading.Lock()

    def __repr__(self) -> str:
        return f"<Enforced: {self.decision.status}>"

    @property
    def tally(self) -> Tally:
        """How many tokens were turned back in the answers so far, and how many are unknown."""
        return Tally() if self._answering is None else replace(self._answering.tally)

    def approve(self, target: str) -> None:
        """A person approves that the request goes to a target that is held.

        Raises `RefusedTargetError` for one that is not permitted at all.
        """
        self._outcome(target)
        self._approved.add(target)

    def approve_call(self, call: str) -> None:
        """A person approves a tool call that is held, by its id, or all of a tool by its name."""
        self._let_through.calls.add(call)

    def approve_answer(self, target: str) -> None:
        """A person approves that the answer of a target goes on, where a rule holds it."""
        self._let_through.answers.add(target)

    @property
    def attributes(self) -> Mapping[str, object]:
        """The facts that the request was decided by: those given, and what its body says of itself.

        Signals that providers read are not among them.
        """
        return {} if self._answering is None else dict(self._answering.attributes)

    def findings(self, text: str) -> tuple[Finding, ...]:
        """Where labels were found in a text of the body, given again; nothing for another text."""
        return () if self._answering is None else self._answering.prepared.findings(text)

    def varied(self, name: str, value: object) -> Decision:
        """What would be decided were one attribute or signal another; that is not logged.

        The text is not read again.  Raises `RequestError` for a name or a value that the policy
        does not take, and `RefusedTargetError` where the request itself could not be decided.
        """
        return self._answered().varied(name, value)

    def body_for(self, target: str) -> Body:
        """The body as it may go to a target, in the form in which the request's was given.

        Treated, with its caps, and with no other tools than it may be offered; the same
        bytes as were given where there is nothing to change.  Raises `RefusedTargetError`
        for a target that is not permitted, or held and not approved, or whose body cannot
        be treated.
        """
        return written_as(self._form, self._body(self._allowed(target)))

    def response(self, target: str, body: Form) -> Form:
        """The answer of a target as it may go to the caller, in the same form.

        Tokens become what they stand for, then the rules `on response` and, for its tool
        calls, `on tool_call` decide and treat.  Raises `BodyError` for an answer that cannot
        be read, `RefusedResponseError` for one that may not go on, whatever the reason.
        """
        self._allowed(target)
        answering = self._answered()
        return self._guarded(
            lambda: like(
                body,
                answering.answer(
                    target,
                    answering.prepared.api.response(Source(read(bytes_of(body)))),
                    self._let_through,
                ),
            )
        )

    @overload
    def response_stream(self, target: str, chunks: Iterable[bytes]) -> Iterator[bytes]: ...
    @overload
    def response_stream(
        self, target: str, chunks: AsyncIterable[bytes]
    ) -> AsyncIterator[bytes]: ...
    def response_stream(
        self, target: str, chunks: Iterable[bytes] | AsyncIterable[bytes]
    ) -> Iterator[bytes] | AsyncIterator[bytes]:
        """The answer of a target that comes as server-sent events, as it may go to the caller.

        The same bytes come out however those of `chunks` are cut.  Where the answer may not go
        on, the API's own error event is the last that comes out.  Raises
        `RefusedResponseError` at once where it may not go on whatever it says, and
        `RequestError` for an API that has no streams.
        """
        flow = self._flow(target)
        return run(self._answered().prepared.name, chunks, flow)

    def pushed_response(self, target: str) -> Pushed:
        """As `response_stream`, for a server that gets the chunks pushed."""
        flow = self._flow(target)
        return Pushed(self._answered().prepared.name, flow)

    def _flow(self, target: str) -> AnswerFlow:
        self._allowed(target)
        answering = self._answered()
        return self._guarded(lambda: AnswerFlow(answering, target, self._let_through))

    def tool_call(self, target: str, call: Form, **where: object) -> Form:
        """One tool call as it may go to its tool, in the same form, for hosts that run tools.

        `where` says of the tool what is known: `at` (local, premises or cloud) and `server`.
        Originals go only where `at` is known and is not cloud.  Raises as `response`.
        """
        self._allowed(target)
        answering = self._answered()
        unknown = where.keys() - {"at", "server"}
        if unknown:
            raise RequestError("of a tool, `at` and `server` may be given")
        return self._guarded(
            lambda: like(
                call,
                answering.call(
                    target,
                    answering.prepared.api.call(Source(read(bytes_of(call)))),
                    where,
                    self._let_through,
                ),
            )
        )

    def _guarded(self, work: Callable[[], Made]) -> Made:
        """What comes back, or an error that says nothing of it."""
        try:
            return work()
        except (RefusedResponseError, RequestError):
            raise
        except Exception as error:  # noqa: BLE001 (nothing goes on because of a defect)
            name = reason_of(error)
            raise RefusedResponseError(f"the answer cannot be treated ({name})", (name,)) from None

    def _answered(self) -> Answering:
        if self._answering is None:
            raise RefusedTargetError("the request could not be decided, so it has no answer")
        return self._answering

    def _outcome(self, target: str) -> TargetOutcome:
        found = self.decision.targets.get(target)
        if found is None:
            known = ", ".join(self.decision.targets)
            raise RefusedTargetError(f"there is no such target; there are {known}")
        if target not in self.decision.order:
            raise RefusedTargetError(f"the request may not go to `{target}`{self._why(target)}")
        return found

    def _allowed(self, target: str) -> TargetOutcome:
        found = self._outcome(target)
        if found.hold and target not in self._approved:
            raise RefusedTargetError(
                f"a person must approve that the request goes to `{target}`{self._why(target)}"
            )
        return found

    def _why(self, target: str) -> str:
        rules = [reason.rule for reason in self.decision.reasons if reason.target == target]
        return f" (by {', '.join(rules)})" if rules else ""

    def prepare(self) -> None:
        """Make the body of the chosen target now.  Raises whatever keeps it from being treated."""
        if self.decision.target is not None:
            self._made(self.decision.targets[self.decision.target])

    def _made(self, target: TargetOutcome) -> bytes:
        with self._working:
            known = self._bodies.get(target.name)
            if known is None:
                known = self._bodies[target.name] = self._answered().prepared.body_for(target)
            return known

    def _body(self, target: TargetOutcome) -> bytes:
        try:
            return self._made(target)
        except RefusedTargetError:
            raise
        except Exception as error:  # noqa: BLE001 (nothing leaves because of a defect)
            raise RefusedTargetError(
                f"the body cannot be treated for `{target.name}` ({reason_of(error)})"
            ) from None
