"""Gradient boosting of small trees for squared error, in NumPy: the same bytes at every run.

J. Friedman, "Greedy function approximation: a gradient boosting machine" (2001).  Features are cut
into at most 32 bins at quantiles; trees grow leaf by leaf, best gain first.  A feature may be given
a direction: no split then lets a prediction fall (rise) where the feature rises, within the bounds
that splits above have set, as XGBoost and LightGBM do it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

BINS = 32


@dataclass(frozen=True)
class Settings:
    """`shrinkage` multiplies each tree; `smoothing` is the L2 term of a leaf's value, in rows.

    Each tree sees a random `rows` of the rows and `columns` of the features.
    """

    trees: int = 200
    leaves: int = 8
    shrinkage: float = 0.03
    smoothing: float = 20.0
    least: float = 100.0
    rows: float = 0.7
    columns: float = 0.4
    seed: int = 0


@dataclass
class Tree:
    """Nodes in order; `feature` is -1 for a leaf.  What is at most `cut` goes left."""

    feature: list[int] = field(default_factory=list)
    cut: list[float] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    value: list[float] = field(default_factory=list)

    def add(self, value: float) -> int:
        """A new leaf."""
        self.feature.append(-1)
        self.cut.append(0.0)
        self.left.append(0)
        self.right.append(0)
        self.value.append(value)
        return len(self.value) - 1

    def predict(self, table: np.ndarray) -> np.ndarray:
        """The values for rows of features."""
        at = np.zeros(len(table), np.int64)
        feature, cut = np.array(self.feature), np.array(self.cut, np.float32)
        left, right = np.array(self.left), np.array(self.right)
        while True:
            inner = feature[at] >= 0
            if not inner.any():
                return np.array(self.value)[at]
            here = at[inner]
            goes = table[inner, feature[here]] <= cut[here]
            at[inner] = np.where(goes, left[here], right[here])


@dataclass
class _Leaf:
    node: int
    rows: np.ndarray
    low: float
    high: float
    best: tuple[float, int, int, float, float] | None = None


class Boosted:
    """Trees whose sum, added to `base`, is the prediction."""

    def __init__(self, base: float, trees: list[Tree]) -> None:
        self.base, self.trees = base, trees

    def predict(self, table: np.ndarray) -> np.ndarray:
        """The predictions for rows of features."""
        return self.base + sum(tree.predict(table) for tree in self.trees)


def boost(
    table: np.ndarray, wanted: np.ndarray, weights: np.ndarray, up: np.ndarray, settings: Settings
) -> Boosted:
    """Trees that predict `wanted` from rows of features; `up` is -1, 0 or 1 for each feature."""
    random = np.random.default_rng(settings.seed)
    cuts = [_cuts(table[:, column]) for column in range(table.shape[1])]
    bins = np.stack([np.searchsorted(c, table[:, i]) for i, c in enumerate(cuts)], axis=1)
    base = float(np.average(wanted, weights=weights))
    predicted = np.full(len(wanted), base)
    trees: list[Tree] = []
    for _ in range(settings.trees):
        rows = np.flatnonzero(random.random(len(wanted)) < settings.rows)
        columns = np.flatnonzero(random.random(len(cuts)) < settings.columns)
        tree = _grow(bins, (wanted - predicted) * weights, weights, rows, columns, cuts, up, settings)
        tree.value = [each * settings.shrinkage for each in tree.value]
        predicted += tree.predict(table)
        trees.append(tree)
    return Boosted(base, trees)


def _cuts(values: np.ndarray) -> np.ndarray:
    """Where a feature is cut: between values that are there, at quantiles."""
    places = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    return places[places < values.max()].astype(np.float32)


def _grow(bins, gradients, weights, rows, columns, cuts, up, settings) -> Tree:  # type: ignore[no-untyped-def]
    tree = Tree()
    root = _Leaf(tree.add(0.0), rows, -np.inf, np.inf)
    open_, leaves = [root], 1
    _judge(root, bins, gradients, weights, columns, cuts, up, settings)
    while leaves < settings.leaves:
        ready = [each for each in open_ if each.best is not None]
        if not ready:
            break
        leaf = max(ready, key=lambda each: each.best[0])
        open_.remove(leaf)
        _, column, place, left, right = leaf.best
        goes = bins[leaf.rows, column] <= place
        middle = (left + right) / 2
        lower, upper = leaf.low, leaf.high
        bounds = [(lower, upper), (lower, upper)]
        if up[column] > 0:
            bounds = [(lower, middle), (middle, upper)]
        elif up[column] < 0:
            bounds = [(middle, upper), (lower, middle)]
        children = []
        for value, part, (low, high) in zip(
            (left, right), (leaf.rows[goes], leaf.rows[~goes]), bounds, strict=True
        ):
            child = _Leaf(tree.add(value), part, low, high)
            _judge(child, bins, gradients, weights, columns, cuts, up, settings)
            children.append(child)
        tree.feature[leaf.node], tree.cut[leaf.node] = int(column), float(cuts[column][place])
        tree.left[leaf.node], tree.right[leaf.node] = children[0].node, children[1].node
        open_ += children
        leaves += 1
    return tree


def _judge(leaf, bins, gradients, weights, columns, cuts, up, settings) -> None:  # type: ignore[no-untyped-def]
    """Find a leaf's best split: gain, feature, bin, and the values on both sides."""
    part, size = bins[leaf.rows], BINS
    if len(leaf.rows) < 2 * settings.least:
        return
    own, heavy = gradients[leaf.rows], weights[leaf.rows]
    columns = columns[[len(cuts[c]) > 0 for c in columns]]
    if not len(columns):
        return
    keys = (part[:, columns] + np.arange(len(columns)) * size).ravel()
    sums = np.bincount(keys, np.repeat(own, len(columns)), len(columns) * size).reshape(-1, size)
    mass = np.bincount(keys, np.repeat(heavy, len(columns)), len(columns) * size).reshape(-1, size)
    left, left_mass = sums.cumsum(1)[:, :-1], mass.cumsum(1)[:, :-1]
    right, right_mass = sums.sum(1, keepdims=True) - left, mass.sum(1, keepdims=True) - left_mass
    low = np.clip(left / (left_mass + settings.smoothing), leaf.low, leaf.high)
    high = np.clip(right / (right_mass + settings.smoothing), leaf.low, leaf.high)

    def worth(total, weight, value):  # type: ignore[no-untyped-def]
        return 2 * total * value - (weight + settings.smoothing) * value * value

    whole = np.clip(own.sum() / (heavy.sum() + settings.smoothing), leaf.low, leaf.high)
    gain = worth(left, left_mass, low) + worth(right, right_mass, high)
    gain -= worth(own.sum(), heavy.sum(), whole)
    few = (left_mass < settings.least) | (right_mass < settings.least)
    wrong = (high - low) * up[columns][:, None] < 0
    gain[few | wrong] = -np.inf
    at = np.unravel_index(np.argmax(gain), gain.shape)
    if gain[at] > 1e-9:
        leaf.best = (float(gain[at]), int(columns[at[0]]), int(at[1]), float(low[at]), float(high[at]))
