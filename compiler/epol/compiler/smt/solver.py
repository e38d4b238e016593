"""Asking Z3 whether something can be, within a budget of time.

The answer is the same on every run, except where the time runs out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import monotonic

from epol.compiler.smt.answers import Answer, Impossible, Possible, Undecided
from epol.compiler.smt.api import FALSE, TRUE, Handle, SolverError, room, z3
from epol.compiler.smt.api import terms as array
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Term, Terms

DEFAULT_BUDGET = 10.0
"""Seconds that one question may take."""

NO_LIMIT = 2**32 - 1
"""Of steps, as Z3 says it."""

_SEED = 7
_STEPS = "rlimit count"
_LONGEST = 2**31 - 1  # milliseconds, as Z3 counts them


@dataclass
class Solver:
    """Questions about the requests that some symbols stand for.

    What was learnt from one question helps with the next.
    """

    symbols: list[Symbols]
    budget: float = DEFAULT_BUDGET
    _asserted: dict[int, int] = field(default_factory=dict[int, int], init=False, repr=False)
    _required: dict[Bool, None] = field(default_factory=dict[Bool, None], init=False, repr=False)
    _proxies: dict[Bool, Bool] = field(default_factory=dict[Bool, Bool], init=False, repr=False)

    def __post_init__(self) -> None:
        self._terms: Terms = self.symbols[0].terms
        self._context = self._terms.context
        # It lives as long as its context does.
        self._solver = z3.Z3_mk_simple_solver(self._context)
        z3.Z3_solver_inc_ref(self._context, self._solver)
        self._set(random_seed=_SEED)

    def _set(self, **values: int) -> None:
        params = z3.Z3_mk_params(self._context)
        z3.Z3_params_inc_ref(self._context, params)
        for name, value in values.items():
            symbol = z3.Z3_mk_string_symbol(self._context, name)
            z3.Z3_params_set_uint(self._context, params, symbol, value)
        z3.Z3_solver_set_params(self._context, self._solver, params)
        z3.Z3_params_dec_ref(self._context, params)

    def _limit(self, seconds: float, steps: int) -> None:
        self._set(timeout=min(max(round(1000 * seconds), 1), _LONGEST), rlimit=steps)

    @property
    def steps(self) -> int:
        """How many steps were taken so far, as Z3 counts them: some million in a second.

        Unlike time, they are the same on every run.
        """
        figures = z3.Z3_solver_get_statistics(self._context, self._solver)
        z3.Z3_stats_inc_ref(self._context, figures)
        size = z3.Z3_stats_size(self._context, figures)
        names = (z3.Z3_stats_get_key(self._context, figures, i) for i in range(size))
        taken = (
            z3.Z3_stats_get_uint_value(self._context, figures, i)
            for i, name in enumerate(names)
            if name == _STEPS
        )
        result = next(taken, 0)
        z3.Z3_stats_dec_ref(self._context, figures)
        return result

    def require(self, *facts: Bool) -> None:
        """Speak only of requests for which something holds, from now on."""
        for fact in facts:
            if fact not in self._required:
                self._required[fact] = None
                z3.Z3_solver_assert(self._context, self._solver, fact.handle)

    def turn_to(self, symbols: Symbols) -> None:
        """Speak of the requests of another policy; what always holds of the others still does."""
        self.symbols = [symbols]
        self._asserted.clear()

    def ask(
        self,
        *conditions: Bool,
        budget: float | None = None,
        values: bool = True,
        steps: int = NO_LIMIT,
    ) -> Answer:
        """Whether some request meets all conditions, if that is found within so many `steps`.

        Reading the `values` takes about as long as finding them.
        """
        if self._terms.false in conditions:
            return Impossible((self._terms.false,))
        self._require_ranges()
        literals = {self._proxy(each): each for each in conditions if each.constant is None}
        self._limit(self.budget if budget is None else budget, steps)
        handles = array([literal.handle for literal in literals])
        started = monotonic()
        try:
            found = z3.Z3_solver_check_assumptions(
                self._context, self._solver, len(literals), handles
            )
        except SolverError as error:
            return Undecided(f"the solver failed: {error}")
        if found == TRUE:
            return Possible(self._values() if values else {})
        if found == FALSE:
            return Impossible(tuple(literals[each] for each in self._core(literals)))
        reason = z3.Z3_solver_get_reason_unknown(self._context, self._solver)
        return Undecided(f"the solver stopped after {monotonic() - started:.1f} s ({reason})")

    def _require_ranges(self) -> None:
        """What always holds of the symbols that were made since the last question."""
        for index, symbols in enumerate(self.symbols):
            self.require(*symbols.constraints[self._asserted.get(index, 0) :])
            self._asserted[index] = len(symbols.constraints)

    def _proxy(self, condition: Bool) -> Bool:
        """A name for a condition: Z3 assumes names only, and keeps what it learns of them."""
        if condition not in self._proxies:
            name = self._terms.boolean(f"assumed {len(self._proxies)}")
            self.require(self._terms.implies(name, condition))
            self._proxies[condition] = name
        return self._proxies[condition]

    def _core(self, literals: Mapping[Bool, Bool]) -> list[Bool]:
        """The assumptions that Z3 used."""
        vector = z3.Z3_solver_get_unsat_core(self._context, self._solver)
        z3.Z3_ast_vector_inc_ref(self._context, vector)
        size = z3.Z3_ast_vector_size(self._context, vector)
        ids = {self._id(z3.Z3_ast_vector_get(self._context, vector, i)) for i in range(size)}
        z3.Z3_ast_vector_dec_ref(self._context, vector)
        return [literal for literal in literals if self._id(literal.handle) in ids]

    def _id(self, term: Handle) -> int:
        return z3.Z3_get_ast_id(self._context, term)

    def _values(self) -> dict[Term, bool | int]:
        """The values of all symbols in the model that was found."""
        model = z3.Z3_solver_get_model(self._context, self._solver)
        z3.Z3_model_inc_ref(self._context, model)
        every = dict.fromkeys(term for each in self.symbols for term in each.all_terms())
        values = {term: self._value(model, term) for term in every}
        z3.Z3_model_dec_ref(self._context, model)
        return values

    def _value(self, model: Handle, term: Term) -> bool | int:
        result = room()
        z3.Z3_model_eval(self._context, model, term.handle, True, result)
        return self._terms.read(term, result[0])
