"""All planted policies: each family with several seeds, and policies with two faults at once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from random import Random

from epol.lang.model import Value
from tests.planted import about_rules, about_targets, about_texts, about_treatments
from tests.planted.families import Family
from tests.planted.frames import decoration, frame
from tests.planted.judged import Finding
from tests.planted.templates import Names, cured, faulty

SEEDS = 2
"""Policies of each family."""
PAIRS = 24
"""Policies with two faults."""

FAMILIES: tuple[Family, ...] = (
    *about_rules.FAMILIES,
    *about_treatments.FAMILIES,
    *about_targets.FAMILIES,
    *about_texts.FAMILIES,
)
LONGEST = 4
LETTERS = ("E", "1", "a")
NEARBY = "id 11"


@dataclass(frozen=True)
class Case:
    """A policy with faults that are known, and the same policy without them."""

    name: str
    faulty: str
    clean: str
    planted: frozenset[Finding]
    domains: Mapping[str, tuple[Value, ...]]
    texts: tuple[str, ...]


@cache
def cases() -> tuple[Case, ...]:
    """All of them, always the same."""
    single = [
        planted(f"{family.finding}-{index}-{seed}", (family,), seed)
        for index, family in enumerate(FAMILIES)
        for seed in range(SEEDS)
    ]
    mixing = [family for family in FAMILIES if family.mixes and family.frame == "full"]
    rng = Random("pairs")
    double: list[Case] = []
    while len(double) < PAIRS:
        two = tuple(rng.sample(mixing, 2))
        if two[0].finding != two[1].finding and not (two[0].fields and two[1].fields):
            double.append(planted("-and-".join(f.finding for f in two), two, len(double)))
    return (*single, *double)


def planted(name: str, families: tuple[Family, ...], seed: int) -> Case:
    """The case of some families and a seed."""
    rng = Random(f"{name} {seed}")
    counts = [count for count in families[0].counts if all(count in f.counts for f in families)]
    fields = max((family.fields for family in families), key=len)
    count = rng.choice(counts) if counts else min(families[0].counts)
    refused = any(re.search(r"deny|only |block|@act", family.template) for family in families)
    made = frame(rng, families[0].frame, count, fields, refused=refused)
    names = Names(rng, made.targets, made.places)
    lines = [names.fill(line) for line in made.lines]
    expected: set[Finding] = set()
    for family in families:
        lines += [names.fill(line) for line in family.declarations]
        expected.add((family.finding, tuple(sorted(map(names.fill, family.about)))))
        names.forget()
    for index in range(rng.randint(0, 2 if len(families) == 1 else 0)):
        lines += decoration(rng, index)
    lines = _shuffled(rng, lines)
    text = "\n".join(['policy planted version "1"', *made.imports, *lines, ""])
    texts = _texts() if any(family.texts for family in families) else ()
    return Case(name, faulty(text), cured(text), frozenset(expected), made.domains, texts)


def _shuffled(rng: Random, lines: list[str]) -> list[str]:
    """The declarations in any order, but targets, whose order means something."""
    targets = [line for line in lines if line.startswith("target ")]
    places = rng.sample(lines, len(lines))
    return [targets.pop(0) if line.startswith("target ") else line for line in places]


@cache
def _texts() -> tuple[str, ...]:
    """All texts of few characters that the detectors of the families know."""
    lengths = range(1, LONGEST + 1)
    return (*("".join(text) for n in lengths for text in product(LETTERS, repeat=n)), NEARBY)
