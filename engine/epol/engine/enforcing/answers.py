"""An answer on its way back: restored, judged by the rules of its flow, and treated."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from epol.engine.bodies.body import Call, ResponseBody
from epol.engine.bodies.parts import Run
from epol.engine.bodies.rewriting import Rewriting
from epol.engine.bundle.findings import Finding
from epol.engine.decision import Decision
from epol.engine.enforcing.judge import Judge, Verdict
from epol.engine.enforcing.prepared import Prepared, check_readable
from epol.engine.enforcing.reading import read_runs, segments_of
from epol.engine.enforcing.restoring import Tally, restored_runs
from epol.engine.enforcing.treating import treat_runs
from epol.engine.errors import RefusedResponseError
from epol.engine.policy import Reading
from epol.engine.request import Request
from epol.engine.text.known import findings_of
from epol.engine.text.restoring import Original

NEAR = ("local", "premises")
"""Where a tool must be for originals to reach it (language.md §4)."""


@dataclass(frozen=True)
class Approved:
    """What a person has let through: calls by id, or by the tool's name, and targets' answers."""

    calls: set[str] = field(default_factory=set[str])
    answers: set[str] = field(default_factory=set[str])


@dataclass(frozen=True)
class Flow:
    """Text that a target produced, and where it is to go: to the caller or to a tool."""

    name: str
    target: str
    attributes: Mapping[str, object] = field(repr=False)
    restores: bool = True
    approved: bool = False


@dataclass(frozen=True)
class Answering:
    """What the answers to one request are judged by.

    `tools` has by name what is known of a tool (`at`, `server`).
    """

    judge: Judge
    prepared: Prepared
    attributes: Mapping[str, object] = field(repr=False)
    tools: Mapping[str, Mapping[str, object]] = field(repr=False)
    tally: Tally = field(default_factory=Tally)

    def varied(self, name: str, value: object) -> Decision:
        """The decision on the request with another value of something.  Raises `RequestError`."""
        reading = Reading(segments_of(self.prepared.body.runs), self.prepared.scan, {})
        request = Request({**self.attributes, name: value}, reading.segments)
        return self.judge.decide(request, reading, time.perf_counter()).decision

    def answer(self, target: str, body: ResponseBody, approved: Approved) -> bytes:
        """The answer of a target as it may go to the caller.  Raises `RefusedResponseError`."""
        rewriting = Rewriting(body.body)
        # An approval by id is of one call; which of several was meant nobody knows.
        counts = Counter(call.id for call in body.calls)
        several = {name for name, count in counts.items() if count > 1}
        approved = replace(approved, calls=approved.calls - several)
        self._judge(self.answer_flow(target, approved), body.runs, rewriting)
        for call in body.calls:
            self.judge_call(target, call, {}, rewriting, approved)
        if rewriting:
            edits = rewriting.edits(body.body)
            for echo in body.echoes:
                edits.put(echo, b"null")
        return rewriting.rendered()

    def call(
        self, target: str, call: Call, where: Mapping[str, object], approved: Approved
    ) -> bytes:
        """A tool call of a target as it may go to its tool.  Raises `RefusedResponseError`."""
        rewriting = Rewriting(call.body)
        self.judge_call(target, call, where, rewriting, approved)
        return rewriting.rendered()

    def judge_call(
        self,
        target: str,
        call: Call,
        where: Mapping[str, object],
        rewriting: Rewriting,
        approved: Approved,
    ) -> None:
        """Write what the rules make of a tool call.  Raises `RefusedResponseError`."""
        self._judge(self.tool_flow(target, call, where, approved), call.runs, rewriting)

    def answer_flow(self, target: str, approved: Approved) -> Flow:
        """What governs an answer."""
        is_approved = target in approved.answers
        return Flow("response", target, self.attributes, approved=is_approved)

    def tool_flow(
        self, target: str, call: Call, where: Mapping[str, object], approved: Approved
    ) -> Flow:
        """What governs a tool call.

        Originals go where it is known that the tool is near.
        """
        facts = {"name": call.name, **self.tools.get(call.name, {}), **where}
        attributes = {**self.attributes, **{f"tool.{key}": value for key, value in facts.items()}}
        is_approved = call.name in approved.calls or self._is_by_id(call, approved)
        return Flow("tool_call", target, attributes, attributes.get("tool.at") in NEAR, is_approved)

    def _is_by_id(self, call: Call, approved: Approved) -> bool:
        """Whether a call is approved by its id, which whoever made the call has chosen.

        The name of a tool is none, for then that tool was meant.
        """
        offered = self.prepared.body.tools
        named = call.id in self.tools or any(call.id in each.names for each in offered)
        return call.id in approved.calls and not named

    def _judge(self, flow: Flow, runs: Sequence[Run], rewriting: Rewriting) -> None:
        """Write what a flow makes of some runs."""
        started = time.perf_counter()
        prepared = self.prepared
        read, known = runs, list[list[Finding]]()
        if flow.restores:
            restored = self._restored(runs)
            read = [run for run, _ in restored]
            if any(originals for _, originals in restored):
                labels = self.labels
                known = [findings_of(originals, labels) for _, originals in restored]
        if self._is_free(flow):
            _put(runs, read, rewriting)
            return
        reading = Reading(segments_of(read), read_runs(prepared.text, read, known), {})
        decision = self.judge.final(self.decide(flow, reading, started))
        self.check(flow, decision)
        plan = decision.treatments(flow.target)
        check_readable(reading.scan.unknown, plan)
        _put(runs, read, rewriting)
        treat_runs(prepared.text, read, reading.scan.scans, plan, prepared.keys, rewriting)

    def _is_free(self, flow: Flow) -> bool:
        """Whether no rule can say anything about a flow, and no log wants to know of it."""
        return self.judge.logged is None and flow.name in self.judge.policy.silent

    @property
    def labels(self) -> Collection[str]:
        """Those that the policy looks for; a session may have tokens of others."""
        return self.prepared.text.plan.labels

    def _restored(self, runs: Sequence[Run]) -> Sequence[tuple[Run, list[Original]]]:
        return restored_runs(
            runs, self.prepared.keys.tokens, self.judge.policy.tokenized, self.tally
        )

    def decide(self, flow: Flow, reading: Reading, started: float) -> Verdict:
        """The verdict on what a flow carries."""
        request = replace(self._request(flow), text=reading.segments)
        return self.judge.decide(request, reading, started)

    def decide_labels(
        self, flow: Flow, labels: Mapping[str, Mapping[str, int] | None], started: float
    ) -> Verdict:
        """The verdict if so many spans of some labels are found; None is unknown."""
        return self.judge.decide(replace(self._request(flow), labels=labels), None, started)

    def _request(self, flow: Flow) -> Request:
        known = self.judge.policy.declared
        given = {name: value for name, value in flow.attributes.items() if name in known}
        return Request(given, flow=flow.name, target=flow.target)

    def check(self, flow: Flow, decision: Decision) -> None:
        """Raise `RefusedResponseError` where something may not go on."""
        what = "the answer" if flow.name == "response" else "a tool call"
        rules = tuple(dict.fromkeys(reason.rule for reason in decision.reasons))
        if decision.target is None:
            named = f" (by {', '.join(rules)})" if rules else ""
            raise RefusedResponseError(f"{what} of `{flow.target}` may not go on{named}", rules)
        if decision.targets[flow.target].hold and not flow.approved:
            raise RefusedResponseError(
                f"a person must approve {what} of `{flow.target}` (by {', '.join(rules)})",
                rules,
                is_held=True,
            )


def _put(runs: Sequence[Run], read: Sequence[Run], rewriting: Rewriting) -> None:
    """Write what was turned back where tokens stood."""
    for old, new in zip(runs, read, strict=True):
        if old is new:
            continue
        for before, after in zip(old.pieces, new.pieces, strict=True):
            if before.part.text != after.part.text:
                rewriting.put(after.part, after.part.text)
