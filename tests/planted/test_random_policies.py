"""The same comparison on random policies; EPOL_FUZZ=N looks at N fiftieths of them, all new."""

from pathlib import Path
from random import SystemRandom

import pytest

from tests.compiler.building import build
from tests.fuzz.corpus import FUZZING, TOTAL
from tests.planted.comparing import disagreements
from tests.planted.judged import judged
from tests.planted.lanes import TooManyError
from tests.planted.random_detectors import random_detectors, short_texts
from tests.planted.random_policies import random_policy

CHUNKS = 10
POLICIES = max(TOTAL // 50 // CHUNKS, 1)
MOST = 1500
"""Requests of one policy."""

SHOWN = (584, 5007)
"""Seeds of policies on which checker and judge once disagreed."""
DETECTORS_SHOWN = (41, 116, 129, 335838020406, 504502484622)
"""The same of detectors."""


def seeds(chunk: int) -> range:
    """The seeds of a part; new ones each time, when fuzzing."""
    first = SystemRandom().randrange(2**40) if FUZZING else chunk * 1000
    return range(first, first + POLICIES)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_policies_are_judged_alike(chunk: int, tmp_path: Path) -> None:
    compared = sum(check(seed, tmp_path) for seed in seeds(chunk))
    assert compared >= POLICIES // 2


@pytest.mark.parametrize("seed", SHOWN)
def test_policies_that_showed_a_difference_are_judged_alike(seed: int, tmp_path: Path) -> None:
    assert check(seed, tmp_path)


def check(seed: int, folder: Path) -> bool:
    """Whether the policy of a seed is small enough; if so, it is compared."""
    text = random_policy(seed)
    it = judged(build(folder, text), most=MOST)
    try:
        wrong = disagreements(it, folder, text)
    except TooManyError:
        return False
    assert wrong == [], f"seed {seed}\n{text}"
    return True


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_random_detectors_are_judged_alike(chunk: int, tmp_path: Path) -> None:
    for seed in seeds(chunk):
        check_detectors(seed, tmp_path)


@pytest.mark.parametrize("seed", DETECTORS_SHOWN)
def test_detectors_that_showed_a_difference_are_judged_alike(seed: int, tmp_path: Path) -> None:
    check_detectors(seed, tmp_path)


def check_detectors(seed: int, folder: Path) -> None:
    """Compare the detectors of a seed."""
    text = random_detectors(seed)
    it = judged(build(folder, text), texts=short_texts())
    assert disagreements(it, folder, text) == [], f"seed {seed}\n{text}"
