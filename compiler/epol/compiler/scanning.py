"""Scanning with a policy's own detectors: what `check`, `test`, `decide` and `scan` share.

The scanner is the engine's.  The compiler does not import it, so that the floors hold:
it is found by its entry point, `epol.text`.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from importlib.metadata import entry_points
from typing import cast

from epol.compiler.emit.text import text_plan
from epol.compiler.modelled import with_models
from epol.compiler.rating import rated
from epol.engine.bundle import cache
from epol.engine.bundle.findings import RequestScan
from epol.engine.bundle.service import TextService, TextServiceFactory
from epol.engine.bundle.textplan import TextPlan
from epol.lang.model import Counts, Policy, Value
from epol.lang.request import Request
from epol.lang.types import NumericType

OPAQUE = "request.opaque"


def scanner_of(policy: Policy) -> TextService:
    """The scanner of a policy.  Raises `PatternRefusedError` for what it cannot take."""
    return open_scanner(text_plan(policy))


@lru_cache(maxsize=16)
def open_scanner(plan: TextPlan) -> TextService:
    """A scanner for a plan; its pattern database is cached on disk and in this process."""
    (found,) = entry_points(group="epol.text", name="default")
    return cast(TextServiceFactory, found.load())(plan, cache.default_folder())


def scanned(request: Request, policy: Policy, *, models: bool = False) -> Request:
    """A request with what its text says: labels, text signals, and what nobody can read.

    What the request names itself stands: labels and inputs are there to ask "what if".  With
    `models`, the models are run; labels and signals of those that fail or are not run are unknown.
    Raises `ScanLimitError` for a text that asks for too much work, which must be blocked.
    """
    if not any(text for _, text in request.text):
        return request
    service = scanner_of(policy)
    scan = with_models(service, models=models).scan_segments(request.text)
    said = rated(request, policy, service) if models else {}
    given = {name: each for name, each in request.labels.items() if name not in request.unread}
    labels: dict[str, Counts] = {**scan.labels, **dict.fromkeys(scan.unknown), **given}
    inputs = {**scan.signals, **said, **request.inputs, **_opaque(policy, request, scan)}
    return replace(request, labels=labels, inputs=inputs)


def _opaque(policy: Policy, request: Request, scan: RequestScan) -> dict[str, Value]:
    """What no detector could read counts on top of what the host has counted."""
    info = policy.inputs.get(OPAQUE)
    if info is None or not scan.opaque or not isinstance(info.type, NumericType):
        return {}
    known = request.inputs.get(OPAQUE, info.fallback)
    return {OPAQUE: min(info.type.high, scan.opaque + (known if isinstance(known, int) else 0))}
