"""A stream of an API's answer, run through an enforcement: chunks of bytes in, chunks out."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator, Mapping
from typing import cast, overload

from epol.engine.errors import EpolError, RequestError, StreamError
from epol.engine.streams import anthropic_messages, openai_chat, openai_responses
from epol.engine.streams.answer import FAILED, Answer
from epol.engine.streams.api import Api
from epol.engine.streams.flow import StreamFlow

APIS: Mapping[str, Api] = {
    "openai.chat": openai_chat,
    "openai.responses": openai_responses,
    "anthropic.messages": anthropic_messages,
}
"""The APIs whose streams can be read, by their names."""


@overload
def run(api: str, chunks: Iterable[bytes], flow: StreamFlow) -> Iterator[bytes]: ...
@overload
def run(api: str, chunks: AsyncIterable[bytes], flow: StreamFlow) -> AsyncIterator[bytes]: ...
def run(
    api: str, chunks: Iterable[bytes] | AsyncIterable[bytes], flow: StreamFlow
) -> Iterator[bytes] | AsyncIterator[bytes]:
    """What may go out of a stream, as it comes.

    The same bytes come out however they came in.  Where the answer may not go on or can't be
    read, the API's own error event is the last that comes out, and the rest of the stream is not
    asked for.  Where that is for a defect, `StreamError` is raised behind that event; an error
    of `chunks` is raised as it is.  Then, and when the caller closes the stream, nothing that was
    held back comes out, `chunks` is closed, and no text is kept.

    Raises `RequestError` for an API whose streams can't be read, and for what is no iterable.
    """
    answer = _answer(api, flow)
    if isinstance(chunks, AsyncIterable):
        return _arun(answer, chunks)
    if not isinstance(cast(object, chunks), Iterable):
        raise RequestError("the chunks of a stream are an iterable of bytes, async or not")
    return _run(answer, chunks)


class Pushed:
    """A stream whose chunks are pushed, for servers that get them so; otherwise as with `run`.

    Nothing is raised: `feed` and `finish` give what may go out, and when `is_over` nothing more
    will.  `close` it in any case.
    """

    def __init__(self, api: str, flow: StreamFlow) -> None:
        """Raises `RequestError` for an API whose streams can't be read."""
        self._answer = _answer(api, flow)
        self._is_closed = False
        self.is_over = False

    def feed(self, chunk: bytes) -> bytes:
        """What may go out now that some more bytes are there."""
        if self.is_over:
            return b""
        made = self._answer.feed(chunk)
        if self._answer.failure is None:
            return made
        return made + self.finish()

    def finish(self) -> bytes:
        """What is left: the stream has ended, or broken off."""
        if self.is_over:
            return b""
        self.is_over = True
        return self._answer.finish()

    def close(self) -> None:
        """Forget all text.  More than once makes no difference."""
        if not self._is_closed:
            self._is_closed = True
            self._answer.close()


def _answer(api: str, flow: StreamFlow) -> Answer:
    if api not in APIS:
        raise RequestError(f"streams can be read of {', '.join(sorted(APIS))}")
    return Answer(APIS[api], flow)


def _run(answer: Answer, chunks: Iterable[bytes]) -> Iterator[bytes]:
    source = iter(chunks)
    try:
        for chunk in source:
            if made := answer.feed(chunk):
                yield made
            if answer.failure is not None:
                break
        if made := answer.finish():
            yield made
        _raise_foreign(answer)
    finally:
        answer.close()
        close = getattr(source, "close", None)
        if close is not None:
            close()


async def _arun(answer: Answer, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
    source = aiter(chunks)
    try:
        async for chunk in source:
            if made := answer.feed(chunk):
                yield made
            if answer.failure is not None:
                break
        if made := answer.finish():
            yield made
        _raise_foreign(answer)
    finally:
        answer.close()
        close = getattr(source, "aclose", None)
        if close is not None:
            await close()


def _raise_foreign(answer: Answer) -> None:
    if answer.failure is not None and not isinstance(answer.failure, EpolError):
        # Not the error itself: its words, and what leads from it, may be of the answer.
        kind = type(answer.failure).__name__
        raise StreamError(f"{FAILED}: a defect ({kind})")
