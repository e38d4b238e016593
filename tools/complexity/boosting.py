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
_NOTHING = 1e-9


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

    def split(self, node: int, feature: int, cut: float, left: int, right: int) -> None:
        """Make a leaf the parent of two others."""
        self.feature[node], self.cut[node] = feature, cut
        self.left[node], self.right[node] = left, right

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
    usable = np.array([len(each) > 0 for each in cuts])
    base = float(np.average(wanted, weights=weights))
    predicted = np.full(len(wanted), base)
    trees: list[Tree] = []
    for _ in range(settings.trees):
        rows = np.flatnonzero(random.random(len(wanted)) < settings.rows)
        columns = np.flatnonzero((random.random(len(cuts)) < settings.columns) & usable)
        pull = (wanted - predicted) * weights
        tree = _Growing(bins, cuts, pull, weights, columns, up, settings).grow(rows)
        tree.value = [each * settings.shrinkage for each in tree.value]
        predicted += tree.predict(table)
        trees.append(tree)
    return Boosted(base, trees)


def _cuts(values: np.ndarray) -> np.ndarray:
    """Where a feature is cut: at values that are there, near quantiles."""
    places = np.unique(np.quantile(values, np.linspace(0, 1, BINS + 1)[1:-1], method="lower"))
    return places[places < values.max()].astype(np.float32)


@dataclass
class _Split:
    """The best split of a leaf: its gain, where it is, and the values on both sides."""

    gain: float
    column: int
    place: int
    values: tuple[float, float]


@dataclass
class _Leaf:
    """A leaf that may be split: its rows, their sums by feature and bin, and its bounds."""

    node: int
    rows: np.ndarray
    sums: np.ndarray
    low: float
    high: float
    split: _Split | None = None


@dataclass
class _Growing:
    """What one tree grows on: rows in bins, and what pulls each up or down."""

    bins: np.ndarray
    cuts: list[np.ndarray]
    pull: np.ndarray
    weights: np.ndarray
    columns: np.ndarray
    up: np.ndarray
    settings: Settings

    def grow(self, rows: np.ndarray) -> Tree:
        """A tree, leaf by leaf, the best split first."""
        tree = Tree()
        self.keys = self.bins[:, self.columns] + np.arange(len(self.columns)) * BINS
        leaf = _Leaf(tree.add(0.0), rows, self._sums(rows), -np.inf, np.inf)
        leaf.split = self._best(leaf)
        leaves = [leaf]
        while len(leaves) < self.settings.leaves:
            ready = [each for each in leaves if each.split is not None]
            if not ready:
                break
            leaf = max(ready, key=lambda each: each.split.gain)
            leaves.remove(leaf)
            leaves += self._split(tree, leaf, leaf.split)
        return tree

    def _split(self, tree: Tree, leaf: _Leaf, split: _Split) -> list[_Leaf]:
        """Two leaves in place of one; only the smaller one's sums are added up anew."""
        goes = self.bins[leaf.rows, split.column] <= split.place
        parts = leaf.rows[goes], leaf.rows[~goes]
        fewer = int(len(parts[1]) < len(parts[0]))
        few = self._sums(parts[fewer])
        sums = (few, leaf.sums - few) if fewer == 0 else (leaf.sums - few, few)
        middle = sum(split.values) / 2
        bounds = [(leaf.low, leaf.high)] * 2
        if self.up[split.column]:
            bounds = [(leaf.low, middle), (middle, leaf.high)][:: int(self.up[split.column])]
        children = [
            _Leaf(tree.add(split.values[side]), parts[side], sums[side], *bounds[side])
            for side in (0, 1)
        ]
        for child in children:
            child.split = self._best(child)
        cut = float(self.cuts[split.column][split.place])
        tree.split(leaf.node, split.column, cut, children[0].node, children[1].node)
        return children

    def _sums(self, rows: np.ndarray) -> np.ndarray:
        """For each feature and bin the sum of pulls, and of weights."""
        keys, count, size = self.keys[rows].ravel(), len(self.columns), len(self.columns) * BINS
        both = [
            np.bincount(keys, np.repeat(each[rows], count), size).reshape(count, BINS)
            for each in (self.pull, self.weights)
        ]
        return np.stack(both)

    def _best(self, leaf: _Leaf) -> _Split | None:
        """A leaf's best split, if any is good for something."""
        if not len(self.columns):
            return None
        left = leaf.sums.cumsum(2)[:, :, :-1]
        whole = leaf.sums.sum(2, keepdims=True)
        right = whole - left
        values = [self._value(each, leaf) for each in (left, right)]
        gain = self._worth(left, values[0]) + self._worth(right, values[1])
        gain -= self._worth(whole, self._value(whole, leaf))
        few = np.minimum(left[1], right[1]) < self.settings.least
        wrong = (values[1] - values[0]) * self.up[self.columns][:, None] < 0
        gain[few | wrong] = -np.inf
        at = np.unravel_index(np.argmax(gain), gain.shape)
        if gain[at] <= _NOTHING:
            return None
        column = int(self.columns[at[0]])
        pair = float(values[0][at]), float(values[1][at])
        return _Split(float(gain[at]), column, int(at[1]), pair)

    def _value(self, sums: np.ndarray, leaf: _Leaf) -> np.ndarray:
        """The best value for rows with some sums, within the bounds of a leaf."""
        return np.clip(sums[0] / (sums[1] + self.settings.smoothing), leaf.low, leaf.high)

    def _worth(self, sums: np.ndarray, value: np.ndarray) -> np.ndarray:
        """How much a value lowers the squared error of rows with some sums."""
        return 2 * sums[0] * value - (sums[1] + self.settings.smoothing) * value * value
