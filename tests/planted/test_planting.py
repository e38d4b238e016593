"""There are enough planted faults, and their judge decides as the reference evaluator."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from epol.lang.builtins import FLOWS
from epol.lang.decision import Decision
from epol.lang.semantics import decide
from tests.compiler.building import build
from tests.planted.cases import FAMILIES, Case, cases
from tests.planted.judge import NAMES
from tests.planted.judged import judged
from tests.planted.lanes import outcome, request_views


def test_there_are_three_kinds_of_every_fault_and_enough_of_all() -> None:
    kinds = Counter(family.finding for family in FAMILIES)
    assert kinds.keys() == NAMES
    assert min(kinds.values()) >= 3
    assert len({case.faulty for case in cases()}) == len(cases()) >= 120
    assert sum(len(case.planted) == 2 for case in cases()) >= 20


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in cases()[::9]])
def test_the_judge_decides_as_the_reference_evaluator(case: Case, tmp_path: Path) -> None:
    it = judged(build(tmp_path, case.faulty), case.domains)
    points = list(it.lanes.points())
    for point in Random(0).sample(points, min(10, len(points))):
        for flow in FLOWS:
            producer = None if flow == "request" else it.policy.targets[-1].name
            request = it.lanes.request(point, flow, producer)
            assert outcome(request_views(it.policy, request)) == shown(decide(it.policy, request))


def shown(decision: Decision) -> tuple[object, ...]:
    """What is compared of a decision."""
    targets = [decision.targets[name] for name in decision.order]
    effects = [
        (
            target.hold,
            tuple(sorted(target.treatments.items(), key=lambda item: item[0])),
            tuple(sorted(target.caps.items())),
            None if target.tools is None else frozenset(target.tools),
        )
        for target in targets
    ]
    return decision.status, tuple(zip(decision.order, effects, strict=True))
