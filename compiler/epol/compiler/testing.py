"""Running `test` blocks: the real scanner on their text, the reference evaluator on the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from epol.compiler.decided import decided
from epol.compiler.scanning import scanned
from epol.engine.bundle.service import ScanLimitError
from epol.lang.builtins import Treatment
from epol.lang.decision import BLOCK, HOLD, ROUTE, Decision, cap_json, scaled_json
from epol.lang.model import Expectation, Policy, TestInfo
from epol.lang.request import Request, complete
from epol.lang.source import Span

PASSED, FAILED, NOT_RUN = "passed", "failed", "not-run"


@dataclass(frozen=True)
class Problem:
    """An expectation that was not met, and what happened instead."""

    span: Span
    message: str


@dataclass(frozen=True)
class Outcome:
    """What became of one test; `reason` says why one was not run, `request` what was decided."""

    test: TestInfo
    status: str
    problems: tuple[Problem, ...] = ()
    reason: str | None = None
    request: Request | None = None


def run_test(policy: Policy, test: TestInfo, *, models: bool = True) -> Outcome:
    """Run one test, with the model detectors where they can be run."""
    try:
        request = request_of(policy, test, models=models)
    except ScanLimitError as error:
        return Outcome(test, NOT_RUN, reason=str(error))
    problems = tuple(unmet(policy, decided(policy, request), test.expectations))
    return Outcome(test, FAILED if problems else PASSED, problems, request=request)


def unmet(
    policy: Policy, decision: Decision, expectations: Iterable[Expectation]
) -> Iterator[Problem]:
    """What is wrong with a decision, by what is expected of it."""
    for expectation in expectations:
        for message in _unmet(policy, decision, expectation):
            yield Problem(expectation.span, message)


def request_of(policy: Policy, test: TestInfo, *, models: bool = True) -> Request:
    """The request that a test describes, its text scanned.  Raises `ScanLimitError`."""
    request = Request(
        test.flow, test.target, test.inputs, test.labels, test.texts, unknown=test.unknown
    )
    return scanned(complete(request, policy), policy, models=models)


def _unmet(  # noqa: C901 (one case a kind)
    policy: Policy, decision: Decision, expected: Expectation
) -> Iterator[str]:
    """What is wrong with a decision, by one expectation; nothing if it is met."""
    match expected.kind:
        case "route" | "blocked" | "hold":
            yield from _unmet_status(decision, expected)
        case "order":
            if decision.order != expected.names:
                yield f"the order is {', '.join(decision.order) or 'empty'}"
        case "treatment":
            yield from _unmet_treatment(policy, decision, expected)
        case "fired" | "not-fired":
            fired = {rule for target in decision.targets.values() for rule in target.fired}
            for rule in expected.names:
                if (rule in fired) != (expected.kind == "fired"):
                    yield f"`{rule}` {'fired' if rule in fired else 'did not fire'}"
        case "because":
            if expected.value not in [reason.because for reason in decision.reasons]:
                yield "no rule that refused or held a target says so"
        case "score":
            target = decision.targets.get(expected.names[0])
            if target is None:
                yield "the target is not decided"
            elif target.score != expected.value:
                yield f"it is {scaled_json(target.score)}"
        case _:
            yield from _unmet_on_chosen(decision, expected)


def _unmet_status(decision: Decision, expected: Expectation) -> Iterator[str]:
    wanted = {"route": ROUTE, "blocked": BLOCK, "hold": HOLD}[expected.kind]
    if decision.status != wanted or (expected.names and decision.target != expected.names[0]):
        yield {
            ROUTE: f"the request goes to {decision.target}",
            HOLD: f"the request waits for approval to go to {decision.target}",
            BLOCK: "the request is blocked",
        }[decision.status]


def _unmet_treatment(policy: Policy, decision: Decision, expected: Expectation) -> Iterator[str]:
    """On the way to `on` (or the chosen target) every present label below has the treatment."""
    name = expected.on or decision.target
    if name is None or name not in decision.targets:
        yield "no target was chosen"
        return
    below = policy.labels[expected.names[0]].below if expected.names[0] != "any" else policy.labels
    present = [label for label in below if label in decision.labels]
    treatments = decision.targets[name].treatments
    if not present and expected.treatment != Treatment.KEEP:
        yield f"no {expected.names[0]} is found"
    for label in sorted(present):
        got = treatments[label].treatment if label in treatments else Treatment.KEEP
        if got != expected.treatment:
            what = "kept" if got == Treatment.KEEP else f"treated with {got}"
            yield f"{label} is {what} on {name}"


def _unmet_on_chosen(decision: Decision, expected: Expectation) -> Iterator[str]:
    """Tags and caps belong to the chosen target; to any target where none is chosen."""
    chosen = [t for t in decision.targets.values() if decision.target in (t.name, None)]
    if expected.kind == "tag":
        if not any(expected.value in target.tags for target in chosen):
            yield "the decision has no such tag"
        return
    name = expected.names[0]
    values = [target.caps.get(name) for target in chosen]
    if expected.value not in values:
        known = [cap_json(name, value) for value in values if value is not None]
        yield f"the cap is {known[0]}" if known else "there is no such cap"
