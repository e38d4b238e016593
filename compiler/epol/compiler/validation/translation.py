"""Whether a written program decides every request as its policy says."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version

from epol.compiler.outcomes import TooManyOutcomesError
from epol.compiler.smt.answers import Impossible, Possible
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.solver import Solver
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.witness import request_of
from epol.compiler.validation.alike import representatives
from epol.compiler.validation.canonical import CanonicalTerms
from epol.compiler.validation.differences import Comparison, Difference
from epol.compiler.validation.features import Features
from epol.compiler.validation.nodes import Meanings
from epol.compiler.validation.refusal import RefusedError
from epol.compiler.validation.tables import check_tables
from epol.engine.bundle.program import Program
from epol.engine.bundle.program_codec import decode_program
from epol.lang.builtins import FLOWS
from epol.lang.model import Policy
from epol.lang.request import Request

BUDGET = 60.0
"""Seconds that the solver may take for one program."""

_AT_ONCE = 64
"""Differences that one question asks for."""


@dataclass(frozen=True)
class Translation:
    """What was proved: `outputs` were compared, of which `asked` needed the solver."""

    outputs: int
    asked: int
    solver: str

    def __str__(self) -> str:
        """The result as a bundle's record has it."""
        return f"proved: {self.outputs} outputs"


def validate(data: bytes | memoryview, policy: Policy, budget: float = BUDGET) -> Translation:
    """Prove that the program that bytes denote decides as a policy does, on every request.

    Raises `RefusedError` if it does not, or if the solver cannot tell in `budget` seconds, and
    `BundleError` if the bytes are no program.
    """
    return validate_program(decode_program(data), policy, budget)


def validate_program(program: Program, policy: Policy, budget: float = BUDGET) -> Translation:
    """As `validate`, for a program that was read."""
    check_tables(program, policy)
    try:
        labels = representatives(program, policy)
        flows = [_Flow(program, policy, flow, labels) for flow in FLOWS]
        return _proved(flows, budget)
    except TooManyOutcomesError as error:
        raise RefusedError(f"it cannot be proved: {error}") from None


class DiffersError(RefusedError):
    """A program decides a request otherwise than its policy; `request` is one."""

    def __init__(self, message: str, request: Request) -> None:
        super().__init__(message)
        self.request = request


class _Flow:
    """One flow, with terms of its own: what one flow says is of no use to another."""

    def __init__(self, program: Program, policy: Policy, name: str, labels: frozenset[str]) -> None:
        self.name, self.terms = name, CanonicalTerms()
        self.symbols = Symbols(self.terms, [policy])
        features = Features(program, self.symbols, self.terms)
        flow = getattr(program, name)
        self.meanings = Meanings(name, flow, len(program.targets), features, self.terms)
        comparison = Comparison(program, flow.outputs, self.meanings, features, labels)
        self.differences = list(self._differences(policy, comparison))

    def _differences(self, policy: Policy, comparison: Comparison) -> Iterator[Difference]:
        places = range(len(policy.targets))
        if self.name == "request":
            formula = Formula(policy, self.symbols)
            if places:
                yield from comparison.of(dict.fromkeys(places, formula))
            return
        for place in places:
            target = policy.targets[place].name
            yield from comparison.of({place: Formula(policy, self.symbols, self.name, target)})


def _proved(flows: list[_Flow], budget: float) -> Translation:
    deadline = time.monotonic() + budget
    asked = 0
    for flow in flows:
        open_ = [each for each in flow.differences if each.when.constant is not False]
        asked += len(open_)
        if open_:
            _ask(flow, open_, deadline)
    outputs = sum(len(flow.differences) for flow in flows)
    return Translation(outputs, asked, f"z3 {version('z3-solver')}")


def _ask(flow: _Flow, differences: list[Difference], deadline: float) -> None:
    """Raises `RefusedError` unless no request shows any of some differences."""
    solver = Solver([flow.symbols])
    solver.require(*flow.meanings.constraints)
    for start in range(0, len(differences), _AT_ONCE):
        some = differences[start : start + _AT_ONCE]
        answer = solver.ask(
            flow.terms.any(each.when for each in some), budget=_left(deadline), values=False
        )
        if not isinstance(answer, Impossible):
            for each in some:
                _ask_one(flow, solver, each, deadline)


def _ask_one(flow: _Flow, solver: Solver, difference: Difference, deadline: float) -> None:
    answer = solver.ask(difference.when, budget=_left(deadline))
    what = f"{difference.what} on {difference.target} in the flow {flow.name}"
    if isinstance(answer, Possible):
        target = None if flow.name == "request" else difference.target
        request = request_of(flow.symbols, answer.values, flow.name, target)
        raise DiffersError(f"{what} is not what the policy says", request)
    if not isinstance(answer, Impossible):
        raise RefusedError(f"whether {what} is what the policy says is not known: {answer.reason}")


def _left(deadline: float) -> float:
    return max(deadline - time.monotonic(), 0.001)
