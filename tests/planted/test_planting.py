"""The faults are there, the cures cure, and who says so decides as the reference evaluator."""

from collections import Counter
from pathlib import Path
from random import Random

import pytest

from epol.lang.builtins import FLOWS
from epol.lang.decision import Decision
from epol.lang.semantics import decide
from tests.compiler.building import build
from tests.planted.cases import FAMILIES, Case, cases
from tests.planted.judge import NAMES, findings
from tests.planted.judged import Judged, judged
from tests.planted.lanes import outcome, request_views

NAMED = [pytest.param(case, id=case.name) for case in cases()]


def judge_of(folder: Path, text: str, case: Case) -> Judged:
    """All that is needed to judge one of a case's policies."""
    return judged(build(folder, text), case.domains, case.texts)


@pytest.mark.parametrize("case", NAMED)
def test_the_fault_is_there_and_the_cure_leaves_no_finding(case: Case, tmp_path: Path) -> None:
    assert case.planted <= findings(judge_of(tmp_path, case.faulty, case))
    assert findings(judge_of(tmp_path, case.clean, case)) == frozenset()


def test_there_are_three_kinds_of_every_fault_and_enough_of_all() -> None:
    kinds = Counter(family.finding for family in FAMILIES)
    assert kinds.keys() == NAMES
    assert min(kinds.values()) >= 3
    assert len({case.faulty for case in cases()}) == len(cases()) >= 120
    assert sum(len(case.planted) == 2 for case in cases()) >= 20


@pytest.mark.parametrize("case", NAMED[::5])
def test_the_judge_decides_as_the_reference_evaluator(case: Case, tmp_path: Path) -> None:
    it = judge_of(tmp_path, case.faulty, case)
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
