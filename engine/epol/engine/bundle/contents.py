"""A bundle: what is in it, and its way into a file and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from epol.engine.bundle import dsse
from epol.engine.bundle.canonical import decode, encode
from epol.engine.bundle.container import (
    FORMAT,
    MAX_BYTES,
    Buffer,
    Frame,
    open_frame,
    pack,
    sections_of,
)
from epol.engine.bundle.files import read_file
from epol.engine.bundle.lazy import lazy
from epol.engine.bundle.manifest import Manifest
from epol.engine.bundle.record import Record
from epol.engine.bundle.sources import Sources
from epol.engine.bundle.trust import Trust
from epol.engine.errors import BundleError

__all__ = ["Bundle", "BundleError", "Contents", "read_bundle", "read_bundle_file", "write_bundle"]

DATABASES = "databases/"
_NEEDED = ("manifest", "record", "sources")
_OPTIONAL = ("program", "text")


@dataclass(frozen=True)
class Contents:
    """What a compiler puts into a bundle.

    `program` and `text` are the decision program and the plan of the scanner as bytes, None
    where the compiler makes none.  `databases` are serialized pattern databases by a key of
    library version and processor: lower-case letters, digits and `. _ + -`, at most 70.
    """

    manifest: Manifest
    sources: Sources
    record: Record
    program: Buffer | None = None
    text: Buffer | None = None
    databases: Mapping[str, Buffer] = field(default_factory=dict[str, Buffer])


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read and is whole; its sections are views of the file's bytes.

    Manifest, sources and record are decoded when they are first asked for, the manifest
    always; a section that is not what its name says raises `BundleError` then.
    """

    frame: Frame
    sections: Mapping[str, memoryview]
    is_trusted: bool

    @property
    def digest(self) -> str:
        """`sha256:…` over everything but the signatures."""
        return self.frame.digest

    @lazy
    def manifest(self) -> Manifest:
        """What the bundle says of itself."""
        return decode(self.sections["manifest"], Manifest, "manifest")

    @lazy
    def sources(self) -> Sources:
        """The files of the policy."""
        found = decode(self.sections["sources"], Sources, "sources")
        found.check()
        return found

    @lazy
    def record(self) -> Record:
        """What the compiler found out about the policy."""
        return decode(self.sections["record"], Record, "record")

    @property
    def program(self) -> memoryview | None:
        """The decision program, or None."""
        return self.sections.get("program")

    @property
    def text(self) -> memoryview | None:
        """The plan of the scanner, or None."""
        return self.sections.get("text")

    @property
    def databases(self) -> Mapping[str, memoryview]:
        """The pattern databases by key: none unless the bundle is trusted.

        They are run as they stand, by native code that does not defend itself against them, so
        they are for nobody but who has trusted the signer.
        """
        if not self.is_trusted:
            return {}
        named = self.sections.items()
        return {k.removeprefix(DATABASES): v for k, v in named if k.startswith(DATABASES)}


def write_bundle(contents: Contents, *, format: int = FORMAT) -> bytes:
    """The file of a bundle, without signatures; the same contents are always the same bytes.

    Raises `BundleError` for what no reader would take.
    """
    contents.sources.check()
    sections: dict[str, Buffer] = {name: encode(getattr(contents, name)) for name in _NEEDED}
    for name in _OPTIONAL:
        section: Buffer | None = getattr(contents, name)
        if section is not None:
            sections[name] = section
    sections |= {DATABASES + key: data for key, data in contents.databases.items()}
    return pack(sections, format)


def read_bundle(data: Buffer, *, trust: Trust | None) -> Bundle:
    """The bundle in a file's bytes.

    Every byte is verified before any section is read.  With a `trust`, enough of its keys must
    have signed the bundle; None takes it as it is, signed or not, and then digests tell damage
    but not who made it.  `data` must not change afterwards: a file's bytes, not a map of it.
    Raises `BundleError`.
    """
    frame = open_frame(data)
    if trust is not None:
        dsse.require(frame, trust)
    sections = sections_of(frame)
    _check_names(sections)
    bundle = Bundle(frame, sections, is_trusted=trust is not None)
    _ = bundle.manifest
    return bundle


def _check_names(sections: Mapping[str, memoryview]) -> None:
    for name in _NEEDED:
        if name not in sections:
            raise BundleError(f"the bundle has no section `{name}`; build it again")
    for name in sections:
        if name not in (*_NEEDED, *_OPTIONAL) and not name.startswith(DATABASES):
            raise BundleError(f"format {FORMAT} has no section `{name}`; build the bundle again")


def read_bundle_file(path: Path, *, trust: Trust | None) -> Bundle:
    """As `read_bundle`, for a file; the error names it."""
    data = read_file(path, MAX_BYTES)
    try:
        return read_bundle(data, trust=trust)
    except BundleError as error:
        raise BundleError(f"{path}: {error}") from None
