"""Everything that is known of a policy without building it: what `epolc check` says."""

from __future__ import annotations

import datetime
import time
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from epol.compiler import waivers
from epol.compiler.analysing import Known
from epol.compiler.analysis import Analysis, analyse
from epol.compiler.parallel import together
from epol.compiler.pipeline import Compiled, compile_policy, in_order
from epol.compiler.proving import ProvedClaim, claim_diagnostics, prove_claims
from epol.compiler.resolve.loader import shown_name
from epol.compiler.testing import FAILED, NOT_RUN, Outcome, run_test
from epol.compiler.waivers import apply_waivers
from epol.lang.diagnostics import Diagnostic, Severity, define
from epol.lang.model import Policy

TEST_FAILED = define(
    "test-failed",
    "a test's expectation is not met",
    "A test runs its request and compares the decision with what it expects. The message says "
    "what happened instead; `epolc decide --explain` tells why.",
    bad='rule r { deny }\ntest "t" { expect route ward }',
    good='rule r { deny }\ntest "t" { expect blocked }',
)
TEST_NOT_RUN = define(
    "test-not-run",
    "a test could not be run, and so has not passed",
    "A test that comes after the time that `--budget` allows, or whose text asks for more work "
    "than one request may, is not run. That counts as an error, never as passed.",
    bad="label staff.badge\ndetector badge -> staff.badge { match /E[0-9]/ }\n"
    'rule r { redact staff }\ntest "t" { text "' + "E1 " * 20_001 + '" expect redact staff.badge }',
    good="label staff.badge\ndetector badge -> staff.badge { match /E[0-9]/ }\n"
    'rule r { redact staff }\ntest "t" { text "E1 E2" expect redact staff.badge }',
)


@dataclass(frozen=True)
class ClaimOutcome:
    """What is known of a claim, and how long it took (milliseconds)."""

    name: str
    file: str
    outcome: str
    milliseconds: float


@dataclass(frozen=True)
class Examination:
    """All that `check` found out about one file."""

    path: str
    compiles: bool
    files: frozenset[Path]
    diagnostics: tuple[Diagnostic, ...]
    claims: tuple[ClaimOutcome, ...]
    tests: tuple[Outcome, ...]
    analyses: tuple[Analysis, ...] = ()

    def count(self, severity: Severity) -> int:
        """How many diagnostics have a severity."""
        return sum(d.severity == severity for d in self.diagnostics)


def examine(
    path: Path,
    *,
    budget: float | None = None,
    today: datetime.date | None = None,
    jobs: int = 1,
) -> Examination:
    """Check one file, in up to `jobs` processes.  `budget` bounds tests and analyses, in seconds.

    Raises `UnreadableError` if the file cannot be read.
    """
    deadline = None if budget is None else time.monotonic() + budget
    return judge(compile_policy(path), deadline, today, jobs=jobs)


def judge(
    compiled: Compiled,
    deadline: float | None = None,
    today: datetime.date | None = None,
    *,
    models: bool = True,
    findings: bool = True,
    jobs: int = 1,
    known: Known | None = None,
) -> Examination:
    """Run the tests and analyses of a build; `deadline` is in monotonic seconds.

    With `models`, tests run model detectors where they can be run.  Without `findings` only
    tests and claims are looked at.  `known` is where findings are looked for (None: anew).
    """
    diagnostics = list(compiled.diagnostics)
    outcomes: tuple[Outcome, ...] = ()
    claims: tuple[ClaimOutcome, ...] = ()
    analyses: tuple[Analysis, ...] = ()
    if compiled.policy is not None:
        outcomes = run_tests(compiled.policy, deadline, models=models)
        diagnostics += [d for outcome in outcomes for d in _test_diagnostics(outcome)]
        known = (known or Known(compiled, deadline)) if findings else None
        analyses, proved = _solved(compiled, known, deadline, jobs)
        diagnostics += [d for analysis in analyses for d in analysis.diagnostics]
        policy = compiled.policy if known is None else known.policy
        diagnostics += claim_diagnostics(policy, proved, known)
        claims = tuple(
            ClaimOutcome(p.claim.name, p.claim.span.source.name, p.outcome, p.milliseconds)
            for p in proved
        )
    diagnostics = apply_waivers(compiled, diagnostics, today or waivers.today())
    files = frozenset(file.path.resolve() for file in compiled.unit.files)
    return Examination(
        shown_name(compiled.unit.root.path),
        compiled.policy is not None,
        files,
        in_order(diagnostics),
        claims,
        outcomes,
        analyses,
    )


def _solved(
    compiled: Compiled, known: Known | None, deadline: float | None, jobs: int
) -> tuple[tuple[Analysis, ...], tuple[ProvedClaim, ...]]:
    """Findings and claims.  Findings are made here: waivers know the sources they speak of."""
    assert compiled.policy is not None
    claims = compiled.policy.claims
    if known is None or jobs == 1 or not claims:
        proved = prove_claims(compiled, deadline, known=known)
        return tuple(analyse(known)) if known is not None else (), proved
    analyses: list[Analysis] = []
    shares = [claims[start :: jobs - 1] for start in range(min(jobs - 1, len(claims)))]
    asked = [partial(prove_claims, compiled, deadline, share) for share in shares]
    _, *results = together([partial(_kept, known, analyses), *asked], jobs)
    by_name = {each.claim.name: each for result in results for each in result}
    own = (replace(by_name[claim.name], claim=claim) for claim in claims)
    return tuple(analyses), tuple(own)


def _kept(known: Known, analyses: list[Analysis]) -> tuple[ProvedClaim, ...]:
    """Make the findings, and keep them in this process."""
    analyses += analyse(known)
    return ()


def run_tests(
    policy: Policy, deadline: float | None = None, *, models: bool = True
) -> tuple[Outcome, ...]:
    """Run a policy's tests; those after the deadline (monotonic seconds) are not run."""
    outcomes: list[Outcome] = []
    for test in policy.tests:
        if deadline is not None and time.monotonic() > deadline:
            outcomes.append(Outcome(test, NOT_RUN, reason="the budget is used up"))
        else:
            outcomes.append(run_test(policy, test, models=models))
    return tuple(outcomes)


def _test_diagnostics(outcome: Outcome) -> list[Diagnostic]:
    title = outcome.test.title
    if outcome.status == NOT_RUN:
        return [TEST_NOT_RUN.at(outcome.test.span, f"“{title}” was not run: {outcome.reason}")]
    if outcome.status == FAILED:
        return [
            TEST_FAILED.at(problem.span, f"in “{title}”: {problem.message}")
            for problem in outcome.problems
        ]
    return []
