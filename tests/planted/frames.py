"""What a planted fault stands in: targets, what ranks them, and when they can be had.

A frame alone has no findings, if it is `full`: its targets are ranked without ties, the first
one lowest, and each can be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from epol.lang.model import Value
from tests.planted.templates import SITES

EDGE_DOMAINS: Mapping[str, tuple[Value, ...]] = {
    # Only their sum is read, and compared with the one context that all targets have.
    "request.tokens": (0, 2**31 - 1),
    "request.max_output_tokens": (1000,),
}
"""What to try of the facts that std.edge computes with."""


@dataclass(frozen=True)
class Frame:
    """Targets in the order of their scores, and the lines that declare all there is."""

    targets: list[str]
    places: list[str]
    imports: list[str]
    lines: list[str]
    domains: Mapping[str, tuple[Value, ...]]


def frame(
    rng: Random, kind: str, count: int, fields: tuple[str, ...] = (), *, refused: bool = True
) -> Frame:
    """So many targets, at least one local and one in the cloud.

    `kind` is `full`, `scored` (never missing), `open` (no scores), `bare` (neither) or `edge`
    (by the rules of std.edge); `fields` are further fields of the first targets.  Where targets
    are `refused` by what stands in the frame, only `up` says that one is missing, because a
    request is not starved by targets that are down.
    """
    names: list[str] = rng.sample(SITES, count)
    places = ["local", "cloud"] + [rng.choice(("local", "cloud")) for _ in range(count - 2)]
    rng.shuffle(places)
    parts = [[f"at {place}"] for place in places]
    for part, field in zip(parts, fields, strict=False):
        part.append(field)
    lines: list[str] = []
    imports: list[str] = []
    if kind == "edge":
        imports.append("import std.edge")
        for part in parts:
            part.append("context 8k")
    if kind in ("full", "scored", "edge"):
        lines += _scores(rng, names, parts, priced=kind != "edge")
    if kind in ("full", "open"):
        lines.append(_absences(rng, names, refused=refused))
    if "closed" in "".join(lines):
        lines.append(f"signal net.closed : set {{ {', '.join(names)} }} default {{ }}")
    # Of one rule a target, each must matter; see `_order` for one rule that says it all.
    alone = sum(line.startswith("rule less_") for line in lines)
    order = list(range(count)) if alone else _order(rng, count)
    targets = [f"target {names[i]} {{ {'  '.join(parts[i])} }}" for i in order]
    domains: Mapping[str, tuple[Value, ...]] = EDGE_DOMAINS if kind == "edge" else {}
    return Frame(names, places, imports, [*targets, *lines], domains)


def _order(rng: Random, count: int) -> list[int]:
    """An order of declaration that is not that of the scores, which would then not matter."""
    order = list(range(count))
    while order == list(range(count)):
        rng.shuffle(order)
    return order[::-1]


def _scores(rng: Random, names: list[str], parts: list[list[str]], *, priced: bool) -> list[str]:
    """Rules by which each target has more points than the one before, and fewer than 40."""
    ranks = sorted(rng.sample(range(1, 10), len(names)))
    rule = f"rule {rng.choice(('rank', 'order_of_merit', 'taste'))}"
    match rng.randrange(4 if priced else 3):
        case 0:
            for part, rank in zip(parts, ranks, strict=True):
                part.append(f"merit {rank}")
            return ["field merit : int in 0 .. 9", f"{rule} {{ score target.merit }}"]
        case 1:
            chain = str(ranks[-1])
            for name, rank in zip(names[:-1], ranks[:-1], strict=True):
                chain = f"if(target.name == {name}, {rank}, {chain})"
            return [f"{rule} {{ score {chain} }}"]
        case 2:
            words = (f"avoid {30 - 3 * rank}" for rank in ranks)
            return [
                f"rule less_{name} {{ when target.name == {name} {word} }}"
                for name, word in zip(names[:-1], words, strict=False)
            ]
        case _:
            for part, price in zip(parts, reversed(ranks), strict=True):
                part.append(f"price in ${price} out $0 per 1")
            return [
                f"{rule} {{ score -1 * target.cost / $1 }}",
                "attr request.tokens : int in 1 .. 2 default 1",
                "attr request.max_output_tokens : int in 0 .. 0 default 0",
            ]


def _absences(rng: Random, names: list[str], *, refused: bool) -> str:
    """One rule by which each target can be missing, so that it alone starves no request."""
    if refused or rng.random() < 0.5:
        return f"rule missing {{ {rng.choice(('when not target.up', 'unless target.up'))} deny }}"
    closed = " or ".join(f"(net.closed has {name} and target.name == {name})" for name in names)
    return f"rule missing {{ when {closed} deny }}"


def decoration(rng: Random, index: int) -> list[str]:
    """Declarations that give no finding and stand in the way of none."""
    fact = f"extra.fact{index}"
    effect = rng.choice(
        ('tag "seen"', "cap temperature 0.5", 'tools only "mail", "clock"', "cap top_p 0.9", "hold")
    )
    if rng.random() < 0.5:
        return [
            f"attr {fact} : bool default {rng.choice(('true', 'false'))}",
            f"rule extra{index} {{ when {fact} {effect} }}",
        ]
    return [
        f"attr {fact} : int in 0 .. 2 default 0",
        f"rule extra{index} {{ when {fact} > {rng.randint(0, 1)} {effect} }}",
    ]
