"""Decisions of the reference evaluator and of the engine, side by side."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from epol.compiler.emit.text import text_plan
from epol.compiler.lower import lower
from epol.compiler.scanning import scanned
from epol.engine import errors
from epol.engine.bundle.findings import RequestScan
from epol.engine.bundle.program import Similarity
from epol.engine.decision import PolicyName
from epol.engine.policy import Policy as EnginePolicy
from epol.engine.request import Request
from epol.engine.text.service import TextService
from epol.lang.decision import to_json
from epol.lang.model import Policy
from epol.lang.request import RequestError, read_request
from epol.lang.semantics import decide

REFUSED = "refused"


class WithoutModels(TextService):
    """The scanner as where no model is installed: what one would find stays unknown."""

    def run_models(
        self,
        segments: Sequence[tuple[str, str]],
        scan: RequestScan,
        names: Collection[str] | None = None,
        *,
        windows: int = 0,
        seconds: float = 0,
    ) -> RequestScan:
        return scan

    def rate(
        self, model: str, what: Similarity | None, segments: Sequence[tuple[str, str]]
    ) -> float | None:
        return None


def engine_policy(policy: Policy) -> EnginePolicy:
    """What the engine makes of a policy, without a bundle between and without models."""
    name = PolicyName(policy.name, policy.version, policy.digest)
    return EnginePolicy(lower(policy), WithoutModels(text_plan(policy)), name, {})


def of_reference(policy: Policy, obj: object) -> dict[str, Any] | str:
    """The reference evaluator's decision, or that it refuses the request."""
    try:
        request = read_request(obj, policy)
    except RequestError:
        return REFUSED
    return to_json(decide(policy, scanned(request, policy)), policy)


def of_engine(engine: EnginePolicy, obj: object) -> dict[str, Any] | str:
    """The engine's decision, or that it refuses the request."""
    try:
        return engine.decide(Request.from_json(obj), {}).to_json()
    except errors.RequestError:
        return REFUSED


def assert_agree(policy: Policy, engine: EnginePolicy, obj: object) -> None:
    """Both decide alike; what the engine skipped it does not call unknown."""
    wanted, got = of_reference(policy, obj), of_engine(engine, obj)
    if isinstance(wanted, dict) and isinstance(got, dict):
        skipped = set(got.pop("skipped"))
        wanted["unknown"] = [name for name in wanted["unknown"] if name not in skipped]
        del wanted["skipped"]
    assert got == wanted, json.dumps(obj, default=_shown)


def _shown(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else str(value)
