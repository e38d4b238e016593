"""The claims of a build, asked of the solver one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from epol.compiler.analysing import Known
from epol.compiler.analysis.claim_policies_differ import other_path, why_not_comparable
from epol.compiler.confirming import doubts, replayed
from epol.compiler.decided import decided
from epol.compiler.outcomes import PROVED, REFUTED, UNDECIDED
from epol.compiler.pipeline import Compiled, compile_policy
from epol.compiler.smt.answers import Undecided
from epol.compiler.witness import as_test
from epol.lang.diagnostics import Diagnostic, define
from epol.lang.model import ClaimInfo, Policy
from epol.lang.request import Request

if TYPE_CHECKING:
    from epol.compiler.smt.claims import Prover, Verdict

CLAIM_REFUTED = define(
    "claim-refuted",
    "a claim does not hold",
    "A claim speaks of every request that the declared ranges allow: facts without default may be "
    "unknown, and so may labels that a model detects. The witness is a request of which the claim "
    "does not hold, as a `test` block that can be pasted into the policy. Cure the rules, or claim "
    "less with `when`.",
    bad="prove p { never target.at == local }",
    good="prove p { never target.at == cloud }",
)
CLAIM_UNDECIDED = define(
    "claim-undecided",
    "a claim is neither proved nor refuted",
    "The solver did not decide the claim in the time that `--budget` allows, or could not look at "
    "it at all. What is not proved counts as an error, never as passed. The message has the "
    "reason.",
    bad={
        "policy.epol": 'policy example version "1"\ntarget ward { at local }\n'
        'prove p { same as "./other.epol" }',
        "other.epol": 'policy other version "1"\ntarget site { at local }',
    },
    good="prove p { never target.at == cloud }",
)

BUDGET = 10.0
"""Seconds for one question where no budget is given."""


@dataclass(frozen=True)
class ProvedClaim:
    """What the solver says of a claim, and how long that took (milliseconds).

    `reason` says why it is undecided; `witness` is the request that refutes it, or the two
    of a claim that raises or lowers something.
    """

    claim: ClaimInfo
    outcome: str
    milliseconds: float
    reason: str | None = None
    witness: tuple[Request, ...] = ()


def prove_claims(
    compiled: Compiled,
    deadline: float | None = None,
    claims: Sequence[ClaimInfo] | None = None,
    known: Known | None = None,
) -> tuple[ProvedClaim, ...]:
    """Some claims of a build that compiles, or all; `deadline` is in monotonic seconds.

    What is `known` of the policy is made use of.
    """
    assert compiled.policy is not None
    asked = compiled.policy.claims if claims is None else claims
    if not asked:
        return ()  # the solver is slow to load, and most files have no claims
    from epol.compiler.smt.claims import Prover  # noqa: PLC0415 (z3 is slow to load)

    prover = Prover(compiled.policy, None if known is None else known.space, decided)
    return tuple(_proved(compiled, prover, claim, deadline) for claim in asked)


def _proved(
    compiled: Compiled, prover: Prover, claim: ClaimInfo, deadline: float | None
) -> ProvedClaim:
    from epol.compiler.smt.claims import Refuted  # noqa: PLC0415 (z3 is slow to load)

    started = time.monotonic()
    verdict = _verdict(compiled, prover, claim, BUDGET if deadline is None else deadline - started)
    took = 1000 * (time.monotonic() - started)
    match verdict:
        case Undecided(reason):
            return ProvedClaim(claim, UNDECIDED, took, reason)
        case Refuted(request, second):
            pair = (request,) if second is None else (request, second)
            return ProvedClaim(claim, REFUTED, took, witness=pair)
        case _:
            return ProvedClaim(claim, PROVED, took)


def _verdict(compiled: Compiled, prover: Prover, claim: ClaimInfo, budget: float) -> Verdict:

    assert compiled.policy is not None
    if budget <= 0:
        return Undecided("the budget is used up")
    other: Policy | None = None
    if claim.other is not None:
        path = other_path(compiled, claim)
        if why_not_comparable(compiled.policy, claim, path) is not None:
            return Undecided("the other policy cannot be compared with this one")
        other = compile_policy(path).policy
    return prover.prove(claim, other, budget)


def claim_diagnostics(
    policy: Policy, claims: Iterable[ProvedClaim], known: Known | None = None
) -> Iterator[Diagnostic]:
    """An error for each claim that is not proved; who is `known` confirms witnesses its way."""
    for each in claims:
        if each.outcome == UNDECIDED:
            message = f"the claim `{each.claim.name}` is not proved: {each.reason}"
            yield CLAIM_UNDECIDED.at(each.claim.span, message)
        elif each.outcome == REFUTED:
            title = f"a request that refutes {each.claim.name}"
            titles = [title] if len(each.witness) == 1 else [f"{title}: before", f"{title}: after"]
            blocks = (as_test(policy, r, t) for r, t in zip(each.witness, titles, strict=True))
            message = f"the claim `{each.claim.name}` does not hold"
            if known is None:
                doubt = doubts(replayed(policy, each.witness))
            else:
                doubt = known.doubt(each.witness)
            found = CLAIM_REFUTED.at(each.claim.span, message, help=doubt)
            yield replace(found, witness="\n".join(blocks))
