"""Two random policies to compare, and one random request as both read it."""

from dataclasses import replace
from random import Random

from epol.compiler.diff.common import allows, common_type
from epol.compiler.diff.judge import Pair, Side
from epol.lang.model import Policy, Value
from tests.differential.policies import compiled, policy_text
from tests.differential.requests import Requests


def changed(rng: Random, text: str) -> str:
    """A policy with some rules gone, moved, doubled with another effect, or with other targets."""
    lines = text.splitlines()
    rules = [line for line in lines if line.startswith("rule ")]
    others = [line for line in lines if not line.startswith("rule ")]
    kept = [rule for rule in rules if rng.random() < 0.8]
    if rng.random() < 0.3:
        rng.shuffle(kept)
    if rng.random() < 0.5:
        kept.append(f"rule more {{ {rng.choice(_MORE)} }}")
    changed = "\n".join([*(_other(rng, line) for line in others), *kept])
    if rng.random() < 0.3:
        changed = changed.replace("enum { x, y, z }", "enum { z, w, x, y }")
        changed = changed.replace("set { p, q, r }", "set { r, s, q, p }")
    return changed


_MORE = (
    "when a.bool0 deny",
    "mask l.a keep last 4",
    'redact l.b with "[gone]"',
    "hold",
    "when found l.c cap temperature 0.5",
    'tools only "mail", "clock"',
    "when target.at == local prefer 2",
    "on any when found l.a.x deny",
    "generalize l by year",
)


def _other(rng: Random, line: str) -> str:
    if line.startswith("target ") and rng.random() < 0.2:
        return line.replace("at local", "at cloud").replace("price in $0.10", "price in $7")
    if line.startswith("attr ") and " default " not in line and rng.random() < 0.1:
        return line.replace("int in 0 .. 10k", "int in -4 .. 9k")
    if line.startswith("attr a.bool") and rng.random() < 0.2:
        return line.partition(" default ")[0] + rng.choice(("", " default true"))
    return line


def two(seed: int) -> tuple[Policy, Policy] | None:
    """A policy with a changed one, or every third time with a stranger; None if one is none."""
    rng = Random(seed)
    text = policy_text(rng, most_rules=6)
    other = policy_text(rng, most_rules=6) if seed % 3 == 0 else changed(rng, text)
    old, new = compiled(text), compiled(other)
    return None if old is None or new is None else (old, new)


def joint(rng: Random, old: Policy, new: Policy) -> Pair | None:
    """A random request that both allow; None where only one has the target that is asked for."""
    first = Requests(old).request(rng)
    if first.target is not None and not new.has_target(first.target):
        return None
    second = Requests(new).request(rng, first.flow)
    merged: dict[str, Value] = {**second.inputs, **first.inputs}
    by_model = {d.label for p in (old, new) for d in p.detectors if d.model is not None}
    counts = {**second.labels, **first.labels}
    labels = {n: c for n, c in counts.items() if c is not None or n in by_model}
    sides: list[Side] = []
    for policy, request, its in ((old, first, new), (new, second, old)):
        inputs: dict[str, Value] = {}
        for name, info in policy.inputs.items():
            common = common_type(info.type, its.inputs[name].type) if name in its.inputs else None
            value = merged.get(name) if common is not None else request.inputs.get(name)
            if value is not None and (common is None or allows(common, value)):
                inputs[name] = value
        own = {n: c for n, c in labels.items() if n in policy.labels}
        sides.append(Side(policy, replace(request, target=first.target, inputs=inputs, labels=own)))
    return Pair(*sides)
