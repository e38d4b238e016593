"""A decision: what each target may do with a request, and which one should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from epol.engine.bundle.lazy import lazy
from epol.engine.bundle.treatment import Detail
from epol.engine.deciding.outcome import Outcome, Row, TargetOutcome

ROUTE, HOLD, BLOCK = "route", "hold", "block"
EFFORTS = ("none", "low", "medium", "high")
_MILLION = 1_000_000

SCAN_LIMIT, INTERNAL_ERROR, LOG_FAILURE = "scan-limit", "internal-error", "log-failure"
LABEL_UNREAD, VAULT_FAILED, BODY_UNWRITABLE = "label-unread", "vault-failed", "body-unwritable"
FAILURES = {
    SCAN_LIMIT: "the text asks for more scanning than one request may",
    INTERNAL_ERROR: "the request could not be decided",
    LABEL_UNREAD: "a label is to be treated whose model failed or could not be run",
    VAULT_FAILED: "the vault could not keep what a token stands for",
    BODY_UNWRITABLE: "the body cannot be written as it is to be treated",
    LOG_FAILURE: "the decision could not be logged",
}
"""Why a request is blocked that no rule has blocked; no rule can have these names."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A rule that removed or holds a target, and what it says for itself."""

    rule: str
    target: str
    because: str | None


@dataclass(frozen=True, slots=True)
class Ran:
    """A model that was run for a decision, for how many microseconds."""

    name: str
    microseconds: float


@dataclass(frozen=True, slots=True)
class PolicyName:
    """Which policy decided."""

    name: str
    version: str | None
    digest: str


class Decision:
    """The verdict on one request.

    `status` is `route`, `hold` or `block`; `order` the permitted targets, best first, and
    `target` the first of them.  `skipped` names what models were not asked for, because
    it could not matter; `ran` the models that were.  `failure` says why a request is
    blocked that could not be decided.  The rest is worked out when it is asked for, from
    words that are the decision's own.  It holds no text of the request.
    """

    def __init__(
        self,
        outcome: Outcome,
        policy: PolicyName,
        skipped: tuple[str, ...] = (),
        ran: tuple[Ran, ...] = (),
        failure: str | None = None,
    ) -> None:
        self._outcome = outcome
        self.target = outcome.target
        self.status = BLOCK if self.target is None else HOLD if outcome.is_held() else ROUTE
        self.policy = policy
        self.skipped = skipped
        self.ran = ran
        self.failure = failure

    @lazy
    def order(self) -> tuple[str, ...]:
        """The permitted targets, best first."""
        return self._outcome.order()

    @lazy
    def targets(self) -> Mapping[str, TargetOutcome]:
        """What each target may do, in the order of declaration."""
        return self._outcome.targets()

    @lazy
    def reasons(self) -> tuple[Reason, ...]:
        """Every rule and target that it removed or holds, by name."""
        if self.failure is not None:
            return tuple(
                Reason(self.failure, name, FAILURES[self.failure]) for name in self.targets
            )
        return tuple(sorted((Reason(*r) for r in self._outcome.reasons()), key=_by_rule))

    def rows(self) -> tuple[list[str], list[Row]]:
        """What `targets` says, as rows, and apart from them the rules that fired on all targets."""
        return self._outcome.rows()

    def reason_names(self) -> list[tuple[str, str]]:
        """The rules and targets of `reasons`."""
        if self.failure is not None:
            return [(self.failure, name) for name in self.targets]
        return sorted([(rule, target) for rule, target, _ in self._outcome.reasons()])

    @lazy
    def unknown(self) -> tuple[str, ...]:
        """What was unknown and mattered."""
        return tuple(name for name in self._outcome.unknown() if name not in self.skipped)

    @lazy
    def labels(self) -> Mapping[str, int | None]:
        """How many spans of each label were found; None: unknown."""
        return self._outcome.label_totals()

    @lazy
    def label_counts(self) -> Mapping[str, Mapping[str, int] | None]:
        """How many spans of each label were found, by role; None: unknown."""
        return self._outcome.label_counts()

    def treatments(self, target: str) -> Mapping[str, Detail]:
        """The labels that are found or unknown, and how they are treated on the way to a target."""
        return self.targets[target].treatments

    def to_json(self) -> dict[str, object]:
        """The decision as JSON values; fractional scores and caps are exact Decimals."""
        return {
            "status": self.status,
            "target": self.target,
            "order": list(self.order),
            "targets": {name: _target(target) for name, target in self.targets.items()},
            "reasons": [
                {"rule": reason.rule, "target": reason.target, "because": reason.because}
                for reason in self.reasons
            ],
            "unknown": list(self.unknown),
            "skipped": list(self.skipped),
            "labels": dict(self.labels),
            **({"failure": self.failure} if self.failure else {}),
            "policy": {
                "name": self.policy.name,
                "version": self.policy.version,
                "digest": self.policy.digest,
            },
        }


def _by_rule(reason: Reason) -> tuple[str, str]:
    return reason.rule, reason.target


def _target(target: TargetOutcome) -> dict[str, object]:
    return {
        "permitted": target.permitted,
        "score": _scaled(target.score),
        "treatments": {name: str(d.treatment) for name, d in target.treatments.items()},
        "caps": {name: _cap(name, value) for name, value in target.caps.items()},
        "tools": None if target.tools is None else list(target.tools),
        "tags": list(target.tags),
        "hold": target.hold,
        "fired": list(target.fired),
    }


def _scaled(value: int) -> int | Decimal:
    """Millionths as an int where they are whole, else as an exact Decimal."""
    whole, part = divmod(value, _MILLION)
    return whole if part == 0 else (Decimal(value) / _MILLION).normalize()


def _cap(name: str, value: int) -> int | str | Decimal:
    if name == "reasoning_effort":
        return EFFORTS[value]
    return value if name == "max_output_tokens" else _scaled(value)
