"""Random policies with requests and their decisions: a fixed corpus to try an engine on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from random import Random

from epol.compiler.lower import lower
from epol.engine.bundle.program import Program
from epol.engine.kernel.load import Kernel
from epol.lang.decision import Decision
from epol.lang.model import Policy, Value
from epol.lang.request import Request
from epol.lang.semantics import decide
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests
from tests.engine.deciding.direct import Direct, row_of, view


@dataclass(frozen=True)
class Decided:
    """A policy, its program, and requests with the evaluator's decisions."""

    name: str
    policy: Policy
    program: Program
    cases: tuple[tuple[Request, Decision], ...]

    def disagrees(self, program: Program, kernel: Kernel | None = None) -> bool:
        """Whether an engine with a program decides a request otherwise, alone or in a batch."""
        direct = Direct(program, kernel)
        if any(direct.view(request) != view(decision) for request, decision in self.cases):
            return True
        together = [case for case in self.cases if case[0].flow == "request"]
        rows = (together * _ROWS)[: _ROWS if together else 0]
        found = direct.rows([request for request, _ in rows]) if rows else []
        return found != [row_of(decision) for _, decision in rows]


_ROWS = 110
"""Rows of a batch: more than fit one word."""


def of(name: str, policy: Policy, requests: Iterable[Request]) -> Decided:
    """A policy with requests and what the evaluator decides of them."""
    cases = tuple((request, decide(policy, request)) for request in requests)
    return Decided(name, policy, lower(policy), cases)


def one_unknown(targets: int) -> Decided:
    """A policy in which each target has a fact of its own, and requests that lack one each."""
    lines = ['policy lanes version "1"']
    for i in range(targets):
        lines.append(f"target t{i} {{ at local }}")
        lines.append(f"attr a.f{i} : bool")
        lines.append(f"rule r{i} {{ when a.f{i} and target.name == t{i} hold }}")
    policy = compiled("\n".join(lines))
    assert policy is not None
    facts: dict[str, Value] = {f"a.f{i}": False for i in range(targets)}
    lacking = [{n: v for n, v in facts.items() if n != f"a.f{i}"} for i in range(targets)]
    made = [Request(inputs=each) for each in (*lacking, facts)]
    return of(f"{targets} facts", policy, made)


CORNERS = """policy corners version "1"
attr a.kind : enum { x, y }
attr a.other : bool
attr a.count : int in 0 .. 9
attr a.most : int in 0 .. 9
attr a.set : set { p, q }
signal text.digits : int from count /[0-9]/ from user
field parts : set { p, q }
field speed : int in 1 .. 9
label l.a
label l.b
detector badge -> l.a { match /x[0-9]{3}/ }
detector people -> l.b { model "names" class PER cost 5ms }
target t { at local parts { p } }
target u { at cloud speed 3 }
rule has { when target.parts has p tag "z" }
rule caps { when a.other cap max_output_tokens 9 }
rule fewer { when a.kind == x cap max_output_tokens 5 tag "b" }
rule none { when a.kind in { } deny }
rule some { when a.kind in { y } tag "some" }
rule keeps { when a.other and not a.other mask l.a }
rule sends { when sends l below redact and target.at == cloud deny }
rule drops { when found l.b drop l.b }
rule one { when a.other prefer 3 }
rule two { when a.kind == x and target.at == cloud prefer 5 }
rule three { when not a.other and target.at == local avoid 2 }
rule then { when if(a.other, target.speed, 3) > 4 tag "then" }
rule slow { when target.speed > 5 tag "slow" }
rule named { when t.speed > 2 and a.other tag "n" }
rule otherwise { when if(a.other, a.count, target.speed) > 4 tag "otherwise" }
rule more { when a.count < a.most tag "more" }
rule same { when a.count == a.most tag "same" }
rule liked { when a.other prefer a.count }
rule disliked { when not a.other avoid a.most }
rule greatest { when max(a.count, target.speed, a.most) > 7 tag "greatest" }
rule least { when min(target.speed, a.count) < 3 tag "least" }
rule four { when a.other and a.kind == x and a.count > 1 and a.most > 1 cap max_output_tokens 7 }
rule five { when a.other and a.kind == y and a.count < 8 and a.most > 0 and a.set has p tag "five" }
rule six { when not a.other and a.kind == x and a.count > 0 and a.most < 9 and a.count < 9 hold }
rule lanes { when a.count > target.speed and a.other and a.kind == x and a.most < 8 tag "lanes" }
rule more_lanes { when a.most > target.speed and a.other and a.kind == y and a.count > 0 hold }
rule last { when a.most >= target.speed and a.other and a.set has q and a.count < 9 deny }
"""
"""What random policies do not say."""


def corners() -> Decided:
    """The policy of corners, with random requests."""
    policy = compiled(CORNERS)
    assert policy is not None
    rng, own = Random(0), Requests(policy)
    return of("corners", policy, [own.request(rng) for _ in range(40)])


_WIDE = (8, 64, 16, 33, 5, 2)
"""So many targets has every sixth policy, in turn: all layouts of lanes."""


def corpus(seeds: Iterable[int], requests: int) -> Iterator[Decided]:
    """The policies of some seeds, each with so many requests; every sixth is a wide one."""
    for seed in seeds:
        rng = Random(seed)
        wide, place = divmod(seed, 6)
        count = _WIDE[wide % len(_WIDE)]
        text = (
            policy_text(rng)
            if place
            else policy_text(rng, 12, targets=(count, count), more_labels=20)
        )
        policy = compiled(text)
        if policy is not None:
            own = Requests(policy)
            made = [own.request(rng) for _ in range(requests)]
            yield of(f"seed {seed}", policy, made)
