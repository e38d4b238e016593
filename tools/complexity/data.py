"""The prompts that the model learns from, and what a larger model gained on each.

A folder has `mmlu.csv.gz` (subject, prompt, weak_correct, strong_correct), `gsm8k.csv.gz` (prompt,
weak_correct, strong_correct) and `multi_model.jsonl.gz` (question, scores of nine models).
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from epol.engine.models.complexity.features import features

FILES = ("mmlu.csv.gz", "gsm8k.csv.gz", "multi_model.jsonl.gz")

UNREAD = frozenset({"high_school_mathematics"})
"""Subjects that nothing is learned from.  The strong model is right in 3 of 100 rows of this one
and in 40 to 60 of its neighbours, fewer than by chance: its answers were not read."""

WEAK = ("codegemma-7b", "llama3-chatqa-1.5-8b", "mistral-7b-instruct-v0.3")
STRONG = ("llama-3.1-nemotron-51b-instruct", "llama-3.3-nemotron-super-49b-v1")
"""Which of the nine models stand for the small one and the large one."""


@dataclass(frozen=True)
class Rows:
    """Prompts of one source: the group of each, what the strong model gained over the weak one
    (-1 to 1), how good the weak one was (0 to 1), and the features, in rows."""

    prompts: list[str]
    groups: np.ndarray
    gains: np.ndarray
    weak: np.ndarray
    table: np.ndarray

    def part(self, which: np.ndarray) -> Rows:
        """Some of the rows, by a mask."""
        prompts = [each for each, is_in in zip(self.prompts, which, strict=True) if is_in]
        return Rows(
            prompts, self.groups[which], self.gains[which], self.weak[which], self.table[which]
        )


def read_mmlu(folder: Path) -> Rows:
    """Questions with options, in groups by subject."""
    return _of_csv(folder / FILES[0])


def read_gsm8k(folder: Path) -> Rows:
    """Word problems of grade school, all one group."""
    return _of_csv(folder / FILES[1])


def read_multi(folder: Path) -> Rows:
    """Questions of many kinds: the mean score of the strong models less that of the weak."""
    with gzip.open(folder / FILES[2], "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    weak = np.array([np.mean([row["scores"][name] for name in WEAK]) for row in rows])
    strong = np.array([np.mean([row["scores"][name] for name in STRONG]) for row in rows])
    return _rows([row["question"] for row in rows], ["multi"] * len(rows), weak, strong)


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of each file that is there."""
    found = [folder / name for name in FILES if (folder / name).exists()]
    return {each.name: hashlib.sha256(each.read_bytes()).hexdigest() for each in found}


def _of_csv(path: Path) -> Rows:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    weak = np.array([float(row["weak_correct"]) for row in rows])
    strong = np.array([float(row["strong_correct"]) for row in rows])
    groups = [row.get("subject", path.name) for row in rows]
    return _rows([row["prompt"] for row in rows], groups, weak, strong)


def _rows(prompts: list[str], groups: list[str], weak: np.ndarray, strong: np.ndarray) -> Rows:
    table = np.array([features(each) for each in prompts], np.float32)
    return Rows(prompts, np.array(groups), strong - weak, weak, table)
