"""The little of ASGI that the gateway uses: reading bodies, writing answers, being left."""

from __future__ import annotations

import asyncio
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Generator,
    Mapping,
    MutableMapping,
    Sequence,
)
from functools import partial
from types import coroutine
from typing import Any, TypeVar, cast

from epol.gateway.problems import ProblemError
from epol.gateway.settings import Limits

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

T = TypeVar("T")

JSON = "application/json"
_ONCE = frozenset(
    ["authorization", "x-api-key", "x-epol-session", "content-encoding", "content-length"]
)
"""Headers that say who asks and what comes: of two, whoever adds one could mean the other."""
_LOOK_SECONDS = 0.05
"""How long work goes on before anybody looks whether its caller is still there."""


class GoneError(Exception):
    """The caller has gone: nobody is there to answer."""


def headers_of(scope: Scope, once: Collection[str] = ()) -> dict[str, str]:
    """The headers by name in lower case; of one that is there twice, the first.

    Raises `ProblemError` where that is one of those that count, or of `once`.
    """
    found: dict[str, str] = {}
    for raw, value in scope["headers"]:
        name = raw.decode("latin-1")
        if name in found and (name in _ONCE or name in once):
            raise ProblemError(400, "bad-header", f"the header `{name}` is there twice")
        found.setdefault(name, value.decode("latin-1"))
    return found


async def read_body(headers: Mapping[str, str], receive: Receive, limits: Limits) -> bytes:
    """The whole body.  Raises `ProblemError` for one too large, too slow or packed; `GoneError`."""
    if headers.get("content-encoding", "identity") != "identity":
        raise ProblemError(415, "content-encoding", "send the body as it is, without an encoding")
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > limits.body:
        raise _too_large(limits)
    try:
        return await within(limits.body_seconds, _all(receive, limits))
    except TimeoutError:
        raise ProblemError(
            408, "body-too-slow", f"the body did not come within {limits.body_seconds:g} s"
        ) from None


async def _all(receive: Receive, limits: Limits) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise GoneError
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > limits.body:
            raise _too_large(limits)
        if not message.get("more_body", False):
            return part if not parts else b"".join([*parts, part])
        parts.append(part)


def _too_large(limits: Limits) -> ProblemError:
    return ProblemError(413, "body-too-large", f"a body has at most {limits.body} bytes")


Fields = Sequence[tuple[bytes, bytes]]
"""Header fields as they are sent: of one name there may be several."""


async def respond(
    send: Send,
    status: int,
    body: bytes,
    headers: Mapping[str, str],
    kind: str = JSON,
    more: Fields = (),
) -> None:
    """A whole answer."""
    length = ("content-length", str(len(body)))
    await begin(send, status, {**headers, **dict([length])}, kind, more)
    await send({"type": "http.response.body", "body": body})


async def begin(
    send: Send, status: int, headers: Mapping[str, str], kind: str, more: Fields = ()
) -> None:
    """The head of an answer whose body follows."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", kind.encode("latin-1")),
                *((k.encode("latin-1"), v.encode("latin-1")) for k, v in headers.items()),
                *more,
            ],
        }
    )


async def within(seconds: float, work: Awaitable[T]) -> T:
    """What some work gives.  Raises `TimeoutError` where it takes longer.

    Work that is done without waiting, as most is that only may have to wait, costs no timer.
    """
    steps = work.__await__()
    try:
        waits_for = next(steps)
    except StopIteration as done:
        return cast(T, done.value)
    async with asyncio.timeout(seconds):
        return await _rest(steps, waits_for)


@coroutine
def _rest(steps: Generator[Any, Any, T], waits_for: object) -> Generator[object, Any, T]:
    """What is left of some work that has begun, and waits."""
    while True:
        try:
            told = yield waits_for
        except BaseException as error:  # noqa: BLE001 (whatever it is, it is for the work)
            go_on: Callable[[], object] = partial(steps.throw, error)
        else:
            go_on = partial(steps.send, told)
        try:
            waits_for = go_on()
        except StopIteration as done:
            return cast(T, done.value)


async def unless_gone(
    receive: Receive, work: Coroutine[Any, Any, None], is_answered: Callable[[], bool]
) -> None:
    """Do some work that ends in an answer, and give it up when the caller goes before.

    The whole body must have been read.  Raises `GoneError` where the caller has gone.
    """
    own = asyncio.current_task()
    assert own is not None, "a coroutine runs in a task"
    has_gone = False
    leaving: asyncio.Task[None] | None = None

    async def watch() -> None:
        nonlocal has_gone
        await _left(receive)
        if not is_answered():
            has_gone = True
            own.cancel()

    def look() -> None:
        nonlocal leaving
        leaving = own.get_loop().create_task(watch())

    # Most work is done before a task beside it would be worth its cost.
    looking = own.get_loop().call_later(_LOOK_SECONDS, look)
    try:
        await work
    except asyncio.CancelledError:
        if not has_gone or own.uncancel() > 0:
            raise
        raise GoneError from None
    finally:
        looking.cancel()
        if leaving is not None:
            leaving.cancel()


async def _left(receive: Receive) -> None:
    """Wait until the caller has gone, or the answer is complete, which looks the same."""
    while (await receive())["type"] != "http.disconnect":
        pass
