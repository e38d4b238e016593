"""The leak hunt: secrets in every place and disguise, all treatments; none comes out."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest

from epol.engine import DecisionLog, Engine
from tests.hunt.checker import leaks
from tests.hunt.hunting import (
    CLOUD,
    Case,
    bundle,
    case,
    hunt,
    hunt_answer,
    hunt_stream,
    logged,
    whole_bundle,
)

CASES = max(400, int(os.environ.get("EPOL_FUZZ") or 0))
ROUNDS = 10


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(bundle())


@pytest.fixture(scope="module")
def whole() -> Engine:
    return Engine.load(whole_bundle())


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


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_no_stream_that_is_held_back_leaks(whole: Engine, seed: int) -> None:
    random = Random(f"whole {seed} {os.environ.get('EPOL_FUZZ', '')}")
    for number in range(CASES // ROUNDS // 4):
        done = hunt_stream(whole, random)
        assert done.bodies == 1, (number, done.outputs)
        assert not done.leaked(), (number, done.body, done.outputs)


def test_no_log_leaks(tmp_path: Path) -> None:
    random, done = Random("log"), list[Case]()
    with DecisionLog(tmp_path, key=bytes(32), fsync="never") as log:
        engine = Engine.load(bundle(), log=log)
        for _ in range(60):
            done += (hunt(engine, case(random)), hunt_answer(engine, random))
            done.append(hunt_stream(engine, random))
    text = logged(tmp_path)
    assert text.count('"flow":"request"') >= 60
    assert text.count('"flow":"response"') >= 60
    assert not leaks([plant for each in done for plant in each.plants], text)
