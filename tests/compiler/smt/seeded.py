"""Random policies that compile, made once, and requests for them."""

from collections.abc import Iterator
from functools import cache
from random import Random

from epol.compiler.smt.evaluate import assignment
from epol.compiler.smt.symbols import Symbols
from epol.compiler.smt.terms import Term, Terms
from epol.lang.model import Policy
from epol.lang.request import Request
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests


@cache
def policy_of_seed(seed: int) -> Policy:
    """The policy of a seed, or of the next one whose policy compiles."""
    found = compiled(policy_text(Random(seed)))
    return policy_of_seed(seed + 1_000) if found is None else found


def requests(policy: Policy, rng: Random, count: int, flow: str = "request") -> Iterator[Request]:
    """Random requests of one flow."""
    maker = Requests(policy)
    return (maker.request(rng, flow) for _ in range(count))


def evaluated(symbols: Symbols, wanted: list[Term], request: Request) -> dict[Term, bool | int]:
    """The values of terms on a request."""
    terms: Terms = symbols.terms
    return terms.evaluated(wanted, assignment(symbols, request))
