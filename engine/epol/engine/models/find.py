"""What a detector finds among the words that a model has read."""

from __future__ import annotations

from collections.abc import Sequence

from epol.engine.models.addresses import addresses
from epol.engine.models.catalogue import TokenModel
from epol.engine.models.classifier import Read
from epol.engine.models.people import people
from epol.engine.models.spans import Span, spans


def find(
    model: TokenModel, text: str, words: Sequence[Read], members: frozenset[int], threshold: int
) -> list[Span]:
    """Spans of some classes of a model, of at least `threshold` percent."""
    lines = model.places(model.lines)
    if members and members <= model.places(model.people):
        found = people(text, words, members, threshold)
    elif members & lines and len(members) > 1:
        found = addresses(text, words, members, lines)
    else:
        found = spans(text, words, members)
    return [span for span in found if span.confidence >= threshold]
