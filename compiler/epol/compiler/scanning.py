"""Scanning with a policy's own detectors: what `check`, `test`, `decide` and `scan` share.

The scanner is the engine's.  The compiler does not import it, so that the floors hold:
it is found by its entry point, `epol.text`.
"""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from importlib.metadata import entry_points
from threading import Lock, Thread
from typing import cast
from weakref import WeakSet

from epol.compiler.emit.text import text_plan
from epol.compiler.modelled import with_models
from epol.compiler.rating import rated
from epol.engine.bundle import cache
from epol.engine.bundle.exact import PatternRefusedError
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


def begin_scanner_of(policy: Policy) -> None:
    """Begin to make it, in a thread of its own, for who will ask for it later."""
    opening = _opening(text_plan(policy))
    Thread(target=opening.begin, name="scanner").start()


def open_scanner(plan: TextPlan) -> TextService:
    """A scanner for a plan; its pattern databases are cached on disk and in this process."""
    return _opening(plan).scanner()


class _Opening:
    """A scanner that is made once, by whichever thread is the first."""

    def __init__(self, plan: TextPlan) -> None:
        self._plan = plan
        self._lock = Lock()
        self._made: TextService | None = None
        _openings.add(self)

    def renew(self) -> None:
        """In a forked child, no other thread is there to give the lock back."""
        self._lock = Lock()

    def scanner(self) -> TextService:
        with self._lock:
            if self._made is None:
                (found,) = entry_points(group="epol.text", name="default")
                factory = cast(TextServiceFactory, found.load())
                self._made = factory(self._plan, cache.default_folder())
            return self._made

    def begin(self) -> None:
        # Who asks for it is told of what is refused.
        with suppress(PatternRefusedError):
            self.scanner()


_opening = lru_cache(maxsize=16)(_Opening)
_openings = WeakSet[_Opening]()


def _after_fork() -> None:
    for each in _openings:
        each.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


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
