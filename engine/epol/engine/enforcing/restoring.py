"""The runs of an answer with their tokens turned back into what they stand for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from epol.engine.bodies.parts import Part, Run
from epol.engine.errors import VaultError
from epol.engine.text.restoring import Original, Restorer, moved
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

    Tokens of some labels are known without their brackets.  Where the vault fails, tokens
    stay as they are: they tell nothing.
    """
    try:
        return [_restored(run, tokens, labels, tally) for run in runs]
    except VaultError:
        return [(run, []) for run in runs]


def _restored(
    run: Run, tokens: Tokens, labels: Collection[str], tally: Tally
) -> tuple[Run, list[Original]]:
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
