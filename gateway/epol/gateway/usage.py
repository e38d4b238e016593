"""How many tokens an answer took, as the target says: whole, or in the events of a stream."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import msgspec

from epol.gateway.attempts import BYTES_A_TOKEN

Tokens = Annotated[int, msgspec.Meta(ge=0, le=2**31 - 1)]
"""As many as an answer may name; what names more or fewer is believed in nothing."""
_MOST_LINE = 4 * 1024 * 1024
"""Bytes of an event that is looked at; what is said in a longer one is not known."""
_DATA = b"data:"
_DONE = b"[DONE]"
_BEGINS = "message_start"
"""Anthropic's first event: of the tokens of the answer it knows one or two."""


class Usage(msgspec.Struct):
    """What an answer says of its tokens, in the words of each API."""

    prompt_tokens: Tokens = 0
    completion_tokens: Tokens = 0
    input_tokens: Tokens = 0
    output_tokens: Tokens = 0
    cache_creation_input_tokens: Tokens | None = None
    cache_read_input_tokens: Tokens | None = None

    @property
    def read(self) -> int:
        """Tokens of the request; Anthropic names those apart that were or are cached."""
        cached = (self.cache_creation_input_tokens or 0) + (self.cache_read_input_tokens or 0)
        return self.prompt_tokens or self.input_tokens + cached

    @property
    def written(self) -> int:
        """Tokens of the answer."""
        return self.completion_tokens or self.output_tokens


class Guess(Usage):
    """What an answer took as it came, for want of words of its own."""


class Answered(msgspec.Struct):
    """What of a target's answer is looked at."""

    model: object = None
    raw_usage: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"null"), name="usage")

    @property
    def usage(self) -> Usage | None:
        """Its tokens; None where it names none that can be."""
        try:
            found = _usage.decode(self.raw_usage)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return found if found is not None and (found.read or found.written) else None


class _Event(msgspec.Struct):
    """An event of any API: it, or what it is about, may name tokens."""

    type: object = None
    raw_usage: msgspec.Raw = msgspec.field(default=msgspec.Raw(b"null"), name="usage")
    message: Answered | None = None
    response: Answered | None = None
    delta: object = None
    choices: object = None


_usage: msgspec.json.Decoder[Usage | None] = msgspec.json.Decoder(Usage | None)
_answered = msgspec.json.Decoder(Answered)
_event = msgspec.json.Decoder(_Event)


def answered(body: bytes) -> Answered:
    """What a whole answer says; nothing where it cannot be read."""
    try:
        return _answered.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Answered()


def usage_in(body: bytes) -> Usage | None:
    """The tokens that an answer names; None where it names none."""
    return answered(body).usage


class StreamUsage:
    """Reads along what a target streams (server-sent events), and keeps no more than a line."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._is_long = False
        self._read = self._written = self._came = 0
        self._has_said = self._has_missed = False
        self.is_whole = False
        """Whether the stream has come to its end; whoever reads it says so."""

    @property
    def said(self) -> Usage | None:
        """What the target says that it was; None where it did not say, or not all."""
        if not (self.is_whole and self._has_said):
            return None
        return Usage(prompt_tokens=self._read, completion_tokens=self._written)

    def used(self, size: int) -> Usage | None:
        """What it was, as the target says or else as it came, of a request of so many bytes.

        None for a stream that broke off, or of which some could not be read and the target says
        nothing: nobody knows what more there was.
        """
        if not self.is_whole or (self._has_missed and not self._has_said):
            return None
        guessed = Guess(
            prompt_tokens=self._read or -(-size // BYTES_A_TOKEN),
            completion_tokens=max(self._written, -(-self._came // BYTES_A_TOKEN)),
        )
        return self.said or guessed

    def feed(self, data: bytes) -> None:
        """Some of the stream, as it comes."""
        *whole, rest = data.split(b"\n")
        for part in whole:
            self._line += part
            if not self._is_long and self._line.startswith(_DATA):
                self._take(bytes(self._line[len(_DATA) :]))
            self._line.clear()
            self._is_long = False
        if len(self._line) + len(rest) > _MOST_LINE:
            self._is_long = self._has_missed = True
            self._line.clear()
        if not self._is_long:
            self._line += rest

    def _take(self, data: bytes) -> None:
        try:
            event = _event.decode(data)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self._has_missed |= data.strip() != _DONE
            return
        self._came += sum(len(each.encode()) for each in _texts((event.delta, event.choices)))
        own = Answered(raw_usage=event.raw_usage)
        for each in (own, event.message, event.response):
            found = None if each is None else each.usage
            if found is not None:
                # Later events count all so far, and need not repeat what was read.
                self._read = max(self._read, found.read)
                self._written = max(self._written, found.written)
                self._has_said = event.type != _BEGINS


def _texts(value: object) -> Iterator[str]:
    """The texts in a value, without names; its depth is that which the decoder lets through."""
    left = [value]
    while left:
        found = left.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list | tuple):
            left.extend(found)  # pyright: ignore[reportUnknownArgumentType]
        elif isinstance(found, dict):
            left.extend(found.values())  # pyright: ignore[reportUnknownArgumentType]
