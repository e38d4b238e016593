"""One session between a client and a server of MCP: what of each message goes on, and what back."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from msgspec import UNSET, structs

from epol.gateway.mcp import messages
from epol.gateway.mcp.messages import (
    CALL,
    CANCELLED,
    LIST_TOOLS,
    PROGRESS,
    Id,
    Message,
    UnreadableError,
    failure,
    params_of,
    with_id,
    with_params,
    with_token,
)
from epol.gateway.mcp.pending import Asked, FullError, Pending
from epol.gateway.mcp.treating import Treating
from epol.gateway.problems import ProblemError

_log = logging.getLogger("epol.gateway")
_WORDS = {
    messages.PARSE_ERROR: "the message is no JSON",
    messages.INVALID_REQUEST: "the message is none of MCP, or a batch",
}


@dataclass(frozen=True, slots=True)
class Passed:
    """What becomes of a message: what goes on to the other side, and what back, if anything.

    `number` is the id of a request that goes on, as it has it there.
    """

    on: bytes | None = None
    back: bytes | None = None
    number: int | None = None
    is_about_request: bool = True


@dataclass
class _Side:
    """One of the two: what it may say, and what it waits for."""

    name: str
    requests: frozenset[str]
    notifications: frozenset[str]
    waits: Pending = field(default_factory=Pending)


Treat = Callable[[Message, str, str | None], Awaitable[bytes]]


class Relay:
    """Takes each message of either side and gives what may go on.

    Whatever is not known, cannot be read, is refused or fails goes nowhere; who waits for an
    answer gets an error.  Messages of one side are given one after the other.
    """

    def __init__(self, treating: Treating) -> None:
        self._treating = treating
        self._client = _Side("client", messages.CLIENT_REQUESTS, messages.CLIENT_NOTIFICATIONS)
        self._server = _Side("server", messages.SERVER_REQUESTS, messages.SERVER_NOTIFICATIONS)

    async def from_client(self, raw: bytes) -> Passed:
        """A message of the client, on its way to the server."""
        return await self._passed(raw, self._client, self._server, self._to_server)

    async def from_server(self, raw: bytes) -> Passed:
        """A message of the server, on its way to the client."""
        return await self._passed(raw, self._server, self._client, self._to_client)

    def waits_for(self, number: int) -> bool:
        """Whether a request of the client, by its id at the server, has no answer yet."""
        return self._client.waits.get(number) is not None

    def forget(self, number: int | None) -> None:
        """Nobody waits for the answer to a request of the client any more."""
        if number is not None:
            self._client.waits.take(number)

    async def _passed(self, raw: bytes, by: _Side, to: _Side, treat: Treat) -> Passed:
        try:
            message = messages.read(raw)
        except UnreadableError as error:
            _told(by, "-", str(error.code))
            # Of what cannot be read, nobody knows whether it wants an answer; clients are told.
            back = failure(None, error.code, _WORDS[error.code]) if by is self._client else None
            return Passed(back=back, is_about_request=False)
        if message.is_answer:
            return await self._answer(message, by, to, treat)
        if message.is_request:
            return await self._request(message, by, treat)
        return await self._notification(message, by, to, treat)

    async def _request(self, message: Message, by: _Side, treat: Treat) -> Passed:
        method, identity = str(message.method), _id(message)
        if method not in by.requests:
            _told(by, "-", "unknown method")
            return Passed(back=failure(identity, messages.METHOD_NOT_FOUND, "Method not found"))
        try:
            params = params_of(message)
            token = UNSET if params.meta is UNSET else params.meta.progress
            asked = Asked(identity, method, None if token is UNSET else token)
            number = by.waits.add(asked)
        except UnreadableError as error:
            return Passed(back=failure(identity, error.code, _WORDS[error.code]))
        except FullError:
            text = "too many requests wait, or one of this id does"
            return Passed(back=failure(identity, messages.OVERLOADED, text))
        if asked.token is not None:
            message = with_token(message, number)
        tool = str(params.name) if method == CALL else None
        made = await self._treated(structs.replace(message, id=UNSET), by, method, tool, treat)
        if isinstance(made, bytes):
            return Passed(on=with_id(made, number), number=number)
        by.waits.take(number)
        return Passed(back=_failed(identity, made))

    async def _answer(self, message: Message, by: _Side, to: _Side, treat: Treat) -> Passed:
        asked = to.waits.take(_id(message))
        if asked is None:
            _told(by, "-", "answers nothing")
            return Passed()
        nameless = structs.replace(message, id=UNSET)
        made = await self._treated(nameless, by, asked.method, None, treat)
        if isinstance(made, bytes):
            return Passed(on=with_id(made, asked.id))
        return Passed(on=_failed(asked.id, made))

    async def _notification(self, message: Message, by: _Side, to: _Side, treat: Treat) -> Passed:
        method = str(message.method)
        if method not in by.notifications:
            _told(by, "-", "unknown method")
            return Passed()
        token: Id | None = None
        try:
            if method == CANCELLED:
                message = _cancelled(message, by)
            elif method == PROGRESS:
                token = _token(message, to)
        except UnreadableError:
            _told(by, method, "about nothing")
            return Passed()
        made = await self._treated(message, by, method, None, treat)
        if not isinstance(made, bytes):
            return Passed()
        if token is not None:
            # Whoever chose the token gets it as it was.
            made = messages.written(with_params(messages.read(made), {"progressToken": token}))
        return Passed(on=made)

    async def _treated(
        self, message: Message, by: _Side, method: str, tool: str | None, treat: Treat
    ) -> bytes | ProblemError:
        try:
            return await treat(message, method, tool)
        except ProblemError as problem:
            _told(by, method, problem.code)
            return problem
        except Exception as error:  # noqa: BLE001 (nothing goes on because of a defect)
            _told(by, method, type(error).__name__)
            return ProblemError(500, "internal-error", "the gateway failed")

    async def _to_server(self, message: Message, _method: str, tool: str | None) -> bytes:
        return await self._treating.for_tool(message, tool)

    async def _to_client(self, message: Message, method: str, _tool: str | None) -> bytes:
        made = await self._treating.for_model(message)
        if method == LIST_TOOLS and message.result is not UNSET:
            return await self._treating.offered(made)
        return made


def _cancelled(message: Message, by: _Side) -> Message:
    """That a request is given up, by its id on the other side.

    Raises `UnreadableError` where none of it waits.
    """
    identity = params_of(message).request
    number = None if identity is UNSET else by.waits.number_of(identity)
    if number is None:
        raise UnreadableError(messages.INVALID_REQUEST)
    return with_params(message, {"requestId": number})


def _token(message: Message, to: _Side) -> Id:
    """The token of the request whose progress is told.  Raises `UnreadableError` for none."""
    number = params_of(message).progress
    asked = None if number is UNSET else to.waits.get(number)
    if asked is None or asked.token is None:
        raise UnreadableError(messages.INVALID_REQUEST)
    return asked.token


def _id(message: Message) -> Id:
    assert message.id is not UNSET, "only messages with an id have it asked for"
    assert message.id is not None, "reading refuses it"
    return message.id


def _failed(identity: Id, problem: ProblemError) -> bytes:
    data = {"code": problem.code, "reasons": list(problem.reasons)}
    return failure(identity, messages.REFUSED, problem.message, data)


def _told(by: _Side, method: str, why: str) -> None:
    """One line for the log, which has names and nothing of what was said."""
    _log.info("mcp: of the %s: %s not passed on: %s", by.name, method, why)
