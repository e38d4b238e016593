"""Batch files: a verdict on each request, and the file that may go to a target."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import BinaryIO, Protocol, runtime_checkable

from epol.engine.bodies.batches import lines, requests
from epol.engine.enforcing.enforced import Enforced
from epol.engine.errors import BodyError, RefusedTargetError, RequestError

_SPLITTERS: dict[str, Callable[[Iterable[bytes]], Iterator[bytes | BodyError]]] = {
    "openai.batch": lines,
    "anthropic.batch": requests,
}
_FRAMES = {"openai.batch": (b"", b"\n", b"\n"), "anthropic.batch": (b'{"requests":[', b",", b"]}")}
_BLOCK = 1 << 20


@runtime_checkable
class Readable(Protocol):
    """A file that is open in binary mode."""

    def read(self, size: int, /) -> bytes:
        """Up to so many bytes; none at the end."""
        ...


BatchSource = bytes | Readable | Iterable[bytes]
"""A batch file: its bytes, the open file, or chunks of it."""


@dataclass(frozen=True)
class BatchRequest:
    """One request of a batch, the first being number 1: its verdict, or why it has none."""

    number: int
    enforced: Enforced | None
    error: RequestError | None = None


@dataclass(frozen=True)
class LeftOut:
    """A request that did not go into a file: its number, and why."""

    number: int
    why: str


class EnforcedBatch:
    """The requests of a batch file, each decided when its turn comes; to be gone through once.

    No more of the file is in memory than the request whose turn it is, and a block.
    """

    def __init__(self, api: str, source: BatchSource, enforce: Callable[[bytes], Enforced]) -> None:
        """Use `Engine.enforce_batch`."""
        if api not in _SPLITTERS:
            raise RequestError(f"the API of a batch must be one of {', '.join(_SPLITTERS)}")
        self._api, self._enforce = api, enforce
        self._requests = _SPLITTERS[api](_chunks(source))

    def __iter__(self) -> Iterator[BatchRequest]:
        """The requests in order.  Raises `BodyError` where the file is no batch."""
        for number, body in enumerate(self._requests, 1):
            if isinstance(body, BodyError):
                yield BatchRequest(number, None, body)
                continue
            try:
                yield BatchRequest(number, self._enforce(body))
            except RequestError as error:
                yield BatchRequest(number, None, error)

    def write(self, target: str, out: BinaryIO) -> list[LeftOut]:
        """Write the file that may go to a target, and say which requests are not in it.

        These may not go there, wait for a person, or cannot be read.  Raises `BodyError` where
        the file is no batch; what was written till then is not to be sent.
        """
        head, between, end = _FRAMES[self._api]
        left: list[LeftOut] = []
        out.write(head)
        is_first = True
        for each in self:
            try:
                body = _body(each, target)
            except (RequestError, RefusedTargetError) as error:
                left.append(LeftOut(each.number, str(error)))
                continue
            out.write(body if is_first else between + body)
            is_first = False
        if head or not is_first:
            out.write(end)
        return left


def _body(request: BatchRequest, target: str) -> bytes:
    if request.enforced is None:
        raise request.error or RequestError("the request could not be read")
    body = request.enforced.body_for(target)
    return body if isinstance(body, bytes) else b""


def _chunks(source: BatchSource) -> Iterable[bytes]:
    if isinstance(source, bytes | bytearray):
        return (source[at : at + _BLOCK] for at in range(0, len(source), _BLOCK))
    if isinstance(source, Readable):
        return iter(partial(source.read, _BLOCK), b"")
    return source
