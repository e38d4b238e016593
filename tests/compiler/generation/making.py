"""What the tests of generation share: tests made for a policy, and what they cover."""

from dataclasses import dataclass

from epol.compiler.coverage import Coverage, cover
from epol.compiler.generation.making import make_tests
from epol.compiler.generation.reading import Reading
from epol.compiler.pipeline import Compiled
from epol.compiler.testing import PASSED, Outcome, run_test


@dataclass(frozen=True)
class MadeTests:
    """Blocks with what becomes of them, and the coverage with and without them."""

    blocks: list[str]
    outcomes: list[Outcome]
    measured: Coverage

    @property
    def titles(self) -> list[str]:
        """What the tests are called."""
        return [outcome.test.title for outcome in self.outcomes]


def made(built: Compiled, deadline: float | None = None) -> MadeTests:
    """Tests for all that can be seen of a policy, standard modules included."""
    assert built.policy is not None
    coverage = cover(built.policy, ())
    blocks = make_tests(coverage, deadline)
    tests = Reading(built).read("\n".join(blocks))
    outcomes = [run_test(built.policy, test) for test in tests]
    assert [each.problems for each in outcomes if each.status != PASSED] == []
    measured = cover(built.policy, outcomes)
    measured.learn(coverage)
    return MadeTests(blocks, outcomes, measured)
