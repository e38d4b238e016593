"""Deciding the records of a log again, under another policy.

What the log cannot tell is never guessed.  It counts as unknown where the policy allows that, and
only if it then does not matter, the decision is the one that the policy would have made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from epol.engine.bundle.contents import Bundle
from epol.engine.bundle.lines import decode_object, encode_line
from epol.engine.bundle.plan_codec import decode_plan
from epol.engine.bundle.program_codec import decode_program
from epol.engine.deciding.decider import Decider, Features
from epol.engine.deciding.demand import Demand
from epol.engine.decision import Decision, PolicyName
from epol.engine.errors import BundleError, RequestError
from epol.engine.log.declared import Declared, declared_by
from epol.engine.log.keys import Digests
from epol.engine.log.knowing import Knowing
from epol.engine.log.record import decision_fields
from epol.engine.log.shape import DecisionLine
from epol.engine.log.told import Told
from epol.engine.reading.labels import ByRole


@dataclass(frozen=True)
class Again:
    """A record decided again: the decision as the log would have it, or why there is none."""

    decision: Mapping[str, Any] | None
    why: tuple[str, ...] = ()


class Replayer:
    """Decides records under the policy of a bundle.  For one thread at a time."""

    def __init__(
        self,
        bundle: Bundle,
        digests: Sequence[Digests],
        *,
        same_findings: bool = False,
        assume_defaults: bool = False,
    ) -> None:
        """`digests` of the keys that are known: without, strings cannot be told from constants.

        `same_findings` takes labels and text signals as the log has them, though other detectors
        read the texts; `assume_defaults` takes what the log lacks as not given.  Raises
        `BundleError`, `KernelError`.
        """
        if bundle.program is None or bundle.text is None:
            raise BundleError("the bundle has no program to decide by; build it anew")
        program = decode_program(bundle.program)
        manifest = bundle.manifest
        self.declared = declared_by(manifest, program, decode_plan(bundle.text))
        self._decider = Decider(program)
        self._demand = Demand(self._decider)
        self._name = PolicyName(manifest.name, manifest.version, manifest.digest)
        self._knowing = Knowing(program, self.declared, digests, assume_defaults=assume_defaults)
        self._same_findings = same_findings

    def decide(self, record: DecisionLine, old: Declared | None) -> Again:
        """A record of a policy that declared `old`, decided again."""
        if record.failure is not None:
            return Again(None, (f"it was blocked without a decision ({record.failure})",))
        if old is None:
            return Again(None, ("the log does not have what its policy declares",))
        try:
            return self._decide(record, old)
        except RequestError as error:
            return Again(None, (f"NEW refuses it: {error}",))

    def _decide(self, record: DecisionLine, old: Declared) -> Again:
        decider, flow = self._decider, record.flow
        asked = decider.asked(flow, record.producer)
        told = self._knowing.told(record, old, same_findings=self._same_findings)
        labels = self._labels(record, old, told)
        features = decider.features(told.given, labels, strict=False)
        skipped = self._skipped(record, told, features, labels, asked)
        outcome = decider.decide(features, labels, flow, asked)
        decision = Decision(outcome, self._name, skipped)
        told.why += [
            f"the log cannot tell {name}, and it matters"
            for name in decision.unknown
            if name in told.open
        ]
        if told.why:
            return Again(None, tuple(dict.fromkeys(told.why)))
        return Again(decode_object(encode_line(decision_fields(decision)), dict[str, Any]))

    def _labels(self, record: DecisionLine, old: Declared, told: Told) -> dict[str, ByRole]:
        """The labels as the log tells them; those that it cannot tell are unknown, and open."""
        own = self.declared.labels
        labels = {name: found for name, found in record.labels.items() if name in own}
        told.open |= {name for name in record.skipped if labels.get(name, 0) is None}
        if record.read and not self._same_findings:
            for name, detectors in own.items():
                if detectors != old.labels.get(name):
                    labels[name] = None
                    told.open.add(name)
        return self._decider.labels.read(labels)

    def _skipped(
        self,
        record: DecisionLine,
        told: Told,
        features: Features,
        labels: Mapping[str, ByRole],
        asked: int,
    ) -> tuple[str, ...]:
        """What models could still tell and nobody needs to know; of what is needed, why."""
        flow, unread = record.flow, told.open & {*self.declared.models}
        pending = tuple(
            costly
            for costly in self._demand.pending(flow, told.given, unread)
            if costly.name in told.open
        )
        if not pending:
            return ()
        wanted = self._demand.next(flow, pending, features, labels, asked, tuple(record.read))
        if wanted is not None:
            told.why.append(f"the model of {wanted.name} was not asked then, and NEW asks it")
            told.open.discard(wanted.name)
            return ()
        # Whatever they are, the decision is the same: NEW would not ask either.
        names = tuple(sorted(costly.name for costly in pending))
        told.open.difference_update(names)
        return names


COMPARED = ("status", "target", "order", "fired", "targets", "reasons", "unknown")


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """What two decisions of one policy on one request say otherwise, which is a finding."""
    return tuple(name for name in COMPARED if old.get(name) != new.get(name))
