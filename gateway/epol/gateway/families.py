"""What is measured: every family of metrics, with what its labels may say.

The values of labels are names of the policy (targets, rules, labels) and words of the code.
None comes from a request or an answer, so that their number is bounded and they say nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

_WORK = (1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 5.0)
"""Upper ends in seconds for what the gateway does itself."""
_WAIT = (5e-3, 1e-2, 2.5e-2, 5e-2, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper ends in seconds for what waits for targets."""


@dataclass(frozen=True, slots=True)
class Family:
    """Metrics of one name: `buckets` are the upper ends of a histogram, in its unit."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()


REQUESTS = Family(
    "epol_requests_total",
    COUNTER,
    "Requests that are over, by API, status for the caller (499: gone) and answering target.",
    ("api", "status", "target"),
)
DECISIONS = Family(
    "epol_decisions_total", COUNTER, "Requests by what the policy decided.", ("status",)
)
ATTEMPTS = Family(
    "epol_attempts_total",
    COUNTER,
    "Attempts by target and result, as in x-epol-attempts.",
    ("target", "result"),
)
PROBLEMS = Family(
    "epol_problems_total", COUNTER, "Requests answered with an error, by its code.", ("code",)
)
REFUSALS = Family(
    "epol_refusals_total",
    COUNTER,
    "Requests and answers that were blocked or held, by code and rule or failure.",
    ("code", "rule"),
)
FIRED = Family(
    "epol_rules_fired_total", COUNTER, "Requests for which a rule fired on a target.", ("rule",)
)
TREATMENTS = Family(
    "epol_treatments_total",
    COUNTER,
    "Requests answered by a target, by the labels that were treated on the way to it, and how.",
    ("label", "treatment"),
)
VALUES = Family(
    "epol_treated_values_total",
    COUNTER,
    "Values of labels that were treated in requests that a target answered, and how.",
    ("label", "treatment"),
)
FALLBACKS = Family(
    "epol_fallbacks_total",
    COUNTER,
    "Requests answered by a target that was not the first one tried.",
    ("target",),
)
COMPARED = Family(
    "epol_compared_requests_total",
    COUNTER,
    "Requests that a target answered, by whether their cost is compared with all-cloud.",
    ("result",),
)
DOLLARS = Family(
    "epol_compared_dollars_total",
    COUNTER,
    "What the compared requests cost: as they went, and had all gone to the cloud.",
    ("way",),
)
TOKENS = Family(
    "epol_tokens_total",
    COUNTER,
    "Tokens in answers: turned back to what they stand for, or unknown and left.",
    ("result",),
)
RELOADS = Family(
    "epol_policy_reloads_total", COUNTER, "Policies read anew: taken, or refused.", ("result",)
)
DROPPED = Family(
    "epol_metrics_dropped_total", COUNTER, "Counts left out because there are too many series."
)
ENFORCE = Family(
    "epol_enforce_seconds",
    HISTOGRAM,
    "Time to read, decide and treat a request.",
    (),
    _WORK,
)
TARGET = Family(
    "epol_target_seconds",
    HISTOGRAM,
    "Time until the head of a target's answer, or until it failed.",
    ("target",),
    _WAIT,
)
STREAM = Family(
    "epol_stream_hold_back_seconds",
    HISTOGRAM,
    "Time from the first bytes of a target's stream to the first that go to the caller.",
    (),
    _WORK,
)
TOTAL = Family(
    "epol_request_seconds",
    HISTOGRAM,
    "Time from a request's head to the end of its answer.",
    ("api",),
    _WAIT,
)
UNDER_WAY = Family("epol_requests_in_flight", GAUGE, "Requests for models under way.")
CIRCUITS = Family(
    "epol_circuit_workers",
    GAUGE,
    "Workers whose circuit breaker of a target is in a state.",
    ("target", "state"),
)
POLICY = Family(
    "epol_policy_info",
    GAUGE,
    "Workers that decide by a policy.",
    ("policy", "version", "digest"),
)
LEFT = Family("epol_budget_remaining_dollars", GAUGE, "What is left of the budget.")
SPENT = Family("epol_budget_spent_dollars", GAUGE, "What is spent of the budget.")

FAMILIES = (
    REQUESTS,
    DECISIONS,
    ATTEMPTS,
    PROBLEMS,
    REFUSALS,
    FIRED,
    TREATMENTS,
    VALUES,
    FALLBACKS,
    COMPARED,
    DOLLARS,
    TOKENS,
    RELOADS,
    DROPPED,
    ENFORCE,
    TARGET,
    STREAM,
    TOTAL,
    UNDER_WAY,
    CIRCUITS,
    POLICY,
    LEFT,
    SPENT,
)
"""In the order in which they are shown."""
