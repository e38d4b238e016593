"""A policy's bundle, put together from what the emitters make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from epol.compiler.emit.manifest import manifest_of
from epol.compiler.emit.program import program_section
from epol.compiler.emit.record import record_of
from epol.compiler.emit.sources import digests_of, names_of, sources_of
from epol.compiler.examine import Examination
from epol.compiler.pipeline import Compiled, compile_policy
from epol.compiler.resolve.loader import Unit
from epol.engine.bundle.contents import BundleError, Contents
from epol.lang.model import Policy

PROGRAM: Callable[[Policy], bytes] | None = program_section
TEXT: Callable[[Policy], bytes] | None = None
DATABASES: Callable[[Policy], Mapping[str, bytes]] | None = None
"""What makes the sections `program`, `text` and `databases/…`.  None: this version does not make
that one, and its bundles are without it."""


def contents_of(compiled: Compiled, examination: Examination) -> Contents:
    """What goes into the bundle of a policy without errors.  Raises `BundleError`."""
    policy = compiled.policy
    assert policy is not None, "only a policy without errors is built"
    if compiled.unit.root.module is not None:
        raise BundleError("this is a module; build the policy that imports it")
    units = (compiled.unit, *_others(compiled.unit, policy))
    names = names_of(units)
    sources = sources_of(units, names)
    return Contents(
        manifest_of(policy, digests_of(sources.files)),
        sources,
        record_of(examination, names),
        program=None if PROGRAM is None else PROGRAM(policy),
        text=None if TEXT is None else TEXT(policy),
        databases={} if DATABASES is None else DATABASES(policy),
    )


def _others(unit: Unit, policy: Policy) -> list[Unit]:
    """The policies that claims compare this one with: their files were read too."""
    others = dict.fromkeys(claim.other for claim in policy.claims if claim.other is not None)
    return [compile_policy(unit.root.path.parent / other).unit for other in others]
