"""How much of a large model's lead a router keeps for the calls that it sends there.

I. Ong et al., "RouteLLM: Learning to Route LLMs with Preference Data" (2024): with a share c of the
calls sent to the strong model, those with the highest scores, the performance gap recovered is
PGR(c) = (quality(c) - quality(0)) / (quality(1) - quality(0)), and APGR is its mean over c.
"""

from __future__ import annotations

import numpy as np


def curve(scores: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """PGR after 0, 1, 2 … of the prompts went to the strong model, highest scores first.

    `gains` are the quality of the strong model less that of the weak one.  Prompts of one score
    are in no order: each counts as their mean.
    """
    _, places = np.unique(-scores, return_inverse=True)
    means = np.bincount(places, gains) / np.bincount(places)
    in_order = means[np.sort(places)]
    return np.concatenate([[0.0], np.cumsum(in_order)]) / gains.sum()


def area(scores: np.ndarray, gains: np.ndarray) -> float:
    """APGR: the area under `curve`; 0.5 is a router that draws lots."""
    points = curve(scores, gains)
    return float((points[1:] + points[:-1]).mean() / 2)


def calls(scores: np.ndarray, gains: np.ndarray, recovered: float) -> float:
    """The least share of calls to the strong model that recovers some of the gap (CPT)."""
    points = curve(scores, gains)
    return float(np.argmax(points >= recovered)) / (len(points) - 1)
