"""Does a conversation flap?  Simulated over traces of a network, made and recorded, and counted.

Round trips, one a second, go through the estimators of the engine's own signals; each second the
reference evaluator decides a turn of one conversation, which knows where the last turn went.
docs/routing.md shows the counts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from epol.compiler.pipeline import compile_policy
from epol.engine.signals.estimators import Jitter, Smoothed
from epol.lang.model import Policy
from epol.lang.request import read_request
from epol.lang.semantics import decide
from tests.docs.blocks import ROOT

SECONDS = 600
POLICY = """policy turns version "1"

import std.routing.latency
import std.routing.offline
import std.routing.hysteresis with {{ routing.stay_points = {stay} }}

target cloudy {{ at cloud context 128k }}
target laptop {{ at local context 128k }}

rule better {{ when target.at == cloud prefer 5 }}
"""
STAYS = (0, 20, 60)


def level(chance: Random, second: int) -> float:
    """Half a second and some noise: the cloud is as good as the laptop."""
    return chance.gauss(500, 40)


def swing(chance: Random, second: int) -> float:
    """Between 0.1 and 0.9 seconds and back in 100 seconds, as a link fills and empties."""
    return 500 + 400 * math.sin(second * math.tau / 100) + chance.gauss(0, 10)


class Bursts:
    """A line of two states, good and bad, that it leaves by chance (Gilbert, 1960): a train."""

    def __init__(self) -> None:
        self._is_bad = False

    def __call__(self, chance: Random, second: int) -> float:
        """The next round trip."""
        if chance.random() < (0.1 if self._is_bad else 0.03):
            self._is_bad = not self._is_bad
        return max(chance.gauss(300, 200), 20) if self._is_bad else chance.gauss(60, 10)


def recorded() -> Callable[[Random, int], float]:
    """What was measured; see the head of the file."""
    lines = (Path(__file__).parent / "traces" / "connects.txt").read_text(encoding="utf-8")
    measured = [float(line) for line in lines.splitlines() if not line.startswith("#")]
    return lambda _chance, second: measured[second]


TRACES: dict[str, Callable[[], Callable[[Random, int], float]]] = {
    "level": lambda: level,
    "swing": lambda: swing,
    "bursts": Bursts,
    "connects": recorded,
}


def readings(name: str) -> Iterator[tuple[float, float]]:
    """Smoothed round trip and jitter of a trace, in milliseconds, for each second."""
    chance, trace, rtt, jitter = Random(7), TRACES[name](), Smoothed(), Jitter()
    for second in range(SECONDS):
        measured = trace(chance, second)
        rtt.add(measured)
        jitter.add(measured)
        assert rtt.value is not None
        yield rtt.value, jitter.value or 0.0


@cache
def policy(stay: int, folder: Path) -> Policy:
    """The policy with so many points for staying."""
    path = folder / f"stay{stay}.epol"
    path.write_text(POLICY.format(stay=stay), encoding="utf-8")
    found = compile_policy(path).policy
    assert found is not None
    return found


def turns(name: str, stay: int, folder: Path) -> list[tuple[str, float]]:
    """Where each turn goes, and by how many points the cloud is ahead without those for staying."""
    found: list[tuple[str, float]] = []
    for turn, (rtt, jitter) in enumerate(readings(name)):
        facts: dict[str, object] = {
            "net.online": True,
            "net.loss": 0,
            "net.rtt": f"{round(rtt * 1000)}us",
            "net.jitter": f"{round(jitter * 1000)}us",
            "session.turns": turn,
            "session.target": found[-1][0] if found else "",
        }
        decision = decide(
            policy(stay, folder), read_request({"attributes": facts}, policy(stay, folder))
        )
        ahead = 5 - rtt / 100 - (50 if jitter > 80 else 0)
        assert decision.target is not None
        found.append((decision.target, ahead))
    return found


def moves(found: list[tuple[str, float]]) -> list[float]:
    """How many points the new target was ahead at each move."""
    pairs = pairwise(found)
    return [ahead if now == "cloudy" else -ahead for (was, _), (now, ahead) in pairs if was != now]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("turns")


@pytest.mark.parametrize("name", TRACES)
def test_a_conversation_moves_for_more_points_than_those_for_staying(
    name: str, folder: Path
) -> None:
    counts: list[int] = []
    for stay in STAYS:
        made = moves(turns(name, stay, folder))
        # Round trips are whole microseconds there, which is less than a hundredth of a point.
        assert all(ahead > stay - 0.01 for ahead in made)
        counts.append(len(made))
    assert counts[0] > counts[-1]
    assert counts == sorted(counts, reverse=True)
    page = (ROOT / "docs" / "routing.md").read_text(encoding="utf-8")
    (shown,) = re.findall(rf"^\| `{name}`[^|]*\| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE)
    assert [int(count) for count in shown] == counts
