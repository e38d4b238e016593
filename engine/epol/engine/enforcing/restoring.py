"""The runs of an answer with their tokens turned back into what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from epol.engine.bodies.document import as_json
from epol.engine.bodies.parts import Part, Piece, Run
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
    texts = {piece.part: tokens.restore(piece.part.text) for piece in run.pieces}
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
        is_quoted = run.text[piece.start - 1 : piece.start] == '"' and len(run.text) > len(
            part.text
        )
        own = as_json(part.text).decode("utf-8")[1:-1] if is_quoted else part.text
        start = size + len(between)
        size = start + len(own)
        pieces.append(Piece(part, start, size, own == part.text))
        written += (between, own)
        at = piece.end
    written.append(run.text[at:])
    return Run(run.role, "".join(written), tuple(pieces))
