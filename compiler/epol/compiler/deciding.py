"""The engine and its vault, which the compiler does not import: found by entry points."""

from __future__ import annotations

from contextlib import suppress
from importlib.metadata import entry_points
from pathlib import Path
from typing import cast

from epol.compiler.emit.manifest import manifest_of
from epol.compiler.emit.program import program_section
from epol.engine.bundle.container import MAX_BYTES
from epol.engine.bundle.contents import Contents, write_bundle
from epol.engine.bundle.files import read_file
from epol.engine.bundle.plan_codec import encode_plan
from epol.engine.bundle.record import Record
from epol.engine.bundle.service import (
    Begin,
    EngineService,
    EngineServiceFactory,
    EpolError,
    VaultOpener,
    VaultService,
    Warm,
)
from epol.engine.bundle.sources import OWN, SourceFile, Sources
from epol.engine.bundle.textplan import TextPlan
from epol.lang.model import Policy

SUFFIX = ".epolb"


def engine_of(path: Path) -> EngineService:
    """The engine of a bundle, or of a policy's source.  Raises `EpolError`."""
    # It judges the policy, and whoever judges one may want an engine for its witnesses.
    from epol.compiler.embedding import compile_bundle  # noqa: PLC0415 (see above)

    data = read_file(path, MAX_BYTES) if path.suffix == SUFFIX else compile_bundle(path)
    return _engine(data)


def engine_for(policy: Policy) -> EngineService:
    """An engine for a policy's program alone, which has no scanner: text says nothing to it.

    For requests that say themselves what is in their text.  The program is not validated, and
    no pattern is compiled.  Raises `EpolError`.
    """
    return _engine(unjudged_bundle(policy, TextPlan((), (), ())))


def unjudged_bundle(policy: Policy, plan: TextPlan) -> bytes:
    """A bundle of a policy's program with some plan, of which nothing is validated or compiled."""
    name = f"{OWN}policy.epol"
    contents = Contents(
        manifest_of(policy, ()),
        Sources(name, (SourceFile(name, ""),)),
        Record(),
        program=program_section(policy),
        text=encode_plan(plan),
    )
    return write_bundle(contents)


def _engine(bundle: bytes) -> EngineService:
    return cast(EngineServiceFactory, _entry("default"))(bundle)


def warm() -> tuple[Path | None, bool]:
    """Compile the kernel for this machine: the cache's folder, and whether it was there.

    Raises `EpolError`.
    """
    return cast(Warm, _entry("warm"))()


def begin() -> None:
    """Begin to compile the kernel for this machine beside what is done here, if it is not there."""
    # Without an engine, who asks for one is told.
    with suppress(EpolError):
        cast(Begin, _entry("begin"))()


def open_vault() -> VaultService:
    """The vault that the environment names.  Raises `EpolError`."""
    return cast(VaultOpener, _entry("vault"))()


def _entry(name: str) -> object:
    found = list(entry_points(group="epol.engine", name=name))
    if not found:
        raise EpolError("the engine is not installed here")
    try:
        return found[0].load()
    except ImportError as error:
        raise EpolError(f"the engine cannot be loaded here: {error}") from error
