"""What the tests of comparisons share: two policies of a text each, and what is found."""

from __future__ import annotations

from epol.compiler.diff.judge import Pair, Side
from epol.compiler.diff.kinds import Kind
from epol.compiler.diff.search import FOUND, UNDECIDED, Verdict, search
from epol.lang.request import read_request
from tests.compiler.building import policy_of

HEAD = """
attr request.tokens : int in 0 .. 100k default 0
attr request.max_output_tokens : int in 0 .. 100k default 1k
attr a.n : int in 0 .. 100
attr a.b : bool
label pii.name
label pii.date generalize by year
target home { at local price in $0 out $0 per 1M }
target dc { at premises price in $1 out $1 per 1M }
target far { at cloud price in $3 out $3 per 1M }
"""
LAST = """rule last { when target.at == cloud avoid 10 }
rule dc { when target.at == premises avoid 5 }
"""


def pair_of(old: str, new: str, /, **keys: object) -> Pair:
    """A request, from the keys of its JSON, under two policies."""
    policies = policy_of(old), policy_of(new)
    return Pair(*(Side(policy, read_request(keys, policy)) for policy in policies))


def judged(old: str, new: str, /, **keys: object) -> dict[str, list[str]]:
    """What the policies decide otherwise on a request, after `HEAD` and `LAST`."""
    pair = pair_of(HEAD + LAST + old, HEAD + LAST + new, **keys)
    return {str(kind): [str(each) for each in found] for kind, found in pair.differences.items()}


def verdicts(old: str, new: str, budget: float = 60) -> dict[tuple[str, str], Verdict]:
    """All that is found, by kind and flow."""
    found = search(policy_of(old), policy_of(new), budget)
    return {(str(verdict.kind), verdict.flow): verdict for verdict in found}


def kinds(old: str, new: str, flow: str = "request") -> dict[str, list[str]]:
    """What the solver finds on a flow, after `HEAD` and `LAST`; no kind is undecided."""
    found = verdicts(HEAD + LAST + old, HEAD + LAST + new)
    assert not [each for each in found.values() if each.outcome == UNDECIDED]
    return {
        kind: [str(subject) for subject in verdict.subjects]
        for (kind, its), verdict in found.items()
        if its == flow and verdict.outcome == FOUND
    }


EVERY = [str(kind) for kind in Kind]
