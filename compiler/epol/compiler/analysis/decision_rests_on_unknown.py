"""A fact whose absence alone blocks a request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

from epol.compiler.analysing import Case, Known, Told
from epol.compiler.decided import decided, refusals
from epol.compiler.places import REQUEST
from epol.compiler.smt.leaves import TREATMENTS
from epol.lang.diagnostics import Diagnostic, Severity, define
from epol.lang.model import InputInfo
from epol.lang.request import Request
from epol.lang.source import Span

DECISION_RESTS_ON_UNKNOWN = define(
    "decision-rests-on-unknown",
    "a request is blocked only because one fact is not given",
    "With everything known the request is served; without this one fact, which has no default, no "
    "target is left. Whoever sends requests must always give it. If that is not meant, give it a "
    "default, or permit some target where it is unknown.",
    severity=Severity.WARNING,
    bad="attr caller.level : int\nrule r { when caller.level < 3 deny }",
    good="attr caller.level : int default 0\nrule r { when caller.level < 3 deny }",
)


def decision_rests_on_unknown(known: Known) -> Iterator[Diagnostic]:
    """Facts without default that can alone turn a route into a block."""
    if known.policy.targets:
        cases = {name: _case(known, name) for name in _without_default(known)}
        for _, diagnostic in known.shown(DECISION_RESTS_ON_UNKNOWN, cases):
            yield diagnostic


def _without_default(known: Known) -> list[str]:
    """The facts without default that a rule reads; what patterns find is always known."""
    formula = known.space.certain
    read = frozenset[str]().union(*(f.reads for f in next(iter(formula.lanes.values())).firings))
    return [
        name
        for name, info in known.policy.inputs.items()
        if info.fallback is None and not info.always_known and name in read
    ]


def _case(known: Known, name: str) -> Case:
    """The request with the fact, and the same one without it."""
    space, formula, unknown = known.space, known.space.certain, frozenset([name])
    symbols = space.request(unknown=unknown)
    without = formula.on(symbols, unknown | {TREATMENTS})
    goal = space.terms.both(formula.served, space.terms.negation(without.served))
    titles = f"with {name}", f"without {name}"
    tell, requests = partial(_told, known, name), (formula.symbols, symbols)
    return Case(_place(known, name, ()), REQUEST, goal, tell, titles, requests)


def _told(known: Known, name: str, given: Request, unknown: Request) -> Told | None:
    served, blocked = decided(known.policy, given), decided(known.policy, unknown)
    if served.target is None or blocked.target is not None or name in unknown.inputs:
        return None
    rules = sorted({name for own in refusals(known.policy, unknown).values() for name in own})
    names = " and ".join(f"`{rule}`" for rule in rules)
    message = f"a request is blocked only because `{name}` is not given: {names} then refuse"
    cure = "give it a default, or permit some target where it is unknown"
    return Told(_place(known, name, rules), message, help=cure)


def _place(known: Known, name: str, rules: Iterable[str]) -> Span:
    """Where the fact is declared; for one of a standard module, where it decides."""
    info: InputInfo = known.policy.inputs[name]
    own = {file.tree.source for file in known.compiled.unit.files if not file.is_standard}
    if info.span.source in own:
        return info.span
    return next((span for rule in rules if (span := known.rule_span(rule))), known.head)
