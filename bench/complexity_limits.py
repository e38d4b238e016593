"""What is the most that the data lets a rating reach, and how far chance moves the figure.

    bench/complexity_limits.py FOLDER

FOLDER is that of `bench/complexity.py`.  Areas under the gap-recovered curve on MMLU: if the mean
gain of each subject were known; of a model that has seen other rows of the subject; and of a model
that has not, with the interval that holds 95 % of the figures when rows, or subjects, are drawn
again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
# The tools are no package: what comes below is found there.
sys.path.insert(0, str(ROOT / "tools/complexity"))

from data import UNREAD, Rows, read_gsm8k, read_mmlu  # noqa: E402
from gap import area  # noqa: E402
from held_out import folds, leave_one_out, together  # noqa: E402

DRAWS = 400
SUBJECTS, FOLDS = 3, 10


def of_subjects(rows: Rows) -> np.ndarray:
    """The mean gain of each row's subject."""
    _, places = np.unique(rows.groups, return_inverse=True)
    return (np.bincount(places, rows.gains) / np.bincount(places))[places]


def interval(said: np.ndarray, gains: np.ndarray, draw: Callable[[], np.ndarray]) -> str:
    """Where 95 % of the areas lie when the rows are those that `draw` gives."""
    drawn = (draw() for _ in range(DRAWS))
    low, high = np.percentile([area(said[each], gains[each]) for each in drawn], [2.5, 97.5])
    return f"{low:.3f} to {high:.3f}"


def main() -> None:
    folder = Path(sys.argv[1])
    mmlu, gsm8k = read_mmlu(folder), read_gsm8k(folder)
    count, read = len(mmlu.prompts), ~np.isin(mmlu.groups, list(UNREAD))
    left_out = leave_one_out(mmlu, together(mmlu.groups, SUBJECTS), [gsm8k])
    for name, said in {
        "mean gain of each subject known": of_subjects(mmlu),
        "other rows of the subject seen": leave_one_out(mmlu, folds(count, FOLDS), [gsm8k]),
        "subject left out": left_out,
    }.items():
        print(
            f"{name}: {area(said, mmlu.gains):.3f}, without the subject that was not read "
            f"{area(said[read], mmlu.gains[read]):.3f}"
        )
    random = np.random.default_rng(0)
    own = [np.flatnonzero(mmlu.groups == each) for each in np.unique(mmlu.groups)]
    rows = interval(left_out, mmlu.gains, lambda: random.integers(0, count, count))
    subjects = interval(
        left_out,
        mmlu.gains,
        lambda: np.concatenate([own[each] for each in random.integers(0, len(own), len(own))]),
    )
    print(f"rows drawn again: {rows}; subjects drawn again: {subjects}")


if __name__ == "__main__":
    main()
