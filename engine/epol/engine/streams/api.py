"""What a stream must know of an API."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Protocol

from epol.engine.streams.source import Source
from epol.engine.streams.steps import Key, Step


class Api(Protocol):
    """How an API's answers are streamed: one module for each."""

    @property
    def DONE(self) -> str | None:  # noqa: N802 (a constant of a module)
        """Data of the event that says that the stream is over, and is no JSON."""
        ...

    @property
    def REPEATS(self) -> bool:  # noqa: N802
        """Whether later events repeat texts that earlier ones brought in pieces."""
        ...

    @property
    def NO_TEXT(self) -> Collection[str]:  # noqa: N802
        """Names of what identifies, counts or describes, and holds no text of an answer."""
        ...

    def steps(self, source: Source, name: str, /) -> Iterator[Step]:
        """What is to be done with an event of a name.

        All that no step is for is read as texts of their own (`steps.rest`).  Raises
        `StreamError` for an event that is none of the API's.
        """
        ...

    def flushed(self, key: Key, last: object, text: str, number: int, /) -> bytes:
        """An event that brings more text of a channel, or arguments of a call.

        `last` is the value of the event that brought some before, and `number` its number, where
        events are counted.
        """
        ...

    def error(self, message: str, number: int, /, *, is_refusal: bool) -> bytes:
        """The events that end a stream which may not go on, or cannot."""
        ...
