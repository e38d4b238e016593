"""One text that two detectors find, whose labels are treated otherwise."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import partial
from itertools import combinations, permutations, product
from random import Random
from typing import TYPE_CHECKING

from epol.compiler.analysing import Case, Known, Told, undecided
from epol.compiler.emit.text import nodes_of
from epol.compiler.patterns.overlap import shared, shortest, value_in
from epol.compiler.patterns.tree import Node
from epol.compiler.scanning import begin_scanner_of, scanned, scanner_of
from epol.compiler.smt.answers import Possible, Undecided
from epol.engine.bundle.exact import PatternRefusedError
from epol.engine.bundle.findings import Finding
from epol.engine.bundle.service import ScanLimitError, TextService
from epol.lang import ast
from epol.lang.diagnostics import Diagnostic, Label, Severity, define
from epol.lang.model import DetectorInfo
from epol.lang.request import Request
from epol.lang.semantics import Lane

if TYPE_CHECKING:
    from epol.compiler.smt.formula import Formula
    from epol.compiler.smt.terms import Bool

DETECTORS_OVERLAP = define(
    "detectors-overlap",
    "two detectors find the same text under labels that are treated otherwise",
    "The whole span gets the stronger treatment, under the name of the label with the higher "
    "confidence. If that is not meant, make one of the patterns narrower, or treat both labels "
    "alike.",
    severity=Severity.WARNING,
    bad="label id.staff\nlabel id.patient\n"
    "detector staff -> id.staff { match /[A-Z]{2}\\d{4}/ }\n"
    "detector patient -> id.patient { match /(MR|PT)\\d+/ }\n"
    "rule one { redact id.staff }\nrule two { tokenize id.patient }",
    good="label id.staff\nlabel id.patient\n"
    "detector staff -> id.staff { match /EMP-\\d{4}/ }\n"
    "detector patient -> id.patient { match /(MR|PT)\\d+/ }\n"
    "rule one { redact id.staff }\nrule two { tokenize id.patient }",
)
TRIES = 40
"""Texts that are tried for two patterns; a checksum lets one of ten pass."""

_SEED = 20_011
_Detectors = tuple[DetectorInfo, DetectorInfo]


def begin(known: Known) -> None:
    """Begin to make the scanner, which takes long where no database is in the cache."""
    if known.own_rules and _own(known):
        begin_scanner_of(known.policy)


def detectors_overlap(known: Known) -> Iterator[Diagnostic]:
    """Pairs of detectors, one of them at least the policy's own, that overlap."""
    own = _own(known)
    if not own or not known.own_rules:
        return
    try:
        scanner = scanner_of(known.policy)
    except PatternRefusedError as error:
        yield undecided(DETECTORS_OVERLAP, known.head, str(error))
        return
    for pair, text in _found_together(known, own, scanner).items():
        yield from _of_pair(known, pair, text)


def _own(known: Known) -> list[DetectorInfo]:
    names = {
        file.qualified(node.name.text)
        for file in known.compiled.unit.files
        if not file.is_standard
        for node in file.tree.declarations
        if isinstance(node, ast.Detector)
    }
    return [each for each in known.policy.detectors if each.name in names and each.model is None]


# --- texts that both find ------------------------------------------------------------


def _found_together(
    known: Known, own: list[DetectorInfo], scanner: TextService
) -> dict[tuple[str, str], str]:
    """By names of two detectors, a text in which both find the same characters."""
    found: dict[tuple[str, str], str] = {}
    by_name = {each.name: each for each in known.policy.detectors}
    wanted = {each.name for each in own}
    for text in (example.text for each in own for example in each.examples if example.wanted):
        for pair in _pairs(scanner, text):
            if wanted & {*pair} and _may_differ(known, *(by_name[name] for name in pair)):
                found.setdefault(pair, text)
    for one, other in combinations(own, 2):
        pair = _key(one.name, other.name)
        if pair not in found and _may_differ(known, one, other):
            confirmed = _confirmed(scanner, (one, other))
            if confirmed is not None:
                found[pair] = confirmed
    return found


def _may_differ(known: Known, one: DetectorInfo, other: DetectorInfo) -> bool:
    """Whether two labels are under the treatments of other rules."""
    treating = known.policy.treating
    mine, its = treating.get(one.label, ()), treating.get(other.label, ())
    return one.label != other.label and [id(e) for _, e in mine] != [id(e) for _, e in its]


def _key(one: str, other: str) -> tuple[str, str]:
    return (one, other) if one < other else (other, one)


def _pairs(scanner: TextService, text: str) -> set[tuple[str, str]]:
    """The pairs of detectors in a text of which one finds a part of what the other finds."""
    try:
        findings = scanner.scan(text).findings
    except ScanLimitError:
        return set()
    return {
        _key(one.detector, other.detector)
        for one, other in permutations(findings, 2)
        if one.detector != other.detector and _within(one, other)
    }


