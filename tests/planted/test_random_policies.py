"""The same comparison on random policies; EPOL_FUZZ=N looks at N hundredths of them, all new."""

from pathlib import Path
from random import SystemRandom

import pytest

from tests.compiler.building import build
from tests.fuzz.corpus import FUZZING, TOTAL
from tests.planted.comparing import disagreements
from tests.planted.judged import judged
from tests.planted.lanes import TooManyError
from tests.planted.random_policies import random_policy

CHUNKS = 10
POLICIES = TOTAL // 50 // CHUNKS
MOST = 1500
"""Requests of one policy."""


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_the_checker_finds_what_is_there_and_nothing_else(chunk: int, tmp_path: Path) -> None:
    first = SystemRandom().randrange(2**40) if FUZZING else chunk * 1000
    compared = sum(check(seed, tmp_path) for seed in range(first, first + POLICIES))
    assert compared >= POLICIES * 3 // 4


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
