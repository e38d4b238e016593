"""From a bundle to a policy that decides."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from os import PathLike
from pathlib import Path
from typing import cast

from epol.engine.bundle import cache
from epol.engine.bundle.contents import Bundle, read_bundle, read_bundle_file
from epol.engine.bundle.hyper import NO_DATABASES, Databases
from epol.engine.bundle.plan_codec import decode_plan
from epol.engine.bundle.program_codec import decode_program
from epol.engine.bundle.trust import Trust, load_trust
from epol.engine.decision import PolicyName
from epol.engine.errors import BundleError
from epol.engine.kernel.load import automata
from epol.engine.log.decision_log import DecisionLog
from epol.engine.log.declared import declared_by
from epol.engine.log.facts import FactWriter
from epol.engine.log.record import Recorder
from epol.engine.policy import Policy
from epol.engine.signals.model import SignalModel
from epol.engine.text.service import TextService

Source = str | PathLike[str] | bytes
"""A bundle: the path of its file, or its bytes."""
TrustedKeys = Iterable[str | PathLike[str]]
"""Files and folders of public keys (`bundle.trust.load_trust`)."""
TrustedFiles = tuple[str | PathLike[str], ...]
"""The same, to be read as often as there are bundles."""

SUFFIX = ".epolb"


def open_bundle(source: Source, trust: TrustedKeys | None) -> Bundle:
    """A bundle, verified.  Without `trust` it may be unsigned.  Raises `BundleError`."""
    known: Trust | None = None if trust is None else load_trust(trust)
    if isinstance(source, bytes):
        return read_bundle(source, trust=known)
    return read_bundle_file(Path(source), trust=known)


@dataclass(frozen=True)
class Loaded:
    """A policy with its scanner, and the digest of the plan that this is made of."""

    policy: Policy
    scanner: TextService
    plan: bytes


def loaded(
    bundle: Bundle,
    models: Mapping[str, SignalModel],
    before: Loaded | None,
    log: DecisionLog | None = None,
) -> Loaded:
    """The policy of a bundle, ready to decide.  Raises `BundleError`, `KernelError`.

    Where the plan of the scanner is the one of the policy `before`, both share one scanner; else
    they share the pattern databases that are the same.
    With a `log`, the policy can write its decisions there.
    """
    if bundle.program is None or bundle.text is None:
        raise BundleError("the bundle has no program to decide by; build it anew")
    program = decode_program(bundle.program)
    manifest = bundle.manifest
    plan = hashlib.sha256(bundle.text).digest()
    if before is not None and before.plan == plan:
        scanner = before.scanner
    else:
        kept = NO_DATABASES if before is None else before.scanner.loaded()
        databases: Databases = {**bundle.databases, **kept}
        scanner = TextService(decode_plan(bundle.text), cache.default_folder(), databases)
        if scanner.plan.detectors or scanner.plan.signals:
            automata()
    name = PolicyName(manifest.name, manifest.version, manifest.digest)
    policy = Policy(program, scanner, name, models)
    if log is not None:
        declared = declared_by(manifest, program, decode_plan(bundle.text))
        policy.recorder = Recorder(declared, FactWriter(program, log.digests), log.digests)
    return Loaded(policy, scanner, plan)


def compiled(path: str | PathLike[str]) -> bytes:
    """The bundle of a policy's source, by the compiler if it is installed.

    Raises `BundleError` for a policy with errors, and where there is no compiler.
    """
    found = list(entry_points(group="epol.compiler", name="default"))
    if not found:
        raise BundleError("the compiler is not installed here; load a bundle instead")
    compile_bundle = cast(Callable[[Path], bytes], found[0].load())
    return compile_bundle(Path(path))
