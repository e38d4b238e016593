"""What the engine's text path offers to the compiler's commands, behind one entry point."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from epol.engine.bundle.findings import Finding, RequestScan, Scan
from epol.engine.bundle.hyper import NO_DATABASES, Databases
from epol.engine.bundle.program import Similarity
from epol.engine.bundle.textplan import ModelDetectorPlan, TextPlan
from epol.engine.bundle.treatment import Plan
from epol.engine.models.classifier import MOST_SECONDS, MOST_WINDOWS, Allowance
from epol.engine.text.limits import Budget
from epol.engine.text.long import Piece, pieces
from epol.engine.text.modelled import problems, run_models
from epol.engine.text.rating import rate
from epol.engine.text.reach import reach
from epol.engine.text.scanner import Scanner
from epol.engine.text.treating import treat_text
from epol.engine.text.treatments.keys import Keys, derived
from epol.engine.text.treatments.tokens import Tokens


class TextService:
    """Scanning and treating with one plan; see `bundle.service.TextService`."""

    def __init__(
        self, plan: TextPlan, folder: Path | None = None, databases: Databases = NO_DATABASES
    ) -> None:
        """Raises `PatternRefusedError` for a pattern that Hyperscan does not take."""
        self._scanner = Scanner(plan, folder, databases)
        # A policy has few sets of labels that its rules ask for.
        self._reaches: dict[frozenset[str], int] = {}

    def databases(self) -> dict[str, bytes]:
        """The pattern databases in serialized form, by key, for a bundle."""
        return self._scanner.gates.databases()

    def loaded(self) -> Databases:
        """The pattern databases as they are, by key, for another scanner with some of them."""
        return self._scanner.gates.loaded()

    @property
    def plan(self) -> TextPlan:
        """What is looked for."""
        return self._scanner.plan

    def scan(self, text: str, budget: Budget | None = None) -> Scan:
        """What a text holds.  Raises `ScanLimitError`; texts of one request share a budget."""
        return self._scanner.scan(text, budget)

    def scan_segments(self, segments: Sequence[tuple[str, str]]) -> RequestScan:
        """What the texts of one request hold, each with its role.  Raises `ScanLimitError`."""
        return self._scanner.scan_segments(segments)

    @property
    def models(self) -> tuple[ModelDetectorPlan, ...]:
        """The detectors that are models, which `scan` leaves out."""
        return self._scanner.plan.models

    def model_problems(self) -> dict[str, str]:
        """Why model detectors cannot be run here, by name; loads the models that can."""
        return problems(self.models)

    def run_models(
        self,
        segments: Sequence[tuple[str, str]],
        scan: RequestScan,
        names: Collection[str] | None = None,
        *,
        windows: int = MOST_WINDOWS,
        seconds: float = MOST_SECONDS,
    ) -> RequestScan:
        """What `scan_segments` said of the same texts, with what model detectors find.

        Runs those that are named, or all.  A label whose model fails, needs more windows (of up
        to 126 tokens) than there may be, or does not finish in time, is in `unknown`.
        """
        allowance = Allowance(windows, seconds)
        return run_models(self._scanner.plan, segments, scan, names, allowance)

    def rate(
        self, model: str, what: Similarity | None, segments: Sequence[tuple[str, str]]
    ) -> float | None:
        """What a model of a signal says of the texts of one request: 0 to 1, in millionths.

        `what` is what a similarity is asked for.  None where there is no text that the model is
        for, or the model is none that comes with epol.  Raises `ModelUnavailableError`,
        `ModelLimitError`.
        """
        return rate(model, what, segments)

    def reach(self, labels: Collection[str]) -> int:
        """Characters within which everything lies that decides about a span of some labels."""
        asked = frozenset(labels)
        known = self._reaches.get(asked)
        if known is None:
            known = self._reaches[asked] = reach(self._scanner.plan, asked)
        return known

    def pieces(self, blocks: Iterable[str]) -> Iterator[Piece]:
        """A long text as scanned pieces.  Raises `ScanLimitError`."""
        return pieces(self._scanner, blocks)

    def keys(self, key: bytes) -> Keys:
        """The keys of `hash` and of `tokenize`, both derived from one (at least 16 bytes)."""
        return Keys(derived(key, b"hash"), Tokens(derived(key, b"tokenize")))

    def treat(self, text: str, plan: Plan, keys: Keys, findings: Iterable[Finding]) -> str | None:
        """A text treated until nothing more is found; None where it is dropped."""
        return treat_text(self._scanner, text, plan, keys, findings)
