"""Work in several processes: the results of one, in its order, whatever becomes of a process."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from epol.compiler.examine import examine
from epol.compiler.parallel import together
from tests.compiler.building import HEAD, WARD


def where(number: int) -> tuple[int, int]:
    """A number, and the process that gives it."""
    return number, os.getpid()


def lost(parent: int) -> str:
    """Ends the process, but that which asked."""
    if os.getpid() != parent:
        os._exit(3)
    return "done here"


def failing() -> int:
    """Raises, wherever it is done."""
    raise ValueError("no")


@pytest.mark.parametrize("jobs", [1, 2, 3, 9])
def test_results_have_the_order_of_the_tasks(jobs: int) -> None:
    found = together([partial(where, number) for number in range(5)], jobs)
    assert [number for number, _ in found] == [0, 1, 2, 3, 4]
    assert len({process for _, process in found}) == min(jobs, 5)
    assert found[0][1] == os.getpid()


def test_a_process_that_ends_is_made_up_for() -> None:
    tasks = [partial(lost, os.getpid())] * 3
    assert together(tasks, 2) == ["done here"] * 3


def test_an_error_is_that_of_the_task() -> None:
    tasks: list[Callable[[], int]] = [partial(int, 1), failing]
    with pytest.raises(ValueError, match="no"):
        together(tasks, 2)


CLAIMS = """target cloudy { at cloud context 8k }
attr a.x : bool default false
# epol: allow rule-never-fires until 2099-01-31 because "kept"
rule idle { when a.x and not a.x deny }
prove one { never a.x and target.at == cloud }
prove two { served when not a.x }
prove three { always target.at in { local, cloud } }
"""


def test_jobs_change_nothing_that_is_said(tmp_path: Path) -> None:
    path = tmp_path / "policy.epol"
    path.write_text(HEAD + WARD + CLAIMS, encoding="utf-8")
    one, three = examine(path), examine(path, jobs=3)
    shown = [[(d.name, d.message, d.witness) for d in each.diagnostics] for each in (one, three)]
    assert shown[0] == shown[1]
    assert "rule-never-fires" not in [name for name, _, _ in shown[1]]
    outcomes = [[(c.name, c.outcome) for c in each.claims] for each in (one, three)]
    assert outcomes[0] == outcomes[1]
    assert [name for name, _ in outcomes[1]] == ["one", "two", "three"]
