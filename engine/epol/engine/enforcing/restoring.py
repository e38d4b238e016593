"""The runs of an answer with their tokens turned back into what they stand for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from epol.engine.bodies.parts import Part, Run
from epol.engine.errors import VaultError
from epol.engine.text.restoring import Original, Restorer, looks_like_token, moved
from epol.engine.text.treatments.tokens import Tokens


@dataclass
class Tally:
    """How many tokens were turned back, and how many looked like one and were none."""

    restored: int = 0
    unknown: int = 0


def restored_runs(
    runs: Sequence[Run], tokens: Tokens, labels: Collection[str], tally: Tally
) -> list[tuple[Run, list[Original]]]:
    """The runs as they read with originals in place of tokens, and where these are.

    Tokens of some labels are known without their brackets.
    """
    readable = Readable(tokens)
    return [_restored(run, readable, labels, tally) for run in runs]


class Readable:
    """Tokens of a session whose vault may fail: then they stay as they are, and tell nothing.

    A vault that has failed is not asked again, for each time may take as long as it may.
    """

    def __init__(self, tokens: Tokens) -> None:
        self._tokens: Tokens | None = tokens

    def value(self, letters: str) -> tuple[str, str] | None:
        """The label and the original that sixteen letters stand for; None if for nothing."""
        try:
            return None if self._tokens is None else self._tokens.value(letters)
        except VaultError:
            self._tokens = None
            return None


def _restored(
    run: Run, tokens: Readable, labels: Collection[str], tally: Tally
) -> tuple[Run, list[Original]]:
    if not any(looks_like_token(piece.part.text) for piece in run.pieces):
        return run, []
    parts: list[Part] = []
    originals: list[list[Original]] = []
    for piece in run.pieces:
        restorer = Restorer(tokens, labels)
        text = restorer.feed(piece.part.text)
        found = restorer.originals
        rest = restorer.finish()
        found += [moved(each, len(text)) for each in restorer.originals]
        tally.restored += restorer.restored
        tally.unknown += restorer.unknown
        parts.append(replace(piece.part, text=text + rest))
        originals.append(found)
    if not any(originals):
        return run, []
    made = run.rewritten(parts)
    pairs = zip(made.pieces, originals, strict=True)
    return made, [moved(each, piece.start) for piece, found in pairs for each in found]
