"""A policy's bundle, put together from what the emitters make of it."""

from __future__ import annotations

from epol.compiler.emit.manifest import manifest_of
from epol.compiler.emit.program import program_section
from epol.compiler.emit.record import record_of
from epol.compiler.emit.sources import digests_of, names_of, sources_of
from epol.compiler.emit.text import text_plan
from epol.compiler.examine import Examination
from epol.compiler.pipeline import Compiled, compile_policy
from epol.compiler.resolve.loader import Unit
from epol.compiler.scanning import scanner_of
from epol.engine.bundle.contents import BundleError, Contents
from epol.engine.bundle.plan_codec import encode_plan
from epol.lang.model import Policy


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
        program=program_section(policy),
        text=encode_plan(text_plan(policy)),
        databases=scanner_of(policy).databases(),
    )


def _others(unit: Unit, policy: Policy) -> list[Unit]:
    """The policies that claims compare this one with: their files were read too."""
    others = dict.fromkeys(claim.other for claim in policy.claims if claim.other is not None)
    return [compile_policy(unit.root.path.parent / other).unit for other in others]
