"""How well `task.complexity` tells which prompts gain by a large model, on prompts it never saw.

    bench/complexity.py FOLDER [--seed N] [--litellm PYTHON] [--svg FILE]

FOLDER has the data that `tools/complexity/data.py` describes.  Every prompt is judged by a model
that never saw its subject, or, for GSM8K, its row; the model that is shipped saw all of them.
The seed draws the subjects that are left out together, the rows, and what the trees see.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import numpy as np
from complexity_chart import chart

ROOT = Path(__file__).parents[1]
# The tools are no package: what comes below is found there.
sys.path.insert(0, str(ROOT / "tools/complexity"))

from data import UNREAD, Rows, digests, read_gsm8k, read_mmlu, read_multi  # noqa: E402
from gap import area, calls, curve  # noqa: E402
from held_out import draws, folds, leave_one_out, together, trees  # noqa: E402
from ridge import hashed, held_out  # noqa: E402
from train import SETTINGS  # noqa: E402

DRAWN, TIMES = 12, 300
"""Subjects that are drawn at random, and how often."""

SUBJECTS, FOLDS = 3, 5
"""Subjects that are left out at a time, and folds of the rows of GSM8K."""

Scores = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass
class Data:
    """The three sources."""

    mmlu: Rows
    gsm8k: Rows
    multi: Rows
    seed: int
    subjects: np.ndarray = field(init=False)
    rows: np.ndarray = field(init=False)
    read: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        self.subjects = together(self.mmlu.groups, SUBJECTS, self.seed)
        self.rows = folds(len(self.gsm8k.prompts), FOLDS, self.seed)
        self.read = ~np.isin(self.mmlu.groups, list(UNREAD))

    def all(self, score: Callable[[Rows], np.ndarray]) -> Scores:
        """A router that learns nothing: what it says of each source."""
        return score(self.mmlu), score(self.gsm8k), score(self.gsm8k), score(self.multi)


def model(data: Data) -> Scores:
    """The model: without the prompt's subject; without its row; from MMLU; from both."""
    how = partial(trees, settings=replace(SETTINGS, seed=data.seed))
    return (
        leave_one_out(data.mmlu, data.subjects, [data.gsm8k], how),
        leave_one_out(data.gsm8k, data.rows, [data.mmlu], how),
        how([data.mmlu])(data.gsm8k),
        how([data.mmlu, data.gsm8k])(data.multi),
    )


def ridge(data: Data) -> Scores:
    """Ridge over TF-IDF: as the model."""
    sizes = [len(each.prompts) for each in (data.mmlu, data.gsm8k, data.multi)]
    table = hashed([*data.mmlu.prompts, *data.gsm8k.prompts, *data.multi.prompts])
    mmlu, gsm8k, _ = np.split(table, np.cumsum(sizes)[:-1])
    gains = data.mmlu.gains, data.gsm8k.gains
    alone = np.where(np.arange(sizes[0] + sizes[1]) < sizes[0], 0, 1)
    own = np.concatenate([np.full(sizes[0], -1), data.rows])
    both, wanted = np.concatenate([mmlu, gsm8k]), np.concatenate(gains)
    last = np.concatenate([np.zeros(len(both)), np.ones(sizes[2])])
    return (
        held_out(mmlu, gains[0], data.subjects),
        held_out(both, wanted, own)[sizes[0] :],
        held_out(both, wanted, alone)[sizes[0] :],
        held_out(table, np.concatenate([wanted, data.multi.gains]), last)[len(both) :],
    )


def litellm(python: str) -> Callable[[Rows], np.ndarray]:
    """LiteLLM's heuristic, in an environment of its own."""

    def score(rows: Rows) -> np.ndarray:
        lines = "".join(json.dumps(each) + "\n" for each in rows.prompts)
        script = str(Path(__file__).parent / "peers/litellm_complexity.py")
        ran = subprocess.run(
            [python, "-I", script], input=lines, capture_output=True, text=True, check=True
        )
        return np.array([float(each) for each in ran.stdout.split()])

    return score


def length(rows: Rows) -> np.ndarray:
    """Characters of the prompt."""
    return np.array([float(len(each)) for each in rows.prompts])


def lots(rows: Rows) -> np.ndarray:
    """A router that draws lots."""
    return np.random.default_rng(0).random(len(rows.prompts))


def table(data: Data, routers: dict[str, Scores]) -> list[str]:
    """The areas, as lines of a table."""
    lines = [
        "| router | MMLU, subject left out | the same without the subject that was not read "
        f"| {DRAWN} of those subjects drawn: mean (10 to 90 %) | GSM8K, row left out "
        "| GSM8K, from MMLU | nine models, from both |",
        "|---|---|---|---|---|---|---|",
    ]
    mmlu, ok = data.mmlu, data.read
    for name, (of_mmlu, own, far, multi) in routers.items():
        drawn = [
            area(of_mmlu[part & ok], mmlu.gains[part & ok])
            for part in draws(mmlu.groups, DRAWN, TIMES)
        ]
        low, high = np.percentile(drawn, [10, 90])
        cells = [
            f"{area(of_mmlu, mmlu.gains):.3f}",
            f"{area(of_mmlu[ok], mmlu.gains[ok]):.3f}",
            f"{np.mean(drawn):.3f} ({low:.3f} to {high:.3f})",
            f"{area(own, data.gsm8k.gains):.3f}",
            f"{area(far, data.gsm8k.gains):.3f}",
            f"{area(multi, data.multi.gains):.3f}",
        ]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return lines


def costs(data: Data, routers: dict[str, Scores]) -> list[str]:
    """Which share of calls goes to the strong model, for so much of the gap."""
    shares = (0.25, 0.5, 0.75)
    lines = ["| router | " + " | ".join(f"{each:.0%} of the gap" for each in shares) + " |"]
    lines.append("|---|" + "---|" * len(shares))
    for name, (scores, *_) in routers.items():
        found = [calls(scores, data.mmlu.gains, each) for each in shares]
        lines.append(f"| {name} | " + " | ".join(f"{each:.0%}" for each in found) + " |")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--litellm", metavar="PYTHON", help="an interpreter that has litellm")
    parser.add_argument("--svg", type=Path)
    given = parser.parse_args()
    for name, digest in digests(given.folder).items():
        print(f"{digest}  {name}")
    sources = [read(given.folder) for read in (read_mmlu, read_gsm8k, read_multi)]
    data = Data(*sources, given.seed)
    routers: dict[str, Scores] = {"task.complexity": model(data), "ridge over TF-IDF": ridge(data)}
    routers["prompt length"] = data.all(length)
    if given.litellm:
        routers["LiteLLM's heuristic"] = data.all(litellm(given.litellm))
    routers["lots"] = data.all(lots)
    print("\n".join(["", *table(data, routers), "", *costs(data, routers)]))
    if given.svg:
        panels = {
            "MMLU, subject left out": (0, data.mmlu.gains),
            "GSM8K, row left out": (1, data.gsm8k.gains),
        }
        drawn = {
            title: {name: curve(scores[which], gains) for name, scores in routers.items()}
            for title, (which, gains) in panels.items()
        }
        given.svg.write_text(chart(drawn), encoding="utf-8")


if __name__ == "__main__":
    main()
