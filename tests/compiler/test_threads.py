"""Reading and deciding in many threads at once gives what it gives in one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from epol.compiler.pipeline import compile_policy
from epol.lang.decision import Decision
from epol.lang.request import read_request
from epol.lang.semantics import decide
from tests.compiler.cli.running import CLOUDY, HEAD, WARD, write

POLICY = (
    HEAD
    + WARD
    + CLOUDY
    + """label phi.mrn
rule hidden { when found phi and target.at == cloud tokenize phi }
rule half { when task.complexity > 0.5 and target.at == cloud prefer 2 }
"""
)


def test_policies_are_read_side_by_side(tmp_path: Path) -> None:
    path = write(tmp_path, POLICY)
    with ThreadPoolExecutor(8) as pool:
        builds = list(pool.map(compile_policy, [path] * 24))
    assert all(not build.diagnostics and build.policy is not None for build in builds)
    assert len({build.unit.digest() for build in builds}) == 1


def test_one_policy_decides_in_many_threads(tmp_path: Path) -> None:
    policy = compile_policy(write(tmp_path, POLICY)).policy
    assert policy is not None
    requests = [
        read_request(
            {"attributes": {"task.complexity": i / 100}, "labels": {"phi.mrn": i % 2}}, policy
        )
        for i in range(100)
    ]

    def run(i: int) -> Decision:
        return decide(policy, requests[i])

    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(run, range(100)))
    assert together == [run(i) for i in range(100)]
