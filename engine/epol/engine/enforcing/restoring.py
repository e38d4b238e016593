"""The runs of an answer with their tokens turned back into what they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from epol.engine.bodies.parts import Run
from epol.engine.errors import VaultError
from epol.engine.text.treatments.tokens import Tokens


def restored_runs(runs: Sequence[Run], tokens: Tokens) -> list[Run]:
    """The runs as they read with originals in place of tokens.

    Where the vault fails, tokens stay as they are: they tell nothing.
    """
    try:
        return [_restored(run, tokens) for run in runs]
    except VaultError:
        return list(runs)


def _restored(run: Run, tokens: Tokens) -> Run:
    parts = [replace(piece.part, text=tokens.restore(piece.part.text)) for piece in run.pieces]
    if all(part.text == piece.part.text for part, piece in zip(parts, run.pieces, strict=True)):
        return run
    return run.rewritten(parts)
