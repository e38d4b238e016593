"""What the engine offers to the compiler's commands, without an import between them.

`epol.engine.text.service` has it all; the compiler finds it by the entry point
`epol.text`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from epol.engine.bundle.findings import Finding, RequestScan, Scan
from epol.engine.bundle.hyper import NO_DATABASES, Databases
from epol.engine.bundle.log_report import Replayed, Report
from epol.engine.bundle.program import Similarity
from epol.engine.bundle.textplan import ModelDetectorPlan, TextPlan
from epol.engine.bundle.treatment import Plan
from epol.engine.errors import EpolError, ScanLimitError

__all__ = [
    "EngineService",
    "EngineServiceFactory",
    "EpolError",
    "Keys",
    "LogLine",
    "LogReplay",
    "LogService",
    "LogServiceFactory",
    "Piece",
    "ScanLimitError",
    "TextService",
    "TextServiceFactory",
    "VaultOpener",
    "VaultService",
    "Warm",
]


class Piece(Protocol):
    """Part of a long text, with the findings in it; their offsets count from its start."""

    @property
    def text(self) -> str:
        """Its characters."""
        ...

    @property
    def offset(self) -> int:
        """How many characters of the whole stand before it."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was found in it."""
        ...

    @property
    def opaque(self) -> int:
        """Encodings too deep to follow."""
        ...


class Keys(Protocol):
    """What treating needs besides the text; it is only handed through."""


class TextService(Protocol):
    """Scanning and treating with one plan.  Any of it may raise `ScanLimitError`."""

    def databases(self) -> dict[str, bytes]:
        """The pattern databases in serialized form, by key, for a bundle."""
        ...

    def scan(self, text: str) -> Scan:
        """What a text holds."""
        ...

    def scan_segments(self, segments: Sequence[tuple[str, str]]) -> RequestScan:
        """What the texts of one request hold, each with its role."""
        ...

    @property
    def models(self) -> tuple[ModelDetectorPlan, ...]:
        """The detectors that are models, which `scan` and `scan_segments` leave out."""
        ...

    def model_problems(self) -> Mapping[str, str]:
        """Why model detectors cannot be run here, by name."""
        ...

    def run_models(
        self,
        segments: Sequence[tuple[str, str]],
        scan: RequestScan,
        names: Collection[str] | None = None,
        *,
        windows: int = ...,
        seconds: float = ...,
    ) -> RequestScan:
        """A request's scan, with what its model detectors (those named, or all) find.

        Labels whose model fails or does not finish within its windows and seconds are in the
        result's `unknown`, as are those of detectors that are not named.
        """
        ...

    def rate(
        self, model: str, what: Similarity | None, segments: Sequence[tuple[str, str]]
    ) -> float | None:
        """What a model of a signal says of the texts of one request, from 0 to 1.

        `what` is what a similarity is asked for.  None where it has nothing to say, or no such
        model comes with epol.  Raises `EpolError` where it cannot be run.
        """
        ...

    def pieces(self, blocks: Iterable[str]) -> Iterator[Piece]:
        """A long text, which comes in blocks, as scanned pieces that make up the whole."""
        ...

    def keys(self, key: bytes) -> Keys:
        """The keys of `hash` and of `tokenize`, both derived from one of 16 bytes or more."""
        ...

    def treat(self, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding]) -> str | None:
        """A text treated until nothing more is found; None where it is dropped."""
        ...


class TextServiceFactory(Protocol):
    """Makes the service for a plan, with a folder for its cache, or the databases of a bundle."""

    def __call__(
        self, plan: TextPlan, folder: Path | None = None, databases: Databases = NO_DATABASES
    ) -> TextService:
        """Raises `PatternRefusedError` for a pattern that Hyperscan does not take."""
        ...


class EngineService(Protocol):
    """Deciding by a bundle.  Found by the entry point `epol.engine`."""

    def decide(self, obj: object) -> dict[str, object]:
        """The decision, as JSON values, on a request as JSON values.  Raises `EpolError`."""
        ...

    def repeat(self, objs: Sequence[object]) -> None:
        """Decide requests without building what nobody reads: for measuring."""
        ...


class EngineServiceFactory(Protocol):
    """Makes the service for a bundle's bytes."""

    def __call__(self, bundle: bytes) -> EngineService:
        """Raises `EpolError`."""
        ...


class VaultService(Protocol):
    """Looking after a vault outside of a process.  Any of it may raise `EpolError`."""

    def count(self) -> tuple[int, int]:
        """How many sessions have values, and how many values."""
        ...

    def erase_session(self, session: str) -> int:
        """Forget a session; how many values it had."""
        ...

    def erase_subject(self, subject: str) -> int:
        """Forget all sessions of a subject; how many values they had."""
        ...

    def expire(self) -> int:
        """Forget the sessions whose time is over; how many values they had."""
        ...

    def rotate(self) -> tuple[int, int]:
        """Bring sessions under the newest key: how many, and how many cannot be read."""
        ...

    def close(self) -> None:
        """Give back what is open."""
        ...


class VaultOpener(Protocol):
    """Opens the vault that `EPOL_VAULT` names.  The name `vault` of `epol.engine`."""

    def __call__(self) -> VaultService:
        """Raises `EpolError`."""
        ...


class Warm(Protocol):
    """Compiles the kernel for this machine.  The name `warm` of the entry point `epol.engine`."""

    def __call__(self, folder: Path | None = None) -> tuple[Path | None, bool]:
        """The cache's folder, and whether the kernel was there.  Raises `EpolError`."""
        ...


class Begin(Protocol):
    """Begins to compile the kernel beside what is done here, unless it is there.

    The name `begin` of the entry point `epol.engine`."""

    def __call__(self, folder: Path | None = None) -> None:
        """For the cache in a folder, or the default one."""
        ...


class LogLine(Protocol):
    """A line of a decision log."""

    @property
    def file(self) -> Path:
        """The file that it is in."""
        ...

    @property
    def line(self) -> int:
        """Which line of the file it is, from 1."""
        ...

    def fields(self) -> dict[str, object]:
        """All that it says."""
        ...


class LogService(Protocol):
    """Reading decision logs.  Any of it may raise `LogError`, an `EpolError`."""

    def lines(self, paths: Sequence[Path]) -> Iterator[LogLine]:
        """The lines of a log's files and folders, in order, without judging them."""
        ...

    def verify(
        self, paths: Sequence[Path], *, is_partial: bool, is_open: bool, head: str | None
    ) -> Report:
        """Whether a log is what was written."""
        ...

    def replay(
        self,
        paths: Sequence[Path],
        bundle: bytes,
        *,
        same_findings: bool,
        assume_defaults: bool,
        is_partial: bool,
        is_open: bool,
    ) -> LogReplay:
        """A log's decisions, decided again under a bundle's policy."""
        ...


class LogReplay(Protocol):
    """A log that is decided again.  Any of it may raise `LogError`, an `EpolError`."""

    def records(self) -> Iterator[Replayed]:
        """The decisions of the log, in order; with a key only those whose codes are right."""
        ...

    @property
    def report(self) -> Report | None:
        """What verifying found, once the records are at their end; None where there is no key."""
        ...

    @property
    def unreadable(self) -> int:
        """Lines that are no records, although they say so."""
        ...


class LogServiceFactory(Protocol):
    """Makes the service for files of keys; where there are none, the environment's key is taken.

    Found by the entry point `epol.log`.
    """

    def __call__(self, key_files: Sequence[Path]) -> LogService:
        """Raises `LogError`, an `EpolError`."""
        ...
