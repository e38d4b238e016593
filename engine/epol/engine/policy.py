"""One loaded policy: its program, its scanner, its name.  What `swap` exchanges whole."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from operator import itemgetter
from typing import TYPE_CHECKING, Protocol, cast

from epol.engine.bundle.findings import RequestScan
from epol.engine.bundle.program import BoolInput, Flow, NumberInput, Program, Similarity
from epol.engine.bundle.textplan import ModelDetectorPlan
from epol.engine.bundle.treatment import Treatment
from epol.engine.deciding.batch import Batch, BatchDecider
from epol.engine.deciding.columns import ColumnReader, Columns, by_name, rows_of
from epol.engine.deciding.decider import FLOWS, Decider, Features
from epol.engine.deciding.demand import Costly, Demand
from epol.engine.deciding.outcome import Outcome
from epol.engine.deciding.reads import Reads, is_silent, reads_of
from epol.engine.decision import Decision, PolicyName, Ran
from epol.engine.errors import RequestError
from epol.engine.reading.inputs import Scaled, as_given
from epol.engine.reading.labels import ByRole
from epol.engine.request import ROLES, Request
from epol.engine.seen import Seen
from epol.engine.signals.model import SignalModel

if TYPE_CHECKING:
    from epol.engine.log.record import Recorder

_log = logging.getLogger("epol.engine")

OPAQUE = "request.opaque"
Segments = list[tuple[str, str]]
_text_of = itemgetter(1)


class Scanner(Protocol):
    """What a policy needs of the scanner (`text.service.TextService`)."""

    def scan_segments(self, segments: Sequence[tuple[str, str]]) -> RequestScan:
        """What the texts of one request hold.  Raises `ScanLimitError`."""
        ...

    @property
    def models(self) -> tuple[ModelDetectorPlan, ...]:
        """The detectors that are models, which a scan leaves out."""
        ...

    def run_models(
        self,
        segments: Sequence[tuple[str, str]],
        scan: RequestScan,
        names: Collection[str] | None = None,
    ) -> RequestScan:
        """A scan with what some model detectors find; labels of those that fail are unknown."""
        ...

    def rate(
        self, model: str, what: Similarity | None, segments: Sequence[tuple[str, str]]
    ) -> float | None:
        """What a model of a signal says of the texts.  Raises `EpolError` where it cannot."""
        ...


class Policy:
    """Decides requests.  Safe to share between threads."""

    def __init__(
        self,
        program: Program,
        scanner: Scanner,
        name: PolicyName,
        models: Mapping[str, SignalModel],
    ) -> None:
        """`models` compute signals, by the name that the policy has for the model."""
        self.name = name
        self.program = program
        self.recorder: Recorder | None = None
        """What writes its decisions to a log, where there is one."""
        self._decider = Decider(program)
        self.scanner = scanner
        self._models = models
        self._demand = Demand(self._decider)
        self._columns = ColumnReader(program, self._decider.inputs, self._decider.labels)
        # A model that comes with epol says a number.
        self._rated = {
            info.name: info.text if isinstance(info.text, Similarity) else None
            for info in program.inputs
            if isinstance(info.type, NumberInput) and info.type.kind == "number"
        }
        self._local = threading.local()
        self._told: set[str] = set()
        texts = [info for info in program.inputs if info.text is not None]
        self._without_text: dict[str, int | bool] = {
            info.name: False if isinstance(info.type, BoolInput) else 0 for info in texts
        }
        self.stale_after = {
            info.name: info.stale_after or 2**63 for info in program.inputs if info.signal
        }
        self.tokenized = frozenset(self._decider.layout("request").labels_with(Treatment.TOKENIZE))
        """Labels of which values can become tokens."""
        self.modelled = frozenset(program.labels[each.label] for each in program.models)
        """Labels that a model finds."""
        self.computed = frozenset(
            info.name for info in program.inputs if info.text is not None or info.model is not None
        )
        """Inputs that are computed from the text."""
        self._reads: dict[str, Reads] = {}
        self.silent = frozenset(
            flow for flow in FLOWS if is_silent(program.flow(flow), len(program.targets))
        )
        """Flows about which no rule speaks."""
        self.declared = frozenset(info.name for info in program.inputs)
        self._opaque = next((info for info in program.inputs if info.name == OPAQUE), None)

    def decide(
        self,
        request: Request,
        signals: Mapping[str, object],
        *,
        strict: bool = True,
        reading: Reading | None = None,
        seen: Seen | None = None,
    ) -> Decision:
        """The decision on a request, with the signals that are fresh.

        A `reading` is of its text, which then need not be scanned, and afterwards has what
        models found.  `seen` is told what the decision was computed from.  Raises
        `RequestError` for a request that cannot be read.
        """
        decider = self._decider
        asked = decider.asked(request.flow, request.target)
        labels: Mapping[str, ByRole] = {}
        if request.labels:
            labels = decider.labels.read(request.labels, strict=strict)
        given: Mapping[str, object] = request.attributes
        if signals:
            given = {**signals, **{n: v for n, v in given.items() if v is not None}}
        computed: Mapping[str, int | bool] = self._without_text
        if reading is None:
            if seen is not None:
                seen.given = given
            reading = self._read(request, labels)
        if reading is not None:
            computed = reading.scan.signals
            labels = reading.labels
            if reading.scan.opaque:
                given = self._with_opaque(given, reading.scan.opaque)
        if seen is not None:
            seen.given, seen.computed = given, computed
            seen.texts = {} if reading is None else _texts(reading.segments)
        try:
            features = decider.features(given, labels, computed, strict=strict)
        except RequestError:
            sound = self._sound(signals)
            if len(sound) == len(signals):
                raise
            return self.decide(request, sound, strict=strict, reading=reading, seen=seen)
        unread = () if reading is None else reading.unread
        pending = self._demand.pending(request.flow, given, unread)
        if reading is None:
            # What is computed from text is known where there is none.
            pending = tuple(each for each in pending if each.name not in self._without_text)
        if pending:
            return self._on_demand(request, pending, features, reading, labels, asked, seen)
        return Decision(decider.decide(features, labels, request.flow, asked), self.name)

    def reads(self, flow: str) -> Reads:
        """What the verdict of a flow depends on."""
        found = self._reads.get(flow)
        if found is None:
            found = self._reads[flow] = reads_of(self.program, self.program.flow(cast(Flow, flow)))
        return found

    def _read(self, request: Request, given: Mapping[str, ByRole]) -> Reading | None:
        """What the text of a request holds, if it has any.  Raises `ScanLimitError`."""
        segments = _segments(request.text) if request.text else ()
        if not any(map(_text_of, segments)):
            return None
        return Reading(segments, self.scanner.scan_segments(segments), given)

    def decide_batch(
        self,
        columns: Columns,
        signals: Mapping[str, object],
        *,
        strict: bool = True,
        fired: bool = False,
    ) -> Batch:
        """The decisions on many requests without text.  Raises `RequestError`."""
        named = by_name(columns)
        rows = rows_of(named)
        without_text = {name: as_given(value) for name, value in self._without_text.items()}
        shared = {**without_text, **self._sound(signals)}
        matrix = self._columns.read(named, rows, shared, strict=strict)
        batch: BatchDecider | None = getattr(self._local, "batch", None)
        if batch is None:
            batch = self._local.batch = BatchDecider(self._decider)
        return batch.decide(matrix, fired=fired)

    def fits(self, name: str, value: object) -> bool:
        """Whether an attribute of this name can have a value."""
        try:
            self._decider.features({name: value}, {})
        except RequestError:
            return False
        return True

    def _sound(self, signals: Mapping[str, object]) -> dict[str, object]:
        """The signals without those whose value is none: a bad reading is as good as no reading."""
        sound: dict[str, object] = {}
        for name, value in signals.items():
            try:
                self._decider.features({name: value}, {})
            except RequestError as error:
                if name not in self._told:
                    self._told.add(name)
                    _log.warning("a published signal counts as not given: %s", error)
            else:
                sound[name] = value
        return sound

    def blocked(self, request: Request, failure: str) -> Decision:
        """The decision on a request that could not be decided: no target may have it."""
        decider = self._decider
        targets = decider.program.targets
        asked = (1 << len(targets)) - 1
        # What is given may be no request at all; blocking it must not fail over that.
        with suppress(RequestError, AttributeError, TypeError):
            asked = decider.asked(request.flow, request.target)
        outcome = Outcome.of_nothing(decider.layout("request"), asked)
        return Decision(outcome, self.name, failure=failure)

    def _with_opaque(self, given: Mapping[str, object], opaque: int) -> Mapping[str, object]:
        """What is given; what nobody can read counts on top."""
        info = self._opaque
        if info is None or not isinstance(info.type, NumberInput):
            return given
        known = given.get(OPAQUE)
        counted = known if type(known) is int else cast(int, info.fallback or 0)
        return {**given, OPAQUE: Scaled(min(info.type.high, opaque + counted))}

    def _on_demand(
        self,
        request: Request,
        pending: tuple[Costly, ...],
        features: Features,
        reading: Reading | None,
        labels: Mapping[str, ByRole],
        asked: int,
        seen: Seen | None,
    ) -> Decision:
        """Run models while they can still change the decision, the cheapest first."""
        flow, roles = request.flow, () if reading is None else reading.roles
        ran: list[Ran] = []
        while pending:
            wanted = self._demand.next(flow, pending, features, labels, asked, roles)
            if wanted is None:
                break
            started = time.perf_counter()
            if wanted.is_label and reading is not None:
                reading.run(self.scanner, wanted.model)
                labels = reading.labels
                self._decider.labels.rewrite(labels, features.numbers, features.known)
                done = {costly for costly in pending if costly.model == wanted.model}
            else:
                self._compute(wanted, request, reading, features, seen)
                done = {wanted}
            ran.append(Ran(wanted.name, (time.perf_counter() - started) * 1e6))
            pending = tuple(costly for costly in pending if costly not in done)
        outcome = self._decider.decide(features, labels, flow, asked)
        skipped = tuple(sorted(costly.name for costly in pending))
        return Decision(outcome, self.name, skipped, tuple(ran))

    def _compute(
        self,
        wanted: Costly,
        request: Request,
        reading: Reading | None,
        features: Features,
        seen: Seen | None,
    ) -> None:
        """Ask the model of a signal; without an answer it stays unknown."""
        model = self._models.get(wanted.model)
        if model is None and reading is not None and wanted.name in self._rated:
            model = partial(self._rate, wanted, reading)
        value = None if model is None else _ask(model, request)
        if value is not None:
            with suppress(RequestError):  # a value out of range is no value
                own = {wanted.name: value}
                self._decider.inputs.read(own, features.numbers, features.known)
                if seen is not None:
                    seen.modelled.update(own)

    def _rate(self, wanted: Costly, reading: Reading, _request: Request) -> float | None:
        """What a model that comes with epol says, where the program gives none of its name."""
        return self.scanner.rate(wanted.model, self._rated[wanted.name], reading.segments)


class Reading:
    """What the text of a request holds, as far as it has been read."""

    def __init__(
        self, segments: Sequence[tuple[str, str]], scan: RequestScan, given: Mapping[str, ByRole]
    ) -> None:
        """Labels that are `given` are as they are, whatever the scan says."""
        self.segments, self.scan, self._given = segments, scan, given

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles that have text."""
        return tuple({role for role, text in self.segments if text})

    @property
    def labels(self) -> Mapping[str, ByRole]:
        """What is found of each label; None is unknown."""
        scan = self.scan
        if not scan.unknown:
            return {**scan.labels, **self._given} if self._given else scan.labels
        unknown: dict[str, ByRole] = dict.fromkeys(scan.unknown)
        return {**scan.labels, **unknown, **self._given}

    @property
    def unread(self) -> frozenset[str]:
        """Labels that a model may still find; what is given, if only as unknown, is not."""
        return frozenset(self.scan.unknown) - self._given.keys()

    def run(self, scanner: Scanner, model: str) -> None:
        """Let a model read the text."""
        names = [detector.name for detector in scanner.models if detector.model == model]
        self.scan = scanner.run_models(self.segments, self.scan, names)


