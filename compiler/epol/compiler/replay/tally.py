"""How many decisions of a log another policy would make otherwise, by kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from epol.compiler.diff.judge import Pair, Side
from epol.compiler.diff.kinds import Kind, Subject
from epol.compiler.diff.told import logged
from epol.compiler.replay.outline import outline
from epol.engine.bundle.log_report import Replayed, Report
from epol.engine.bundle.service import LogReplay
from epol.lang.builtins import COST_INPUTS
from epol.lang.model import Policy
from epol.lang.request import Request

MOST_SHOWN = 3
"""Records of each kind that are shown; the rest are counted."""


@dataclass(frozen=True)
class Shown:
    """A record: where it is, its number and time, and what the difference is about."""

    file: Path
    line: int
    seq: int
    time: str
    about: tuple[Subject, ...] = ()


@dataclass
class Count:
    """How many records, and the first of them."""

    records: int = 0
    first: list[Shown] = field(default_factory=list[Shown])

    def add(self, shown: Shown) -> None:
        """Count a record."""
        self.records += 1
        if len(self.first) < MOST_SHOWN:
            self.first.append(shown)


@dataclass
class Tally:
    """The decisions of a log under another policy.

    `decided` are those that could be made again, `alike` those that came out the same.
    `inexact` counts by reason those that could not; one may have several.  `contrary` came out
    otherwise under the very policy that made them.
    """

    new: Policy
    decided: int = 0
    alike: int = 0
    undecided: int = 0
    counts: dict[Kind, Count] = field(default_factory=dict[Kind, Count])
    inexact: dict[str, Count] = field(default_factory=dict[str, Count])
    contrary: Count = field(default_factory=Count)
    policies: dict[str, int] = field(default_factory=dict[str, int])
    unreadable: int = 0
    report: Report | None = None

    @property
    def is_alike(self) -> bool:
        """Whether every decision was made again and came out the same, in a log as written."""
        is_whole = self.report is None or self.report.count == 0
        return is_whole and not (self.undecided or self.unreadable) and self.alike == self.decided


def tally(replay: LogReplay, new: Policy) -> Tally:
    """Decide a log again.  Raises `EpolError`."""
    found = Tally(new)
    outlines: dict[str, Policy] = {new.digest: new}
    for record in replay.records():
        _add(found, record, outlines)
    found.counts = {kind: found.counts[kind] for kind in Kind if kind in found.counts}
    found.report, found.unreadable = replay.report, replay.unreadable
    return found


def _add(found: Tally, record: Replayed, outlines: dict[str, Policy]) -> None:
    fields = record.fields
    name = f"{fields['policy']['name']} {fields['policy']['version'] or '(no version)'}"
    found.policies[name] = found.policies.get(name, 0) + 1
    shown = Shown(record.file, record.line, fields["seq"], fields["time"])
    if record.decision is None or record.declares is None:
        found.undecided += 1
        for why in record.why:
            found.inexact.setdefault(why, Count()).add(shown)
        return
    found.decided += 1
    if record.differing:
        found.contrary.add(shown)
    old = _outline(record.declares, outlines)
    differences = _pair(fields, record.decision, old, found.new).differences
    found.alike += not differences and not record.differing
    for kind, about in differences.items():
        where = Shown(shown.file, shown.line, shown.seq, shown.time, about)
        found.counts.setdefault(kind, Count()).add(where)


def _outline(declares: Mapping[str, Any], outlines: dict[str, Policy]) -> Policy:
    digest = declares["digest"]
    if digest not in outlines:
        outlines[digest] = outline(declares)
    return outlines[digest]


def _pair(fields: Mapping[str, Any], decision: Mapping[str, Any], old: Policy, new: Policy) -> Pair:
    inputs = {name: fields["facts"][name] for name in COST_INPUTS if name in fields["facts"]}
    request = Request(
        flow=fields["flow"], target=fields.get("producer"), inputs=inputs, labels={}, text=()
    )
    return Pair(Side(old, request, logged(fields)), Side(new, request, logged(decision)))
