"""Train the model of complexity: `python tools/complexity/train.py FOLDER [--out FILE]`.

FOLDER holds the data (`data.py` says which files; `sample` beside this file is a small one).  The
same data makes the same bytes on one machine.  It prints the SHA-256 of the data and of the model;
that of the model belongs into `epol.engine.models.complexity.rating`.
"""

from __future__ import annotations

import argparse
import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
from boosting import Boosted, Settings, boost
from data import UNREAD, Rows, digests, read_gsm8k, read_mmlu
from onnx_file import network

from epol.engine.models.complexity.features import NAMES

KNOTS = 1000
"""The model tells complexity to a thousandth."""

SETTINGS = Settings()

FEWEST = 20
"""A leaf of a small sample has at least one row in so many."""

HARDER = (
    "characters words question_characters sentences sentence_length longest_sentence negations "
    "shouted logic comparing commas option_length option_spread option_overlap statements "
    "none_of_the_above hypothetical third_person first_person causal quotes function".split()
)
EASIER = "distinct long_words word_length what question_end defining".split()
"""What may only raise the prediction, and what only lower it, all else being equal.  That is a
guess from what such words and lengths mean, not from the data; it keeps the trees from learning
what holds for one subject only."""


def fit(parts: list[Rows], settings: Settings = SETTINGS) -> Boosted:
    """The trees for some rows; each row counts once.

    The gain is learned twice: as such, and as what the large model gets right less what the small
    one does, each by trees of its own.  The prediction is the mean.  All trees have the same
    directions, so that it keeps to them, too.
    """
    known = [each.part(~np.isin(each.groups, list(UNREAD))) for each in parts]
    table = np.concatenate([each.table for each in known])
    gains = np.concatenate([each.gains for each in known])
    weak = np.concatenate([each.weak for each in known])
    up = np.array([(name in HARDER) - (name in EASIER) for name in NAMES])
    few = replace(settings, least=min(settings.least, len(gains) / FEWEST))
    aims = gains / 2, (weak + gains) / 2, -weak / 2
    models = [
        boost(table, aim, np.ones(len(aim)), up, replace(few, seed=len(aims) * few.seed + number))
        for number, aim in enumerate(aims)
    ]
    return Boosted(sum(each.base for each in models), [t for each in models for t in each.trees])


def knots(model: Boosted, parts: list[Rows]) -> np.ndarray:
    """What the model says of its prompts, at `KNOTS` quantiles between least and most."""
    said = model.predict(np.concatenate([each.table for each in parts]))
    places = (np.arange(KNOTS) + 0.5) / KNOTS
    return np.quantile(said, places).astype(np.float32)


def trained(folder: Path, settings: Settings = SETTINGS) -> bytes:
    """The model of a folder of data, as an ONNX file."""
    parts = [read_mmlu(folder), read_gsm8k(folder)]
    model = fit(parts, settings)
    return network(model, knots(model, parts).tolist(), len(NAMES), "epol tools/complexity")


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    for name, digest in digests(given.folder).items():
        print(f"{digest}  {name}")
    weights = trained(given.folder)
    print(f"{hashlib.sha256(weights).hexdigest()}  the model, {len(weights):,} bytes")
    if given.out:
        given.out.write_bytes(weights)


if __name__ == "__main__":
    main()
