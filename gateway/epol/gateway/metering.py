"""What is counted of a request when it is over: names of the policy, words of the code, numbers."""

from __future__ import annotations

import time
from collections.abc import Iterable
from http import HTTPStatus

from epol.engine import Decision
from epol.engine.errors import BudgetError
from epol.engine.reading.numbers import MILLION
from epol.engine.signals.breaker import State
from epol.gateway import families
from epol.gateway.comparing import Costs
from epol.gateway.exchange import Exchange
from epol.gateway.metrics import Metrics
from epol.gateway.policies import Policies
from epol.gateway.spending import Spending

_GONE = 499
"""Not HTTP's: the caller has gone."""
_STATUSES = frozenset([*map(int, HTTPStatus), _GONE])
OTHER = "other"
"""What stands for a status that nobody has defined, of which there could be many."""


def count(metrics: Metrics, exchange: Exchange) -> None:
    """Count a request that is over."""
    api = exchange.api
    answering = exchange.answering
    metrics.add(families.REQUESTS, api, _status(exchange.status), answering)
    if api:
        metrics.observe(families.TOTAL, time.perf_counter() - exchange.began, api)
    for each in exchange.attempts.told:
        metrics.add(families.ATTEMPTS, each.target, _result(str(each.result)))
    _problem(metrics, exchange)
    if exchange.enforced is not None:
        _decision(metrics, exchange.enforced.decision, answering)
        _costs(metrics, exchange)
        tally = exchange.enforced.tally
        if tally.restored:
            metrics.add(families.TOKENS, "restored", by=tally.restored)
        if tally.unknown:
            metrics.add(families.TOKENS, "unknown", by=tally.unknown)


def _costs(metrics: Metrics, exchange: Exchange) -> None:
    costs, told = exchange.costs, exchange.attempts.told
    if exchange.answering and len(told) > 1:
        metrics.add(families.FALLBACKS, exchange.answering)
    if costs is None:
        return
    metrics.add(families.COMPARED, "compared" if isinstance(costs, Costs) else costs.value)
    if isinstance(costs, Costs):
        metrics.add(families.DOLLARS, "taken", by=costs.taken / MILLION)
        metrics.add(families.DOLLARS, "all-cloud", by=costs.all_cloud / MILLION)


def _problem(metrics: Metrics, exchange: Exchange) -> None:
    problem = exchange.problem
    if problem is None:
        return
    metrics.add(families.PROBLEMS, problem.code)
    for rule in sorted({each.rule for each in problem.reasons}):
        metrics.add(families.REFUSALS, problem.code, rule)


def _decision(metrics: Metrics, decision: Decision, answering: str) -> None:
    metrics.add(families.DECISIONS, decision.status)
    for rule in {rule for target in decision.targets.values() for rule in target.fired}:
        metrics.add(families.FIRED, rule)
    if answering:
        for label, detail in decision.treatments(answering).items():
            treatment = str(detail.treatment)
            metrics.add(families.TREATMENTS, label, treatment)
            metrics.add(families.VALUES, label, treatment, by=decision.labels.get(label) or 0)


def _status(status: int) -> str:
    return str(status) if status in _STATUSES else OTHER


def _result(result: str) -> str:
    """A word for what failed, or a status, which a target chose."""
    return _status(int(result)) if result.isdecimal() else result


def look(metrics: Metrics, policies: Policies, busy: int) -> None:
    """Set what is so now, and is not counted: requests under way, breakers, the policy."""
    metrics.set(families.UNDER_WAY, busy)
    policy = policies.engine.policy
    for family in (families.POLICY, families.CIRCUITS):
        metrics.clear(family)
    metrics.set(families.POLICY, 1, policy.name, policy.version or "", policy.digest)
    now = policies.now
    for target in now.upstreams:
        for state in State:
            is_so = now.health.state(target) == state
            metrics.set(families.CIRCUITS, int(is_so), target, state.value)


def budget(spending: Spending | None) -> Metrics:
    """What the books say now, which all workers share; nothing where they cannot be read."""
    found = Metrics()
    if spending is None:
        return found
    try:
        remaining, spent = spending.balance()
    except BudgetError:
        return found
    _dollars(found, ((families.SPENT, spent), (families.LEFT, remaining)))
    return found


def _dollars(found: Metrics, amounts: Iterable[tuple[families.Family, int | None]]) -> None:
    for family, millionths in amounts:
        if millionths is not None:
            found.set(family, millionths / MILLION)
