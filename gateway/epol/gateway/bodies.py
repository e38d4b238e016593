"""The one thing that a target's body needs beside its treatment: the name of its model."""

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
