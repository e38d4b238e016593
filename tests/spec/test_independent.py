"""The reference evaluator agrees with decisions that were computed independently.

EPOL_DECISIONS names another file of the same form to compare with.
"""

from __future__ import annotations

import gzip
import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from epol.compiler.pipeline import compile_policy
from epol.lang.decision import to_json
from epol.lang.request import read_request
from epol.lang.semantics import decide

COMMITTED = Path(__file__).parents[1] / "golden" / "decisions" / "decisions.jsonl.gz"
DATA = Path(os.environ.get("EPOL_DECISIONS", COMMITTED))


def entries() -> list[dict[str, Any]]:
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        return [json.loads(line, parse_float=Decimal) for line in lines]


def comparable(decision: dict[str, Any]) -> dict[str, Any]:
    """What is compared: reasons without their words, scores to a millionth."""
    targets = {
        name: {**target, "score": round(Decimal(target["score"]), 6)}
        for name, target in decision["targets"].items()
    }
    return {
        **{key: decision[key] for key in ("status", "target", "order")},
        "targets": targets,
        "reasons": sorted((reason["rule"], reason["target"]) for reason in decision["reasons"]),
    }


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry["name"])
def test_every_decision_agrees(tmp_path: Path, entry: dict[str, Any]) -> None:
    path = tmp_path / "policy.epol"
    path.write_text(entry["policy"], encoding="utf-8")
    policy = compile_policy(path).policy
    assert policy is not None
    for case in entry["cases"]:
        decision = to_json(decide(policy, read_request(case["request"], policy)), policy)
        assert comparable(decision) == comparable(case["decision"])


def test_the_committed_decisions_are_all_there() -> None:
    with gzip.open(COMMITTED, "rt", encoding="utf-8") as lines:
        assert sum(len(json.loads(line)["cases"]) for line in lines) == 960
