"""Every request in range of one policy, what is decided on each, and questions about them.

What is asked is first guessed at: a request that shows it is found without the solver for
most of what can be.  The solver is asked for the rest, about all of it at once, so that
proving many things impossible takes one question.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from time import monotonic
from typing import TypeVar

from epol.compiler.places import REQUEST, Place, places
from epol.compiler.smt.answers import Answer, Impossible, Possible, Undecided
from epol.compiler.smt.formula import Earlier, Formula
from epol.compiler.smt.guess import Guesser
from epol.compiler.smt.mattering import mattering
from epol.compiler.smt.memory import Memory, Witness
from epol.compiler.smt.samples import Samples
from epol.compiler.smt.solver import DEFAULT_BUDGET
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Bool, Int, Values
from epol.lang.model import Policy, RuleInfo, Treat

Key = TypeVar("Key")
USED_UP = Undecided("the budget is used up")

_ROUNDS = 3
"""So often it is guessed at what is left; each guess may take another way."""

_PRIMING = (True, True, False)
"""Whether facts without default are given where it is guessed at each rule."""


class Space:
    """The requests of one policy; `deadline` is in monotonic seconds (None: no end).

    With the `memory` of another policy, what was found out about that is not looked for again.
    """

    def __init__(
        self, policy: Policy, deadline: float | None = None, memory: Memory | None = None
    ) -> None:
        self._memory, self._deadline = Memory() if memory is None else memory, deadline
        self.policy, touched = self._memory.recalled(policy)
        self._earlier: Mapping[object, Earlier] = {}
        if touched is not None:
            formulas = self._memory.formulas.items()
            self._earlier = {key: Earlier(formula, touched) for key, formula in formulas}
        self.terms = self._memory.terms
        self.symbols = Symbols(self.terms, [self.policy], any_unknown=False, alike=True)
        self._memory.regroup(self.symbols)
        self._memory.formulas = {}
        self.solver = self._memory.solver_of(self.symbols)
        self._formulas: dict[Place, Formula] = {}
        self._is_primed = False
        self._within: tuple[int, Bool] | None = None
        self._witnesses = Counter[object]()
        self._fires: dict[str, Bool] = {}
        self._bases: dict[bool, tuple[tuple[tuple[int, int], ...], Values]] = {}

    # --- what is decided -------------------------------------------------------------

    @cached_property
    def places(self) -> tuple[Place, ...]:
        """Every place where a rule applies."""
        return tuple(places(self.policy))

    def formula(self, place: Place = REQUEST) -> Formula:
        """What is decided on any request."""
        if place not in self._formulas:
            self._formulas[place] = self._formula(place, self.symbols, place)
        return self._formulas[place]

    def _formula(self, key: object, symbols: Symbols, place: Place = REQUEST) -> Formula:
        earlier = self._earlier.get(key)
        if earlier is not None:
            symbols.like(earlier.formula.symbols)
        made = Formula(self.policy, symbols, *place, earlier=earlier)
        self._memory.formulas[key] = made
        return made

    @cached_property
    def certain(self) -> Formula:
        """What is decided on the flow `request` where everything is known."""
        symbols = self.request(unknown=frozenset())
        return self._formula("certain", symbols)

    def request(
        self, *, apart: frozenset[str] = frozenset(), unknown: frozenset[str] | None = None
    ) -> Symbols:
        """Symbols of another request; see `Symbols`."""
        symbols = Symbols(
            self.terms,
            [self.policy],
            any_unknown=False,
            apart=apart,
            unknown=unknown,
            alike=True,
        )
        self.solver.symbols.append(symbols)
        return symbols

    def rule(self, name: str) -> RuleInfo:
        """The rule of that name as it is encoded, which may be that of an earlier policy."""
        return self._rules[name]

    @cached_property
    def _rules(self) -> Mapping[str, RuleInfo]:
        return {rule.name: rule for rule in self.policy.rules}

    @property
    def edited(self) -> tuple[str, ...]:
        """The rules that an edit touches; none where no earlier policy is known."""
        return self._memory.edited

    def responsible(self, name: str) -> frozenset[str] | None:
        """The fewest rules beside which one changed nothing before an edit, and still does."""
        return self._memory.responsible(self._rules, name)

    def hold_responsible(self, name: str, others: frozenset[str]) -> None:
        """Keep what `responsible` tells."""
        self._memory.hold_responsible(self._rules, name, others)

    # --- questions -------------------------------------------------------------------

    def ask(self, *conditions: Bool, budget: float = DEFAULT_BUDGET) -> Answer:
        """Whether all conditions hold on some request, as far as the time goes."""
        left = budget
        if self._deadline is not None:
            left = min(left, self._deadline - monotonic())
        return self.solver.ask(*conditions, budget=left) if left > 0 else USED_UP

    def find(self, goal: Bool, budget: float = DEFAULT_BUDGET) -> Answer:
        """Whether one thing holds on some request, without guessing."""
        if goal.constant is False or goal in self._memory.impossible:
            return Impossible((goal,))
        shown = self._shown({None: goal}) if self._is_primed else {}
        if shown:
            return Possible(shown[None])
        answer = self.ask(goal, budget=budget)
        if isinstance(answer, Impossible):
            self._memory.impossible.add(goal)
        return answer

    def settle(self, goals: Mapping[Key, Bool]) -> dict[Key, Answer]:
        """For each of several things whether it holds on some request."""
        never = Impossible((self.terms.false,))
        known = self._memory.impossible
        answers: dict[Key, Answer] = {
            k: never for k, g in goals.items() if g.constant is False or g in known
        }
        open_ = {key: goal for key, goal in goals.items() if key not in answers}
        if open_:
            for key, values in self._shown(open_).items():
                answers[key] = Possible(values)
            left = {key: goal for key, goal in open_.items() if key not in answers}
            answers.update(self._decided(left))
            known.update(g for key, g in left.items() if isinstance(answers[key], Impossible))
        return {key: answers[key] for key in goals}

    def kept(self, key: object) -> Witness:
        """What is kept of the next plain witness for something; to be written over."""
        self._witnesses[key] += 1
        return self._memory.witnesses.setdefault((key, self._witnesses[key]), Witness())

    def shows(self, kept: Witness, goal: Bool) -> bool:
        """Whether a request of before an edit, which was in range, shows something now."""
        if kept.values is None:
            return False
        samples, limits = Samples([kept.values], self._base(given=False)), self._limits()
        return bool(samples.holds(goal) and (kept.limits is limits or samples.holds(limits)))

    def keep(self, kept: Witness, values: Values) -> None:
        """Keep a request that was found."""
        kept.values, kept.limits = values, self._limits()

    def samples(self, answers: Iterable[Answer]) -> Samples:
        """The requests that some answers show, and a plain one."""
        shown = [each for each in answers if isinstance(each, Possible)]
        return Samples([self.whole(each).values for each in (Possible({}), *shown)])

    def _decided(self, goals: Mapping[Key, Bool]) -> dict[Key, Answer]:
        """What is guessed, and the solver's word of the rest.

        After an edit most of what no request at hand shows was impossible before, and still is:
        guessing would be in vain.
        """
        guessed = self._guessed(goals) if len(goals) == 1 or not self._earlier else {}
        found = {key: Possible(values) for key, values in guessed.items()}
        return found | self._asked({k: goal for k, goal in goals.items() if k not in found})

    def _asked(self, goals: Mapping[Key, Bool]) -> dict[Key, Answer]:
        """What the solver says: of all that are left together, for often nothing of it can be."""
        answers, left = dict[Key, Answer](), dict(goals)
        while len(left) > 1:
            together = self.ask(self.terms.any(left.values()))
            settled = self._settled(left, together)
            if not settled:
                break
            answers.update(dict.fromkeys(settled, together))
            left = {key: goal for key, goal in left.items() if key not in answers}
        return answers | {key: self.ask(goal) for key, goal in left.items()}

    def _settled(self, goals: Mapping[Key, Bool], together: Answer) -> list[Key]:
        """The goals that are settled by what is known of all together."""
        if not isinstance(together, Possible):
            return list(goals) if isinstance(together, Impossible) or together is USED_UP else []
        return list(
            self._memory.pool.shown(
                goals, self.terms.true, self._memory.pool.add([together.values])
            )
        )

    # --- requests that are looked at first -------------------------------------------

    def _shown(self, goals: Mapping[Key, Bool]) -> dict[Key, Values]:
        """Requests at hand that show some of the goals."""
        self._look_around()
        return self._memory.pool.shown(goals, self._limits())

    def _look_around(self) -> None:
        """Make sure that there are requests to look at."""
        if not self._is_primed:
            self._is_primed = True
            self._prime()
        self._memory.pool.complete(self._base(given=False))

    def mattering(self, rules: Iterable[RuleInfo]) -> frozenset[str]:
        """The names of some that change what is decided on a request at hand, of some rules.

        After an edit most of what no request at hand shows was impossible before, and still is:
        more would be in vain.
        """
        self._look_around()
        left = list(rules)
        seen = self._mattering(left, None)
        for _ in range(0 if self._earlier else _ROUNDS):
            left = [rule for rule in left if rule.name not in seen]
            made = self._guess([self._acts(rule) for rule in left], given=True)
            seen |= self._mattering(left, made)
        return seen

    def _mattering(
        self, rules: Sequence[RuleInfo], among: Sequence[Samples] | None
    ) -> frozenset[str]:
        """Those that change something on some requests, or any, wherever they apply."""
        flows = frozenset[str]().union(*(rule.flows for rule in rules))
        places = (place for place in self.places if place.flow in flows)
        every = (mattering(self.formula(p), self._in_range(among), rules) for p in places)
        return frozenset[str]().union(*every)

    def _in_range(self, among: Sequence[Samples] | None) -> Iterator[tuple[Samples, int]]:
        """Requests, or all that are at hand, and which of them are in range, as bits.

        Asked for after what they are looked at for is encoded, so that they say all of it.
        """
        self._memory.pool.complete(self._base(given=False))
        yield from self._memory.pool.batches(self._limits(), among)

    def _guessed(self, goals: Mapping[Key, Bool]) -> dict[Key, Values]:
        """Requests that are guessed at, and show some of the goals."""
        found: dict[Key, Values] = {}
        for _ in range(_ROUNDS):
            left = {key: goal for key, goal in goals.items() if key not in found}
            made = self._guess(left.values(), given=True)
            shown = self._memory.pool.shown(left, self._limits(), made)
            found |= shown
            if not shown:
                break
        return found

    def _prime(self) -> None:
        """Requests on which the rules fire, for they show most of what can be."""
        acts = {rule.name: self._acts(rule) for rule in self.policy.rules}
        self._memory.pool.complete(self._base(given=False))
        shown = self._memory.pool.shown(acts, self._limits())
        aims = [goal for name, goal in acts.items() if name not in shown]
        for given in _PRIMING:
            self._guess(aims, given=given)

    def fires(self, rule: RuleInfo) -> Bool:
        """Whether the condition of a rule is true or unknown somewhere."""
        if rule.name not in self._fires:
            condition = self.rule(rule.name).condition
            self._fires[rule.name] = self.terms.any(
                lane.encoder.truth(condition).may
                for place in self.places
                if place.flow in rule.flows
                for lane in self.formula(place).lanes.values()
            )
        return self._fires[rule.name]

    def _acts(self, rule: RuleInfo) -> Bool:
        """Whether a rule fires, and finds some label if it does nothing but treat labels."""
        treats = [e.labels for e in rule.effects if isinstance(e, Treat)]
        if not treats or len(treats) < len(rule.effects):
            return self.fires(rule)
        labels = frozenset[str]().union(*treats)
        found = self.terms.any(self.symbols.found(label) for label in sorted(labels))
        return self.terms.both(self.fires(rule), found)

    def _guess(self, aims: Iterable[Bool], *, given: bool) -> list[Samples]:
        """Guesses, with facts that have no default given or not; and what they differ from."""
        aims = list(aims)
        if not aims:
            return []
        base, bounds = self._base(given=given), self._bounds()
        guesser = Guesser(base, bounds, self._memory.unknowns, self._memory.rng)
        guesses = (guesser.guess(each) for each in aims)
        return self._memory.pool.add([base, *(each for each in guesses if each is not None)])

    def _limits(self) -> Bool:
        """What holds of every request: one term, as it is asked about for each goal."""
        every = [symbols.constraints for symbols in self.solver.symbols]
        count = sum(map(len, every))
        if self._within is None or self._within[0] != count:
            self._within = count, self.terms.all(chain.from_iterable(every))
        return self._within[1]

    def _bounds(self) -> dict[Int, tuple[int, int]]:
        return {term: ends for each in self.solver.symbols for term, ends in each.bounds.items()}

    def _base(self, *, given: bool) -> Values:
        """A plain request: defaults, nothing found, and what has no default given or not."""
        made = tuple((len(each.inputs), len(each.labels)) for each in self.solver.symbols)
        if self._bases.get(given, ((), {}))[0] != made:
            plain = {t: v for each in self.solver.symbols for t, v in each.plain(given=given)}
            self._bases[given] = made, plain
        return self._bases[given][1]

    def whole(self, found: Possible) -> Possible:
        """Symbols that the solver was never asked about have the values of a plain request."""
        return Possible({**self._base(given=False), **found.values})
