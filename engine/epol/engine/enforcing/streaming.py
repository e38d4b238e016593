"""An answer that comes as a stream: what is looked for in it, and how it is judged.

What a stream may show is decided before all of it is known.  So its treatments are the
strictest that any text could ask for (as if each label that is looked for were unknown), and
whether it may go on is decided on what was found so far, before any of that goes out.  Where
rules depend on what only a whole text can tell (a model's labels, text signals), each text
is held back until it is whole.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping, Sequence

from epol.engine.bodies.body import Call
from epol.engine.bodies.collect import Collector
from epol.engine.bodies.document import as_json, from_json, read
from epol.engine.bodies.node import Node
from epol.engine.bodies.parts import Part, Source, single
from epol.engine.bodies.rewriting import Rewriting
from epol.engine.bundle.findings import Scan
from epol.engine.bundle.treatment import Plan
from epol.engine.enforcing.answers import Answering, Approved
from epol.engine.enforcing.judge import Verdict
from epol.engine.enforcing.prepared import check_readable
from epol.engine.enforcing.reading import read_runs, segments_of
from epol.engine.enforcing.restoring import Readable
from epol.engine.enforcing.treating import WithHidden, treated
from epol.engine.errors import BodyError, ScanLimitError, StreamError
from epol.engine.policy import Reading
from epol.engine.streams.flow import TextPath
from epol.engine.text.known import findings_of
from epol.engine.text.limits import MAX_TEXT
from epol.engine.text.restoring import Original
from epol.engine.text.segments import Segment, together
from epol.engine.text.treatments.keys import Keys

ROLE = "assistant"


class AnswerFlow:
    """What one streamed answer of a target is judged by; see `streams.flow.StreamFlow`.

    Raises `RefusedResponseError` where the answer may not go on whatever it says.
    """

    def __init__(self, answering: Answering, target: str, approved: Approved) -> None:
        self._answering, self._approved = answering, approved
        self._flow = flow = answering.answer_flow(target, approved)
        policy = answering.judge.policy
        reads = policy.reads(flow.name)
        self.is_whole = bool(reads.labels & policy.modelled or reads.inputs & policy.computed)
        self.text: TextPath = answering.prepared.text
        self.keys: Keys = answering.prepared.keys
        self.tokens = Readable(self.keys.tokens)
        self.labels: Collection[str] = policy.tokenized
        self.is_json = _is_json(answering.prepared.body.body.root)
        # Texts that went before, and what is in them, for rules that only all of it answers.
        self._segments: list[Segment] = []
        self._scans: tuple[Scan, ...] = ()
        self._started = time.perf_counter()
        self._verdict = self._decided({})
        answering.check(flow, self._verdict.decision)
        strictest = self._decided(dict.fromkeys(reads.labels)).decision
        self.plan: Plan = strictest.treatments(flow.target)
        self.watched: Collection[str] = () if self.is_whole else reads.labels

    def verdict(self, counts: Mapping[str, int]) -> None:
        """See `StreamFlow`."""
        self._verdict = self._decided({label: {ROLE: n} for label, n in counts.items()})
        self._answering.check(self._flow, self._verdict.decision)

    def whole(self, text: str, originals: Sequence[Original]) -> str:
        """A whole text as it may go on, judged with those that went before."""
        answering, prepared = self._answering, self._answering.prepared
        run = single(ROLE, Part(_SOURCE, _SOURCE.root, text))
        segments = [*self._segments, *segments_of([run])]
        if sum(len(said) for _, said in segments) > MAX_TEXT:
            raise ScanLimitError("the answer is longer than may be judged as a whole")
        known = findings_of(originals, answering.labels)
        scans = (*self._scans, *read_runs(prepared.text, [run], [known]).scans)
        reading = Reading(segments, together(prepared.text.plan, segments, scans), {})
        self._verdict = answering.decide(self._flow, reading, self._started)
        decision = self._verdict.decision
        answering.check(self._flow, decision)
        plan = decision.treatments(self._flow.target)
        check_readable(reading.scan.unknown, plan)
        self._segments, self._scans = segments, scans
        plan = WithHidden(plan, scans)
        made = treated(prepared.text, run, reading.scan.scans[-1], plan, prepared.keys)
        return next(iter(made.values())) or ""

    def _decided(self, labels: Mapping[str, Mapping[str, int] | None]) -> Verdict:
        """The verdict if some labels are found, or unknown."""
        return self._answering.decide_labels(self._flow, labels, self._started)

    def tool_call(self, name: str, identity: str, arguments: str) -> str:
        """See `StreamFlow`."""
        source, is_json = _arguments(arguments)
        found = Collector(source)
        found.everything(ROLE, source.root)
        call = Call(source, name, found.runs, identity or None)
        rewriting = Rewriting(source)
        self._answering.judge_call(self._flow.target, call, {}, rewriting, self._approved)
        made = rewriting.rendered()
        return made.decode("utf-8") if is_json else str(from_json(made))

    def close(self, restored: int, unknown: int) -> None:
        """See `StreamFlow`: how the answer was decided in the end is logged."""
        self._segments, self._scans = [], ()
        self._answering.tally.restored += restored
        self._answering.tally.unknown += unknown
        self._answering.judge.final(self._verdict)


_FORMATS = (
    ("response_format", "type"),
    ("text", "format", "type"),
    ("output_format", "type"),
    ("output_config", "format", "type"),
)


def _is_json(root: Node) -> bool:
    """Whether a request asks for an answer in JSON."""
    kinds = [node.value for path in _FORMATS if (node := root.under(*path)) is not None]
    return any(isinstance(kind, str) and kind.startswith("json") for kind in kinds)


_SOURCE = Source(read(b'""'))
"""Where a text that is in no document pretends to be."""


def _arguments(text: str) -> tuple[Source, bool]:
    """The document of a call's arguments; where they are no JSON, that of a string."""
    try:
        return Source(read(text.encode("utf-8", "surrogatepass"))), True
    except BodyError:
        pass
    try:
        return Source(read(as_json(text))), False
    except UnicodeEncodeError:
        raise StreamError("the arguments of a tool call are not UTF-8") from None
