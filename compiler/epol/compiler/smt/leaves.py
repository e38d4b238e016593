"""What an expression reads."""

from __future__ import annotations

from epol.lang.builtins import COST_INPUTS
from epol.lang.model import (
    Count,
    Expr,
    Found,
    Input,
    Policy,
    Sends,
    TargetCost,
    TargetSignal,
)
from epol.lang.semantics import parts

COUNTS = "counts of labels"
TREATMENTS = "treatments of labels"


class Leaves:
    """By expression: the inputs that it reads, by name, and `COUNTS` and `TREATMENTS`.

    A live signal of the target being decided counts as that of every target.
    """

    def __init__(self, policy: Policy) -> None:
        self._targets = [target.name for target in policy.targets]
        # By identity: the policy holds the expressions as long as this lives.
        self.known: dict[int, frozenset[str]] = {}

    def of(self, expr: Expr) -> frozenset[str]:
        """What an expression and its parts read."""
        found = self.known.get(id(expr))
        if found is None:
            found = self._own(expr).union(*(self.of(part) for part in parts(expr)))
            self.known[id(expr)] = found
        return found

    def _own(self, expr: Expr) -> frozenset[str]:
        match expr:
            case Input(name=name):
                return frozenset([name])
            case TargetSignal(signal=signal):
                return frozenset(f"{target}.{signal}" for target in self._targets)
            case TargetCost():
                return frozenset(COST_INPUTS)
            case Found() | Count():
                return frozenset([COUNTS])
            case Sends():
                return frozenset([COUNTS, TREATMENTS])
            case _:
                return frozenset()
