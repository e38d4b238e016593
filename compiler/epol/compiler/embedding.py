"""Compiling for a program that has the engine: what `Engine.compile` finds by entry point."""

from __future__ import annotations

import time
from pathlib import Path

from epol.compiler.building import bundle_of
from epol.compiler.examine import judge
from epol.compiler.pipeline import compile_policy
from epol.compiler.report.human import human
from epol.compiler.resolve.loader import UnreadableError
from epol.engine.bundle.contents import BundleError
from epol.lang.diagnostics import Severity
from epol.lang.render import plain

BUDGET = 60.0
"""Seconds for tests, claims and findings."""


def compile_bundle(path: Path) -> bytes:
    """The unsigned bundle of a policy.

    Raises `BundleError`, with the diagnostics, where `epolc build` would write nothing.
    """
    try:
        compiled = compile_policy(path)
    except UnreadableError as error:
        raise BundleError(str(error)) from None
    examination = judge(compiled, time.monotonic() + BUDGET)
    if examination.count(Severity.ERROR):
        raise BundleError(plain(human([examination])))
    return bundle_of(compiled, examination)
