"""A decision as a line of the log; docs/decision-log.md describes each field.

There is nothing in it but names that the policy declares, numbers, and keyed digests.
"""

from __future__ import annotations

from collections.abc import Mapping

from epol.engine.bundle.lines import encode_fields
from epol.engine.bundle.treatment import Detail
from epol.engine.deciding.batch import STATUSES, Batch
from epol.engine.deciding.outcome import Row
from epol.engine.decision import Decision, PolicyName
from epol.engine.log.declared import Declared
from epol.engine.log.facts import FactWriter
from epol.engine.log.keys import Digests
from epol.engine.log.writer import now
from epol.engine.request import FLOWS, Request
from epol.engine.seen import About, Seen

DECISION, BATCH, POLICY, GAP = "decision", "batch", "policy", "gap"


class Recorder:
    """Writes the decisions of one policy as fields of lines."""

    def __init__(self, declared: Declared, facts: FactWriter, digests: Digests) -> None:
        self.digest = declared.digest
        self.declared = encode_fields({"declares": declared})
        self._facts, self._digests = facts, digests

    def decision(
        self, decision: Decision, request: Request, seen: Seen, about: About, microseconds: float
    ) -> bytes:
        """The fields of a decision that took some time."""
        flow, producer = _flow(request, decision)
        return encode_fields(
            {
                "time": now(),
                "us": round(microseconds),
                "flow": flow,
                **({} if producer is None else {"producer": producer}),
                **decision_fields(decision),
                "read": seen.texts,
                "facts": self._facts.write(seen),
                "ran": [[ran.name, round(ran.microseconds)] for ran in decision.ran],
                **self._about(about),
                "policy": _policy(decision.policy),
            }
        )

    def _about(self, about: About) -> dict[str, str]:
        of = self._digests.of
        found: dict[str, str] = {}
        if about.body is not None:
            found["body"] = of("body", about.body)
        if about.session is not None:
            found["session"] = of("session", about.session.encode("utf-8", "surrogatepass"))
        if about.caller is not None:
            found["caller"] = of("caller", about.caller.encode("utf-8", "surrogatepass"))
        return found


def _flow(request: Request, decision: Decision) -> tuple[str, str | None]:
    """The flow, and what produced its content: of a request that is none, nothing is repeated."""
    flow = getattr(request, "flow", None)
    if flow not in FLOWS:
        return "request", None
    producer = request.target
    return flow, producer if isinstance(producer, str) and producer in decision.targets else None


def decision_fields(decision: Decision) -> dict[str, object]:
    """What was decided, without what it was computed from."""
    everywhere, rows = decision.rows()
    return {
        "status": decision.status,
        "target": decision.target,
        "order": decision.order,
        **({"failure": decision.failure} if decision.failure else {}),
        "fired": everywhere,
        "targets": {row[0]: _target(row) for row in rows},
        "reasons": decision.reason_names(),
        "labels": decision.label_counts,
        "unknown": decision.unknown,
        "skipped": decision.skipped,
    }


def batch_fields(batch: Batch, policy: PolicyName, microseconds: float) -> bytes:
    """The fields of a batch: how many requests got which status and went where."""
    statuses = {name: int((batch.status == at).sum()) for at, name in enumerate(STATUSES)}
    targets = {name: int((batch.target == at).sum()) for at, name in enumerate(batch.targets)}
    return encode_fields(
        {
            "time": now(),
            "us": round(microseconds),
            "requests": len(batch),
            "statuses": statuses,
            "targets": targets,
            "policy": _policy(policy),
        }
    )


def gap_fields(lost: int, since: str) -> bytes:
    """The fields of a gap: how many decisions are not in the log."""
    return encode_fields({"time": now(), "lost": lost, "since": since})


def _policy(name: PolicyName) -> dict[str, str | None]:
    return {"name": name.name, "version": name.version, "digest": name.digest}


def _target(row: Row) -> dict[str, object]:
    """What a target may do; what there is none of is left out."""
    _, permitted, score, treatments, caps, tools, tags, hold, fired = row
    said: dict[str, object] = {"permitted": permitted}
    if fired:
        said["fired"] = fired
    if score:
        said["score"] = score
    if treatments:
        said["treatments"] = {name: str(d.treatment) for name, d in treatments.items()}
        details = {name: detail_fields(d) for name, d in treatments.items()}
        if any(details.values()):
            said["details"] = {name: detail for name, detail in details.items() if detail}
    if caps:
        said["caps"] = caps
    if tools is not None:
        said["tools"] = tools
    if tags:
        said["tags"] = tags
    if hold:
        said["hold"] = True
    return said


def detail_fields(detail: Detail) -> Mapping[str, object]:
    """What a rule says of a treatment beside its name, if it says anything."""
    said: dict[str, object] = {}
    if detail.keep_last:
        said["keep_last"] = detail.keep_last
    if detail.replacement is not None:
        said["replacement"] = detail.replacement
    if detail.method is not None:
        said["by"] = detail.method.name
        if detail.method.amount is not None:
            said["amount"] = detail.method.amount
    return said
