"""Deciding a request twice: by the reference evaluator, and by the compiled engine.

Whatever the solver finds is decided here once more before a person sees it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import cast

from epol.compiler.decided import decided
from epol.compiler.deciding import engine_for
from epol.compiler.same import Same
from epol.engine.bundle.service import EngineService, EpolError
from epol.lang.decision import Decision, to_json
from epol.lang.model import Policy
from epol.lang.request import Request, complete
from epol.lang.writing import request_json

_COMPARED = ("status", "target", "order", "targets", "reasons", "labels", "failure")


@dataclass(frozen=True)
class Replay:
    """What became of one request, as it was decided.

    `decision` is the reference evaluator's.  `agrees` says whether the engine decides the
    same, None where no engine could be asked; `reason` says why none could, or what differs.
    """

    request: Request
    decision: Decision
    agrees: bool | None
    reason: str | None = None


def replayed(policy: Policy, requests: Iterable[Request]) -> tuple[Replay, ...]:
    """Requests decided by evaluator and engine.

    What text holds must be in the labels and text signals of each: no text is scanned, and
    labels and signals that only a model could know are as the request has them.  A text signal
    that is not given is that of no text.  The engine's program is made once for a policy.
    """
    said = [complete(replace(each, text=()), policy) for each in requests]
    try:
        engine = _engine(Same(policy))
    except EpolError as error:
        return tuple(Replay(each, decided(policy, each), None, str(error)) for each in said)
    return tuple(_replay(policy, engine, each) for each in said)


def doubts(replays: Iterable[Replay]) -> str | None:
    """What must be told beside a witness: why the engine did not confirm it; None if it did."""
    for each in replays:
        if each.agrees is None:
            return f"the witness was not replayed on the engine: {each.reason}"
        if not each.agrees:
            return f"please report this: the evaluator confirms the witness, but {each.reason}"
    return None


@lru_cache(maxsize=2)
def _engine(same: Same[Policy]) -> EngineService:
    """The engine of a policy; of two at most, for a claim may compare two."""
    return engine_for(same.item)


def _replay(policy: Policy, engine: EngineService, request: Request) -> Replay:
    decision = decided(policy, request)
    try:
        got = engine.decide(request_json(request, policy))
    except EpolError as error:
        return Replay(request, decision, agrees=False, reason=f"the engine refuses it: {error}")
    parts = list(_differences(to_json(decision, policy), got))
    reason = f"the engine decides otherwise: {', '.join(parts)}" if parts else None
    return Replay(request, decision, not parts, reason)


def _differences(wanted: dict[str, object], got: dict[str, object]) -> Iterator[str]:
    """The keys in which two decisions differ.

    What the engine skipped is unknown to the evaluator, if it is of account there.
    """
    yield from (key for key in _COMPARED if wanted.get(key) != got.get(key))
    unknown = set(cast(list[str], got["unknown"])), set(cast(list[str], got["skipped"]))
    said = set(cast(list[str], wanted["unknown"]))
    if not unknown[0] <= said <= unknown[0] | unknown[1]:
        yield "unknown"
