"""A `same as` claim compares policies that cannot be compared."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from epol.compiler.analysing import Known
from epol.compiler.pipeline import Compiled, compile_policy
from epol.compiler.resolve.loader import UnreadableError
from epol.lang.diagnostics import Diagnostic, define
from epol.lang.model import ClaimInfo, Policy

CLAIM_POLICIES_DIFFER = define(
    "claim-policies-differ",
    "a `same as` claim names a policy that cannot be compared with this one",
    "Both policies of `same as` declare the same targets, attributes and labels, and the other "
    "one must compile.",
    bad={
        "policy.epol": 'policy example version "1"\ntarget ward { at local }\n'
        'prove p { same as "./other.epol" }',
        "other.epol": 'policy other version "1"\ntarget site { at local }',
    },
    good={
        "policy.epol": 'policy example version "1"\ntarget ward { at local }\n'
        'prove p { same as "./other.epol" }',
        "other.epol": 'policy other version "1"\ntarget ward { at local }',
    },
)


def claim_policies_differ(known: Known) -> Iterator[Diagnostic]:
    """The `same as` claims whose other policy is missing, broken or of another shape."""
    compiled = known.compiled
    policy = known.policy
    for claim in policy.claims:
        if claim.other is not None:
            problem = why_not_comparable(policy, claim, other_path(compiled, claim))
            if problem is not None:
                yield CLAIM_POLICIES_DIFFER.at(claim.span, problem)


def other_path(compiled: Compiled, claim: ClaimInfo) -> Path:
    """Where the other policy of a `same as` claim is."""
    assert claim.other is not None
    return compiled.unit.root.path.parent / claim.other


def why_not_comparable(policy: Policy, claim: ClaimInfo, path: Path) -> str | None:
    """What keeps the other policy from being compared with this one; None if nothing does."""
    try:
        other = compile_policy(path).policy
    except UnreadableError as error:
        return f"the other policy cannot be read: {error}"
    if other is None:
        return f"`{claim.other}` has errors of its own"
    ours = [target.name for target in policy.targets]
    theirs = [target.name for target in other.targets]
    if ours != theirs:
        return f"the targets differ: {', '.join(ours)} here, {', '.join(theirs)} there"
    for what, mine, its in (
        ("attributes and signals", policy.inputs, other.inputs),
        ("labels", policy.labels, other.labels),
    ):
        odd = sorted(set(mine) ^ set(its))
        if odd:
            return f"the {what} differ: {', '.join(odd[:4])}"
    types = [n for n in policy.inputs if policy.inputs[n].type != other.inputs[n].type]
    return f"the type of {types[0]} differs" if types else None
