"""What the gateway itself reads and writes of bodies; the engine reads all of them."""

from __future__ import annotations

import msgspec

_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])
_encoder = msgspec.json.Encoder()


def with_model(body: bytes, model: str | None) -> bytes:
    """A body that asks for a model; without one, for what it asked before.

    The values of the other keys stay byte for byte.
    """
    if model is None:
        return body
    fields = _decoder.decode(body)
    fields["model"] = msgspec.Raw(_encoder.encode(model))
    return _encoder.encode(fields)


class Said(msgspec.Struct):
    """What the gateway itself reads of a body; the engine reads all of it."""

    stream: object = None
    model: object = None
    max_tokens: object = None
    max_completion_tokens: object = None
    max_output_tokens: object = None

    @property
    def most_output(self) -> int | None:
        """How many tokens the answer may have, if it says so."""
        said = (self.max_tokens, self.max_completion_tokens, self.max_output_tokens)
        return max((each for each in said if type(each) is int), default=None)


_said = msgspec.json.Decoder(Said)


def said_in(body: bytes) -> Said:
    """What a body says, if it can be read; if it cannot, the engine says why."""
    try:
        return _said.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return Said()
