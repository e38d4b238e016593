"""Policies for tests of what a policy means: text to resolved policy in one call."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from epol.compiler.pipeline import compile_policy
from epol.lang.decision import Decision
from epol.lang.model import ClaimInfo, Policy
from epol.lang.request import Request, read_request
from epol.lang.semantics import Lane, decide

HEAD = 'policy example version "1"\n'


@cache
def policy(text: str) -> Policy:
    """The policy of a text (its first line apart), which must compile."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_text(HEAD + text, encoding="utf-8")
        compiled = compile_policy(path)
    assert compiled.policy is not None, [(d.name, d.message) for d in compiled.diagnostics]
    return compiled.policy


def request(text: str, /, **keys: object) -> Request:
    """A request, from the keys of its JSON."""
    return read_request(keys, policy(text))


def decided(text: str, /, **keys: object) -> Decision:
    """The decision of a policy on a request."""
    return decide(policy(text), request(text, **keys))


def lane(text: str, name: str, /, **keys: object) -> Lane:
    """One target's lane."""
    return Lane(policy(text), request(text, **keys), policy(text).target(name))


def claim(text: str, name: str) -> ClaimInfo:
    """A claim of a policy."""
    return next(claim for claim in policy(text).claims if claim.name == name)
