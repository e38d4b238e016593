"""The formula beside the reference evaluator, on one policy."""

from dataclasses import dataclass, field

from epol.compiler.smt.evaluate import Evaluator
from epol.compiler.smt.formula import Formula
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Terms
from epol.lang.decision import Decision
from epol.lang.model import Policy
from epol.lang.request import Request
from epol.lang.semantics import decide


@dataclass
class Formulas:
    """The formulas of a policy, one for each flow and producing target, made once."""

    policy: Policy
    _evaluators: dict[tuple[str, str | None], Evaluator] = field(
        default_factory=dict[tuple[str, str | None], Evaluator]
    )

    def decide(self, request: Request) -> Decision:
        """The decision that the formula says."""
        key = request.flow, request.target
        if key not in self._evaluators:
            symbols = Symbols(Terms(), [self.policy])
            self._evaluators[key] = Evaluator(Formula(self.policy, symbols, *key))
        return self._evaluators[key].decide(request)

    def disagrees(self, request: Request) -> bool:
        """Whether formula and evaluator decide a request differently."""
        return self.decide(request) != decide(self.policy, request)
