"""Predictions for prompts by models that never saw their group."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import numpy as np
from boosting import Settings
from data import Rows
from train import SETTINGS, fit

Fit = Callable[[list[Rows]], Callable[[Rows], np.ndarray]]


def trees(parts: list[Rows], settings: Settings = SETTINGS) -> Callable[[Rows], np.ndarray]:
    """The model, trained on some rows."""
    model = fit(parts, settings)
    return lambda rows: model.predict(rows.table)


def leave_one_out(
    rows: Rows, groups: Iterable[object], others: list[Rows], how: Fit = trees
) -> np.ndarray:
    """For each row what a model says that was trained on the rows of other groups, and `others`."""
    labels = np.array(list(groups))
    said = np.zeros(len(labels))
    for group in np.unique(labels):
        is_in = labels == group
        said[is_in] = how([rows.part(~is_in), *others])(rows.part(is_in))
    return said


def folds(count: int, parts: int, seed: int = 0) -> np.ndarray:
    """A fold for each of `count` rows, at random."""
    return np.random.default_rng(seed).permutation(count) % parts


def together(groups: np.ndarray, size: int, seed: int = 0) -> np.ndarray:
    """A fold for each row: so many groups, drawn at random, are left out at a time."""
    names, places = np.unique(groups, return_inverse=True)
    return folds(len(names), -(-len(names) // size), seed)[places]


def draws(groups: np.ndarray, size: int, times: int, seed: int = 0) -> Iterator[np.ndarray]:
    """Masks of the rows of so many groups, drawn at random."""
    random = np.random.default_rng(seed)
    names = np.unique(groups)
    for _ in range(times):
        yield np.isin(groups, random.choice(names, size, replace=False))
