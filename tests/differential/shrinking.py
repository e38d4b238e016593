"""The smallest policy and request on which two meanings still disagree."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeVar

from epol.lang.model import Policy
from epol.lang.request import Request
from tests.differential.policies import compiled

Disagrees = Callable[[Policy, Request], bool]
T = TypeVar("T")


def shrunk(text: str, request: Request, disagrees: Disagrees) -> tuple[str, Request]:
    """Drops facts of the request, then lines of the policy, while they still disagree."""
    before = compiled(text)
    assert before is not None
    request = _smallest(request, _without_a_fact, lambda each: disagrees(before, each))
    text = _smallest(text, _without_a_line, lambda each: _shows(each, request, disagrees))
    return text, request


def _smallest(start: T, smaller: Callable[[T], Iterator[T]], shows: Callable[[T], bool]) -> T:
    found: T | None = start
    while found is not None:
        start = found
        found = next((each for each in smaller(start) if shows(each)), None)
    return start


def _shows(text: str, request: Request, disagrees: Disagrees) -> bool:
    policy = compiled(text)
    if policy is None or not request.labels.keys() <= policy.labels.keys():
        return False
    known = request.target is None or policy.has_target(request.target)
    fits = request.inputs.keys() <= policy.inputs.keys()
    return known and fits and disagrees(policy, request)


def _without_a_line(text: str) -> Iterator[str]:
    lines = text.splitlines()
    for index in range(len(lines) - 1, 0, -1):
        yield "\n".join(lines[:index] + lines[index + 1 :])


def _without_a_fact(request: Request) -> Iterator[Request]:
    for name in request.inputs:
        rest = {n: value for n, value in request.inputs.items() if n != name}
        yield replace(request, inputs=rest)
    for name in request.labels:
        yield replace(request, labels={n: c for n, c in request.labels.items() if n != name})
