"""What an app that asks the targets itself knows of a request, and gets of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from epol.engine import Decision, Enforced
from epol.gateway.asgi import Message, Receive, Scope
from epol.gateway.callers import SESSION

TARGET = b"x-epol-target"
_OURS = b"x-epol-"
_OF_THE_BODY = frozenset(
    [
        *(b"content-length", b"content-type", b"content-encoding", b"transfer-encoding"),
        *(b"content-md5", b"digest", b"content-digest", b"repr-digest", b"trailer", b"expect"),
    ]
)
"""Header fields of the body that came, which is not the one that the app gets."""
_EXTENSIONS = ("tls",)
"""All others are ways around the treatment: files, pushed requests, trailers."""


class HostRequest:
    """A decided request, in `scope["epol"]`.  Safe to use from any thread.

    The app gets the body for `target` as its request's own.  If it asks another one, it takes
    that one's body from `body`.
    """

    def __init__(self, enforced: Enforced, target: str) -> None:
        self._enforced = enforced
        self._target = target

    def __repr__(self) -> str:
        return f"<HostRequest: {self._target}>"

    @property
    def decision(self) -> Decision:
        """The decision on the request."""
        return self._enforced.decision

    @property
    def target(self) -> str:
        """The target by whose rules the answer is judged."""
        return self._target

    def body(self, target: str) -> bytes:
        """The body that is treated for a target; from now on the answer counts as that one's.

        Raises `RefusedTargetError` for one that is not permitted, or held.
        """
        made = self._enforced.body_for(target)
        assert isinstance(made, bytes), "it comes back in the form in which it was given"
        self._target = target
        return made

    def answered_by(self, target: str) -> None:
        """Say whose answer it is, where bodies for several were taken.

        Raises `RefusedTargetError` as `body` does.
        """
        self.body(target)


class Ending(Protocol):
    """What is over at some time."""

    @property
    def is_over(self) -> bool:
        """Whether it is."""
        ...


def seen_by_app(scope: Scope, host: HostRequest, body: bytes) -> Scope:
    """A request as the app sees it: with the body that it gets, and the target."""
    kept = [
        (name, value)
        for name, value in ((bytes(each).lower(), value) for each, value in scope["headers"])
        if name not in _OF_THE_BODY and (not name.startswith(_OURS) or name == SESSION.encode())
    ]
    own = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (TARGET, host.target.encode()),
    ]
    extensions: Mapping[str, object] = scope.get("extensions") or {}
    offered = {name: extensions[name] for name in _EXTENSIONS if name in extensions}
    return {
        **scope,
        "headers": [*kept, *own],
        # Nobody has read it.
        "query_string": b"",
        "extensions": offered,
        "epol": host,
    }


def receiving(body: bytes, receive: Receive, answer: Ending) -> Receive:
    """What the app receives: the treated body, then that the caller has gone."""
    given: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def take() -> Message:
        if given:
            return given.pop()
        while not answer.is_over:
            message = await receive()
            if message["type"] == "http.disconnect":
                return message
        return {"type": "http.disconnect"}

    return take
