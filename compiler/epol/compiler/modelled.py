"""A scanner that runs the model detectors too, for commands whose work is to find things."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from epol.engine.bundle.findings import Finding, RequestScan, Scan
from epol.engine.bundle.program import Similarity
from epol.engine.bundle.service import Keys, Piece, TextService
from epol.engine.bundle.textplan import ModelDetectorPlan
from epol.engine.bundle.treatment import Plan

WINDOWS = 4096
SECONDS = 600.0
"""What models may do for one text of a command; nobody waits for an answer to a request."""


@dataclass(frozen=True)
class _Read:
    """A piece with what models found in it."""

    text: str
    offset: int
    findings: tuple[Finding, ...]
    opaque: int


@dataclass
class Modelled:
    """A text service whose scans have the findings of models.

    `unknown` collects labels that are not known of some text so far, each with a reason.
    """

    inner: TextService
    unknown: dict[str, str] = field(default_factory=dict[str, str])

    def scan(self, text: str) -> Scan:
        """What a text holds, by patterns, words and models."""
        return self.scan_segments((("user", text),)).scans[0]

    def scan_segments(self, segments: Sequence[tuple[str, str]]) -> RequestScan:
        """What the texts of one request hold, by patterns, words and models."""
        return self.run_models(
            segments, self.inner.scan_segments(segments), windows=WINDOWS, seconds=SECONDS
        )

    def run_models(
        self,
        segments: Sequence[tuple[str, str]],
        scan: RequestScan,
        names: Collection[str] | None = None,
        *,
        windows: int = WINDOWS,
        seconds: float = SECONDS,
    ) -> RequestScan:
        """As the inner service does it; what stays unknown is kept in `unknown`."""
        result = self.inner.run_models(segments, scan, names, windows=windows, seconds=seconds)
        self.unknown |= result.unknown
        return result

    def rate(
        self, model: str, what: Similarity | None, segments: Sequence[tuple[str, str]]
    ) -> float | None:
        """What a model of a signal says of the texts."""
        return self.inner.rate(model, what, segments)

    def pieces(self, blocks: Iterable[str]) -> Iterator[Piece]:
        """A long text in pieces; models read each piece by itself."""
        for piece in self.inner.pieces(blocks):
            alone = Scan(piece.findings, opaque=piece.opaque)
            scan = RequestScan((alone,), {}, {}, piece.opaque)
            found = self.run_models((("user", piece.text),), scan).scans[0].findings
            yield _Read(piece.text, piece.offset, found, piece.opaque)

    @property
    def models(self) -> tuple[ModelDetectorPlan, ...]:
        """The detectors that are models."""
        return self.inner.models

    def model_problems(self) -> Mapping[str, str]:
        """Why model detectors cannot be run here, by name."""
        return self.inner.model_problems()

    def databases(self) -> dict[str, bytes]:
        """The pattern databases in serialized form."""
        return self.inner.databases()

    def keys(self, key: bytes) -> Keys:
        """The keys of `hash` and of `tokenize`."""
        return self.inner.keys(key)

    def treat(self, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding]) -> str | None:
        """A text treated; findings of models are treated where they were found."""
        return self.inner.treat(text, plan, keys, findings)


def with_models(service: TextService, *, models: bool) -> TextService:
    """The service itself, or one that runs its model detectors if it has some."""
    return Modelled(service) if models and service.models else service
