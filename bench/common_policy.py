"""One policy in four languages: epol, Cedar, CEL and plain Python.

Only what all four can say is in it: which of some targets may take a request, by rules that
compare numbers, strings and sets of the request with each other and with facts of the target.
Nothing is unknown, nothing is preferred, no text is read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

PLACES = ("local", "premises", "cloud")
KINDS = ("chat", "plan", "judge", "embed")
ROLES = ("clinician", "researcher", "admin")
TENANTS = 40

Request = dict[str, Any]
"""tokens, hard (percent) and jitter (milliseconds) as ints, tenant and kind, a list of roles."""


@dataclass(frozen=True)
class Rule:
    """A reason to deny: some comparisons of which all must hold."""

    tokens: int
    hard: int
    jitter: int
    tenant: str
    kind: str
    role: str
    place: str
    context: int
    form: int


def rules(count: int) -> list[Rule]:
    """Rules of five forms, always the same ones.  Each denies few requests."""
    rng = Random(5)
    return [
        Rule(
            rng.randint(6_000, 12_000),
            rng.randint(80, 99),
            rng.randint(60, 99),
            f"t{rng.randint(0, TENANTS - 1)}",
            rng.choice(KINDS),
            rng.choice(ROLES),
            rng.choice(PLACES),
            rng.choice((8_000, 16_000, 32_000)),
            i % 5,
        )
        for i in range(count)
    ]


def requests(count: int) -> list[Request]:
    """Requests near what the rules compare with."""
    rng = Random(6)
    return [
        {
            "tokens": int(rng.triangular(10, 12_000, 900)),
            "hard": rng.randint(0, 100),
            "jitter": int(rng.triangular(0, 100, 5)),
            "tenant": f"t{rng.randint(0, 2 * TENANTS)}",
            "kind": rng.choice(KINDS),
            "roles": rng.sample(ROLES, rng.randint(0, 2)),
        }
        for _ in range(count)
    ]


def targets(count: int) -> list[dict[str, Any]]:
    """Targets with a name, a place and a context."""
    return [
        {"name": f"m{i}", "at": PLACES[i % 3], "context": 8_000 * (i + 1)} for i in range(count)
    ]


def epol(count: int, lanes: int) -> str:
    """The policy in epol."""
    lines = [
        'policy bench.common version "1"',
        "attr q.tokens : int in 0 .. 1M  attr q.hard : int in 0 .. 100",
        "attr q.jitter : int in 0 .. 1M  attr q.tenant : string",
        f"attr q.kind : enum {{ {', '.join(KINDS)} }}  attr q.roles : set {{ {', '.join(ROLES)} }}",
    ]
    lines += [
        f"target {t['name']} {{ at {t['at']} context {t['context']} }}" for t in targets(lanes)
    ]
    forms = (
        "q.tokens > {tokens} and target.at == {place} and q.jitter > {jitter}",
        'q.tenant == "{tenant}" and target.at == {place}',
        "q.kind == {kind} and q.hard > {hard} and not q.roles has {role}",
        "q.tokens > {tokens} and target.context < {context} and q.roles has {role}",
        'q.hard > {hard} and (q.tenant == "{tenant}" or q.jitter > {jitter})'
        " and target.at == {place}",
    )
    lines += [
        f"rule r{i} {{ when {forms[rule.form].format(**vars(rule))} deny }}"
        for i, rule in enumerate(rules(count))
    ]
    return "\n".join(lines) + "\n"


def epol_request(request: Request) -> dict[str, Any]:
    """The attributes of a request, as the epol policy names them."""
    return {f"q.{name}": value for name, value in request.items()}


def cedar(count: int) -> str:
    """The policy in Cedar: the request is the context, the target the resource."""
    forms = (
        'context.tokens > {tokens} && resource.at == "{place}" && context.jitter > {jitter}',
        'context.tenant == "{tenant}" && resource.at == "{place}"',
        'context.kind == "{kind}" && context.hard > {hard} && !context.roles.contains("{role}")',
        "context.tokens > {tokens} && resource.context < {context}"
        ' && context.roles.contains("{role}")',
        'context.hard > {hard} && (context.tenant == "{tenant}" || context.jitter > {jitter})'
        ' && resource.at == "{place}"',
    )
    said = [forms[rule.form].format(**vars(rule)) for rule in rules(count)]
    denied = [f"forbid(principal, action, resource) when {{ {each} }};" for each in said]
    return "\n".join(["permit(principal, action, resource);", *denied])


def _condition(rule: Rule, contains: str) -> str:
    """As CEL and Python have it, but for the words of the operators."""
    forms = (
        'tokens > {tokens} AND at == "{place}" AND jitter > {jitter}',
        'tenant == "{tenant}" AND at == "{place}"',
        'kind == "{kind}" AND hard > {hard} AND NOT ' + contains,
        "tokens > {tokens} AND context < {context} AND " + contains,
        'hard > {hard} AND (tenant == "{tenant}" OR jitter > {jitter}) AND at == "{place}"',
    )
    return forms[rule.form].format(**vars(rule))


def cel(count: int) -> str:
    """The policy in CEL: an expression of the request's and the target's variables."""
    said = [_condition(rule, '("{role}" in roles)') for rule in rules(count)]
    whole = " || ".join(f"({each})" for each in said)
    return f"!({whole})".replace(" AND ", " && ").replace(" OR ", " || ").replace("NOT ", "!")


def python(count: int) -> Callable[[Request, dict[str, Any]], bool]:
    """The policy in Python: an `if` for each rule."""
    lines = ["def permitted(request, target):"]
    lines += [f"    {name} = request[{name!r}]" for name in requests(1)[0]]
    lines += ["    at, context = target['at'], target['context']"]
    for rule in rules(count):
        said = _condition(rule, '"{role}" in roles').replace(" AND ", " and ")
        said = said.replace(" OR ", " or ").replace("NOT ", "not ")
        lines += [f"    if {said}:", "        return False"]
    names: dict[str, Any] = {}
    exec("\n".join([*lines, "    return True"]), names)
    made: Callable[[Request, dict[str, Any]], bool] = names["permitted"]
    return made
