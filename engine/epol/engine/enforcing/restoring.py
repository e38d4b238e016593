"""The runs of an answer with their tokens turned back into what they stand for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from epol.engine.bodies.document import as_json
from epol.engine.bodies.parts import Part, Piece, Run
from epol.engine.enforcing.reading import is_simple
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
    texts: dict[Part, str] = {}
    for piece in run.pieces:
        texts[piece.part], restored, unknown = restore(piece.part.text, tokens, labels)
        tally.restored += restored
        tally.unknown += unknown
    if all(text == part.text for part, text in texts.items()):
        return run
    return _rewritten(run, texts)


def _rewritten(run: Run, texts: Mapping[Part, str]) -> Run:
    """A run whose parts say something else; what stands between them stays."""
    pieces: list[Piece] = []
    written: list[str] = []
    at = size = 0
    for piece in run.pieces:
        between = run.text[at : piece.start]
        part = Part(piece.part.source, piece.part.node, texts[piece.part], piece.part.kind)
        is_quoted = not is_simple(run) and run.text[piece.start - 1 : piece.start] == '"'
        own = as_json(part.text).decode("utf-8")[1:-1] if is_quoted else part.text
        start = size + len(between)
        size = start + len(own)
        pieces.append(Piece(part, start, size, own == part.text))
        written += (between, own)
        at = piece.end
    written.append(run.text[at:])
    return Run(run.role, "".join(written), tuple(pieces))
