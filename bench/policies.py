"""Policies of a given size for the benchmarks, always the same ones."""

from __future__ import annotations

from collections.abc import Sequence

LABELS = ("phi.mrn", "phi.ssn", "pii.email", "secret", "phi")
EFFECTS = (
    'deny because "r{i}"',
    "tokenize {label} except phi.diagnosis",
    "prefer {i}",
    "score -1 * target.cost / $0.0{cent}",
    'cap max_output_tokens {one_more}k tag "t{i}"',
)


MODULES = ("edge", "hipaa", "secrets")
LIBRARY = (*MODULES, "pii", "injection")
"""All that the library finds by patterns."""


def policy(
    rules: int, targets: int = 8, modules: Sequence[str] = MODULES, *, labels: bool = True
) -> str:
    """A policy with some lets, targets and rules over them.

    Not `labels` leaves out all that needs a module with detectors.
    """
    lines = ['policy bench.size version "1"', *(f"import std.{name}" for name in modules)]
    for i in range(targets):
        place = ("local", "premises", "cloud")[i % 3]
        lines.append(
            f"target t{i} {{ at {place} context {8 * (i + 1)}k tools true "
            f"price in $0.{i} out $1 per 1M }}"
        )
    lines += [
        f"let l{i} = request.tokens > {i}k and task.complexity >= 0.{i + 10}" for i in range(40)
    ]
    lines += [_rule(i, labels=labels) for i in range(rules)]
    return "\n".join(lines) + "\n"


def _rule(i: int, *, labels: bool) -> str:
    label = LABELS[i % len(LABELS)]
    where = f"(target.at == cloud or net.jitter > {i + 1}ms)"
    effect = EFFECTS[i % len(EFFECTS)]
    if not labels:
        effect = EFFECTS[0] if "tokenize" in effect else effect
        where += f" and request.images < {i + 1}"
    shown = effect.format(i=i, label=label, cent=i % 9 + 1, one_more=i + 1)
    found = f" and not found {label}" if labels else ""
    return f"rule r{i} {{ when l{i % 40} and {where}{found} {shown} }}"
