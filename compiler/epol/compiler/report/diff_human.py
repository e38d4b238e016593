"""A comparison of two policies for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from epol.compiler.diff.compare import Comparison
from epol.compiler.diff.declared import Declared
from epol.compiler.diff.judge import Pair
from epol.compiler.diff.kinds import Kind
from epol.compiler.diff.log import Tally
from epol.compiler.diff.search import FOUND, UNDECIDED, Verdict
from epol.compiler.diff.words import (
    FLOW_TITLES,
    about,
    conclusion,
    dearer,
    given,
    listed,
    none_of,
    shown_by,
    sides,
    version_of,
)
from epol.lang.render import Line, printable

_WIDTH = 18


def human(comparison: Comparison, tally: Tally | None) -> Iterator[Line]:
    """All lines, styled."""
    yield _line(f"OLD is {version_of(comparison.old)}, NEW is {version_of(comparison.new)}")
    yield from declared_lines(comparison.declared)
    numbers = {id(pair): number for number, pair in enumerate(comparison.witnesses, start=1)}
    for flow, title in FLOW_TITLES.items():
        verdicts = [verdict for verdict in comparison.verdicts if verdict.flow == flow]
        yield from _flow(title, verdicts, numbers)
    for pair in comparison.witnesses:
        yield from _witness(comparison, pair, numbers[id(pair)])
    if tally is not None:
        yield from _tally(tally)
    yield []
    yield _line(conclusion(comparison))


def _line(text: str, style: str = "text") -> Line:
    return [(printable(text), style)]


def declared_lines(declared: Sequence[Declared]) -> Iterator[Line]:
    """What is declared otherwise; names with the same change stand together."""
    together: dict[tuple[str, str, bool], list[str]] = {}
    for each in declared:
        together.setdefault((each.what, each.change, each.covered), []).append(each.name)
    if together:
        yield []
        yield _line("declared otherwise", "code")
    for (what, change, covered), names in together.items():
        plural = "s" if len(names) > 1 else ""
        note = "" if covered else " (not compared)"
        yield _line(f"  {what}{plural} {listed(names)}: {change}{note}")


def _flow(title: str, verdicts: Sequence[Verdict], numbers: Mapping[int, int]) -> Iterator[Line]:
    yield []
    yield _line(title, "code")
    none = none_of(verdicts)
    for verdict in verdicts:
        if verdict.outcome == FOUND:
            seen = [numbers[id(pair)] for pair in verdict.witnesses]
            yield [("  ", "text"), (f"{verdict.kind:{_WIDTH}}", "warning"),
                   (printable(_found(verdict, seen)), "text")]  # fmt: skip
        elif verdict.outcome == UNDECIDED:
            yield [("  ", "text"), (f"{verdict.kind:{_WIDTH}}", "error"),
                   (printable(f"undecided: {verdict.undecided}"), "text")]  # fmt: skip
    if none:
        yield _line(f"  proved to be none: {none}")


def _found(verdict: Verdict, seen: Sequence[int]) -> str:
    what = about(verdict.subjects, verdict.alike)
    shown = f"witness {', '.join(map(str, seen))}"
    more = "; there may be more" if verdict.undecided else ""
    return f"{what}: {shown}{more}" if what else f"{shown}{more}"


def _witness(comparison: Comparison, pair: Pair, number: int) -> Iterator[Line]:
    shown = shown_by(comparison, pair)
    yield []
    yield _line(f"witness {number}: {', '.join(shown)}", "code")
    yield _line(f"  {facts_of(pair)}")
    if Kind.DEARER in shown:
        yield _line(f"  {dearer_of(pair)}")
    for title, lines in sides(comparison, pair):
        yield [(f"  {title}: ", "label"), (printable(lines[0]), "text")]
        yield from (_line(f"    {line}") for line in lines[1:])


def facts_of(pair: Pair) -> str:
    """The facts of a witness in one line."""
    producer = pair.old.request.target
    of = "a request" if producer is None else f"a {pair.flow.replace('_', ' ')} of {producer}"
    facts = given(pair)
    if not facts:
        return f"{of} without facts: each has its default or is not known"
    return f"{of} with {', '.join(facts)}"


def dearer_of(pair: Pair) -> str:
    """What the request costs, in words."""
    costs = dearer(pair)
    assert costs is not None
    before, after, more = costs
    return f"it costs {after} in NEW and {before} in OLD, {more} more"


def _tally(tally: Tally) -> Iterator[Line]:
    yield []
    yield _line("requests of the log", "code")
    bad = f", {tally.bad} bad" if tally.bad else ""
    yield _line(f"  {tally.decided} decided, {tally.alike} of them alike{bad}")
    for kind, count in tally.counts.items():
        yield _line(f"  {kind:{_WIDTH}}{count.requests}, the first in line {count.first}")
