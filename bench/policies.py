"""Policies of a given size for the benchmarks, always the same ones."""

from __future__ import annotations

LABELS = ("phi.mrn", "phi.ssn", "pii.email", "secret", "phi")
EFFECTS = (
    'deny because "r{i}"',
    "tokenize {label} except phi.diagnosis",
    "prefer {i}",
    "score -1 * target.cost / $0.0{cent}",
    'cap max_output_tokens {one_more}k tag "t{i}"',
)


def policy(rules: int, targets: int = 8) -> str:
    """A policy with some lets, targets and rules over them."""
    lines = ['policy bench.size version "1"', "import std.edge", "import std.hipaa"]
    lines += ["import std.secrets"]
    for i in range(targets):
        place = ("local", "premises", "cloud")[i % 3]
        lines.append(
            f"target t{i} {{ at {place} context {8 * (i + 1)}k tools true "
            f"price in $0.{i} out $1 per 1M }}"
        )
    lines += [
        f"let l{i} = request.tokens > {i}k and task.complexity >= 0.{i + 10}" for i in range(40)
    ]
    lines += [_rule(i) for i in range(rules)]
    return "\n".join(lines) + "\n"


def _rule(i: int) -> str:
    label = LABELS[i % len(LABELS)]
    where = f"(target.at == cloud or net.jitter > {i + 1}ms)"
    effect = EFFECTS[i % len(EFFECTS)]
    shown = effect.format(i=i, label=label, cent=i % 9 + 1, one_more=i + 1)
    return f"rule r{i} {{ when l{i % 40} and {where} and not found {label} {shown} }}"