def _ask(model: SignalModel, request: Request) -> object:
    """What a model says; one that fails leaves its signal unknown."""
    try:
        return model(request)
    except Exception:  # noqa: BLE001 (a model is foreign code, and unknown restricts)
        return None


def _segments(text: Sequence[object]) -> Segments:
    """The texts of a request with their roles.  Raises `RequestError`."""
    return [_segment(index, part) for index, part in enumerate(text)]


def _texts(segments: Sequence[tuple[str, str]]) -> dict[str, int]:
    """How many texts there are of each role."""
    counts: dict[str, int] = {}
    for role, text in segments:
        if text:
            counts[role] = counts.get(role, 0) + 1
    return counts


def _segment(index: int, part: object) -> tuple[str, str]:
    # First what is there most often: a class is tested faster than a protocol.
    if isinstance(part, tuple) and len(pair := cast(tuple[object, ...], part)) == 2:
        role, text = pair
    elif isinstance(part, Mapping):
        fields = cast(Mapping[str, object], part)
        if not fields.keys() <= {"role", "text"}:
            raise RequestError(f"text[{index}]: a key is none of role, text")
        role, text = fields.get("role", "user"), fields.get("text")
    else:
        raise RequestError(f"text[{index}]: an object with role and text is wanted here")
    if not isinstance(role, str) or role not in ROLES:
        raise RequestError(f"text[{index}]: `role` must be one of {', '.join(ROLES)}")
    if not isinstance(text, str):
        raise RequestError(f"text[{index}]: `text` must be a string")
    return role, text
