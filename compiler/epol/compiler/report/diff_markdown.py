"""A comparison of two policies as Markdown, for the text of a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from epol.compiler.diff.compare import Comparison
from epol.compiler.diff.judge import Pair
from epol.compiler.diff.kinds import Kind
from epol.compiler.diff.log import Tally
from epol.compiler.diff.search import FOUND, NONE, Verdict
from epol.compiler.diff.words import (
    FLOW_TITLES,
    about,
    conclusion,
    none_of,
    shown_by,
    sides,
    tests,
    version_of,
)
from epol.compiler.report.diff_human import dearer_of, declared_lines, facts_of
from epol.lang.render import plain, printable

_FENCE = "`" * 3
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~&])")


def markdown(comparison: Comparison, tally: Tally | None) -> Iterator[str]:
    """All lines."""
    old, new = (escaped(version_of(p)) for p in (comparison.old, comparison.new))
    yield f"### Policy: {old} → {new}"
    yield ""
    yield f"**{conclusion(comparison)}**"
    yield from _table(comparison, tally)
    for flow, title in FLOW_TITLES.items():
        yield from _proved(title, [v for v in comparison.verdicts if v.flow == flow])
    yield from _declared(comparison)
    for number, pair in enumerate(comparison.witnesses, start=1):
        yield from _witness(comparison, pair, number)


def escaped(text: str) -> str:
    """A text of which nothing has a meaning in Markdown, in one line."""
    return _SPECIAL.sub(r"\\\1", printable(text))


def _sentence(text: str) -> str:
    return escaped(f"{text[0].upper()}{text[1:]}.")


def fenced(text: str) -> Iterator[str]:
    """A text as a block of code, whatever it holds."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(len(_FENCE), longest + 1)
    yield ""
    yield f"{fence}epol"
    yield from text.splitlines()
    yield fence


def _table(comparison: Comparison, tally: Tally | None) -> Iterator[str]:
    """What is otherwise, a line each; what is proved not to be stands below."""
    numbers = {id(pair): number for number, pair in enumerate(comparison.witnesses, start=1)}
    rows = [v for v in comparison.verdicts if v.outcome != NONE]
    if not rows:
        yield from _log(tally)
        return
    yield ""
    yield "| difference | of | about | witness |"
    yield "|---|---|---|---|"
    yield from (_row(verdict, numbers) for verdict in rows)
    yield from _log(tally)


def _row(verdict: Verdict, numbers: Mapping[int, int]) -> str:
    seen = ", ".join(str(numbers[id(pair)]) for pair in verdict.witnesses)
    what = about(verdict.subjects, verdict.alike)
    if verdict.outcome != FOUND:
        what, seen = f"undecided: {verdict.undecided}", "none"
    elif verdict.undecided:
        what += " (there may be more)"
    return f"| **{verdict.kind}** | {FLOW_TITLES[verdict.flow]} | {escaped(what)} | {seen} |"


def _log(tally: Tally | None) -> Iterator[str]:
    if tally is None:
        return
    bad = f", {tally.bad} bad" if tally.bad else ""
    yield ""
    yield f"Requests of the log: {tally.decided} decided, {tally.alike} of them alike{bad}."
    if tally.counts:
        yield ""
        yield "| difference | requests | first line |"
        yield "|---|---|---|"
    for kind, count in tally.counts.items():
        yield f"| {kind} | {count.requests} | {count.first} |"


def _proved(title: str, verdicts: Sequence[Verdict]) -> Iterator[str]:
    none = none_of(verdicts)
    if none:
        yield ""
        yield f"Of {title}, proved to be none: {none}."


def _declared(comparison: Comparison) -> Iterator[str]:
    lines = plain(declared_lines(comparison.declared)).splitlines()[2:]
    if lines:
        yield ""
        yield "Declared otherwise:"
        yield ""
        yield from (f"- {escaped(line.strip())}" for line in lines)


def _witness(comparison: Comparison, pair: Pair, number: int) -> Iterator[str]:
    shown = shown_by(comparison, pair)
    title = f"witness {number}: {', '.join(shown)}"
    yield ""
    yield f"<details><summary>{title}</summary>"
    yield ""
    yield _sentence(facts_of(pair))
    if Kind.DEARER in shown:
        yield ""
        yield _sentence(dearer_of(pair))
    for (side, lines), test in zip(sides(comparison, pair), tests(pair, title), strict=True):
        yield ""
        yield f"**{side}**: {escaped(lines[0])}"
        yield ""
        for line in lines[1:]:
            item = line.removeprefix("- ")
            yield f"  - {escaped(item)}" if item != line else f"- {escaped(line)}"
        yield from fenced(test)
    yield ""
    yield "</details>"
