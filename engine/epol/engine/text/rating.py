"""Models that say one number of the texts of a request, run when somebody asks for it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from epol.engine.bundle.program import Similarity
from epol.engine.errors import ModelLimitError
from epol.engine.models.classifier import Allowance
from epol.engine.models.complexity.rating import COMPLEXITY, rater
from epol.engine.models.readable import is_latin
from epol.engine.models.sentences import encoder
from epol.engine.text.segments import Segment
from epol.engine.text.views import undone

_MILLION = 1_000_000


def rate(model: str, what: Similarity | None, segments: Sequence[Segment]) -> float | None:
    """What a model says, from 0 to 1, rounded down to a millionth.

    None where there is no text for it, or the model is none that comes with epol.  Raises
    `ModelUnavailableError`, and `ModelLimitError` for a text that it does not read.
    """
    found: float | None
    if what is not None:
        found = _similarity(model, what, segments)
    elif model == COMPLEXITY:
        found = _complexity(segments)
    else:
        return None
    return None if found is None else math.floor(min(max(found, 0.0), 1.0) * _MILLION) / _MILLION


def _complexity(segments: Sequence[Segment]) -> float | None:
    prompt = last_question(segments)
    if not prompt.strip():
        return None
    _check_script(prompt)
    return rater().rate(prompt)


def last_question(segments: Sequence[Segment]) -> str:
    """The last texts of the user that nothing else stands between: what is asked now."""
    parts: list[str] = []
    for role, text in reversed(segments):
        if role == "user":
            parts.append(text)
        elif parts:
            break
    return "\n".join(reversed(parts))


def _similarity(model: str, what: Similarity, segments: Sequence[Segment]) -> float:
    """The greatest likeness that any part of a text has with any phrase; 0 without text."""
    roles = what.roles
    texts = [text for role, text in segments if text.strip() and (roles is None or role in roles)]
    if not texts:
        return 0.0
    loaded = encoder(model)
    phrases = [loaded.phrase(each) for each in what.phrases]
    allowance = Allowance()
    views = [undone(text).text for text in texts]
    for view in views:
        _check_script(view)
    return max(loaded.nearest(view, phrases, allowance) for view in views)


def _check_script(text: str) -> None:
    if not is_latin(text):
        raise ModelLimitError("a text is in a script that the model does not read")
