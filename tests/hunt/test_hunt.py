"""The leak hunt: secrets in every place and disguise, all treatments; none comes out."""

from __future__ import annotations

import os
from random import Random

import pytest

from epol.engine import Engine
from tests.hunt.hunting import CLOUD, bundle, case, hunt, hunt_answer, hunt_stream

CASES = max(400, int(os.environ.get("EPOL_FUZZ") or 0))
ROUNDS = 10


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(bundle())


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_request_leaks(engine: Engine, seed: int) -> None:
    random = Random(f"request {seed} {os.environ.get('EPOL_FUZZ', '')}")
    for number in range(CASES // ROUNDS):
        done = hunt(engine, case(random))
        assert done.bodies == len(CLOUD), (number, done.outputs)
        assert not done.leaked(), (number, done.body, done.outputs)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_answer_leaks(engine: Engine, seed: int) -> None:
    random = Random(f"answer {seed} {os.environ.get('EPOL_FUZZ', '')}")
    for number in range(CASES // ROUNDS):
        done = hunt_answer(engine, random)
        assert done.bodies == 1, (number, done.outputs)
        assert not done.leaked(), (number, done.body, done.outputs)


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_stream_leaks(engine: Engine, seed: int) -> None:
    random = Random(f"stream {seed} {os.environ.get('EPOL_FUZZ', '')}")
    for number in range(CASES // ROUNDS):
        done = hunt_stream(engine, random)
        assert done.bodies == 1, (number, done.outputs)
        assert not done.leaked(), (number, done.body, done.outputs)
