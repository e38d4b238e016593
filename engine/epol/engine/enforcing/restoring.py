"""The runs of an answer with their tokens turned back into what they stand for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from epol.engine.bodies.parts import Part, Run
from epol.engine.errors import VaultError
from epol.engine.text.restoring import restore
from epol.engine.text.treatments.tokens import Tokens


@dataclass
class Tally:
    """How many tokens were turned back, and how many looked like one and were none."""

    restored: int = 0
    unknown: int = 0


def restored_runs(
    runs: Sequence[Run], tokens: Tokens, labels: Collection[str], tally: Tally
) -> list[Run]:
    """The runs as they read with originals in place of tokens.

    Tokens of some labels are known without their brackets.  Where the vault fails, tokens
    stay as they are: they tell nothing.
    """
    try:
        return [_restored(run, tokens, labels, tally) for run in runs]
    except VaultError:
        return list(runs)


def _restored(run: Run, tokens: Tokens, labels: Collection[str], tally: Tally) -> Run:
    parts: list[Part] = []
    for piece in run.pieces:
        text, restored, unknown = restore(piece.part.text, tokens, labels)
        tally.restored += restored
        tally.unknown += unknown
        parts.append(replace(piece.part, text=text))
    if all(part.text == piece.part.text for part, piece in zip(parts, run.pieces, strict=True)):
        return run
    return run.rewritten(parts)