def _within(one: Finding, other: Finding) -> bool:
    return other.start <= one.start and one.end <= other.end


def _confirmed(scanner: TextService, pair: _Detectors) -> str | None:
    """A text made from the patterns in which the scanner finds both."""
    wanted = _key(pair[0].name, pair[1].name)
    for text in _proposed(pair):
        if wanted in _pairs(scanner, text):
            return text
    return None


def _proposed(pair: _Detectors) -> Iterator[str]:
    rng = Random(_SEED)  # noqa: S311 (the same texts on every run)
    phrases = (near.phrases[0] for each in pair for near in each.near)
    beside = ["", *(phrase + " " for phrase in phrases)]
    for one, other in permutations(pair):
        for whole, part in product(nodes_of(one), nodes_of(other)):
            for text in _shared(whole, part, rng):
                yield from (f"{phrase}{text}" for phrase in beside)


def _shared(whole: Node, part: Node, rng: Random) -> Iterator[str]:
    """Texts of which one matches all, and the other a part; or what either calls the value."""
    yield from shared(whole, part, TRIES, rng)
    mine, its = value_in(whole), value_in(part)
    if mine is None and its is None:
        return
    ends = [_ends(each) for each in (mine, its) if each is not None]
    values = (whole if mine is None else mine[1]), (part if its is None else its[1])
    for text in shared(*values, TRIES, rng):
        yield from (f"{before}{text}{behind}" for before, behind in ends)


def _ends(parts: tuple[Node, Node, Node]) -> tuple[str, str]:
    """Text to put around a value, so that the whole pattern matches."""
    return shortest(parts[0]) or "", shortest(parts[2]) or ""


# --- whether it matters --------------------------------------------------------------


def _of_pair(known: Known, pair: tuple[str, str], text: str) -> Iterator[Diagnostic]:
    """The finding, if the labels are treated otherwise on a request with the text."""

    one, other = (next(d for d in known.policy.detectors if d.name == name) for name in pair)
    cases = {
        (place, name): Case(
            other.span,
            place,
            known.space.terms.both(*_as_scanned(known, formula, text), differ),
            partial(_told, known, (one, other), name),
            (f"{one.name} and {other.name} find the same text",),
            text=text,
        )
        for place in known.space.places
        for formula in [known.space.formula(place)]
        for name, differ in _differ(formula, one.label, other.label)
    }
    answers = known.space.settle({key: case.goal for key, case in cases.items()})
    for key, answer in answers.items():
        if isinstance(answer, Possible):
            yield known.replayed(DETECTORS_OVERLAP, cases[key], known.witness(cases[key], answer))
            return
        if isinstance(answer, Undecided):
            yield undecided(DETECTORS_OVERLAP, other.span, answer.reason)
            return


def _differ(formula: Formula, one: str, other: str) -> Iterator[tuple[str, Bool]]:
    """By target: whether two labels get different treatments."""
    for name, lane in formula.lanes.items():
        mine, its = (lane.treatments.detail(label).treatment for label in (one, other))
        yield name, formula.terms.negation(formula.terms.equal(mine, its))


def _as_scanned(known: Known, formula: Formula, text: str) -> Iterator[Bool]:
    """That labels and text signals are what the scan of a user's text says."""
    symbols, terms = formula.symbols, formula.terms
    scan = scanned(Request(text=(("user", text),)), known.policy)
    found: dict[str, Counter[str]] = {}
    for name, counts in scan.labels.items():
        found.setdefault(symbols.stands_for(name), Counter()).update(counts or {})
    for name in {**symbols.labels, **found}:
        pairs = zip(symbols.role_groups, symbols.label(name).counts, strict=True)
        for roles, count in pairs:
            total = sum(found[name][role] for role in roles) if name in found else 0
            yield terms.equal(count, terms.number(total))
    for name in list(symbols.inputs):
        if name in scan.inputs:
            yield symbols.is_value(name, scan.inputs[name])


def _told(known: Known, pair: _Detectors, target: str, request: Request) -> Told | None:
    one, other = pair
    lane = Lane(known.policy, request, known.policy.target(target))
    treatments = [lane.treatment(each.label).name.lower() for each in pair]
    if treatments[0] == treatments[1]:
        return None
    message = (
        f"`{one.name}` and `{other.name}` find the same text; on `{target}` it is "
        f"{treatments[0]} for `{one.label}` and {treatments[1]} for `{other.label}`"
    )
    cure = "make one of the patterns narrower, or treat both labels alike"
    return Told(other.span, message, (Label(one.span, "finds it too"),), cure)
