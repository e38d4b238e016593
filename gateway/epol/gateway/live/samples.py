"""How the world and the traffic stand at a moment, as numbers for a chart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from epol.engine.bundle.manifest import Attribute, Manifest
from epol.engine.reading.inputs import Scaled
from epol.engine.reading.numbers import scaled
from epol.engine.signals.board import SignalBoard
from epol.gateway.families import REQUESTS
from epol.gateway.metrics import Sheet

MOST_SIGNALS = 96
"""Signals that the page has charts of; a policy with many targets has more."""
BLOCKED, HELD, FAILED = ":blocked", ":held", ":failed"
"""What stands in the place of a target where none answered; no target has such a name."""
_INSTEAD = {"403": BLOCKED, "409": HELD}
_SUMMED = ".queue"
"""The end of the name of a signal of which each worker knows its part."""
_FOREVER = 2**63

Numbers = dict[str, float]


class Sample(msgspec.Struct):
    """Readings of signals by name, on the scale of their type, and requests by where they went."""

    signals: Numbers = {}
    traffic: Numbers = {}


def charted(manifest: Manifest) -> list[Attribute]:
    """The signals that can be drawn: numbers and truths that providers read."""
    found = [
        each
        for each in manifest.attributes
        if each.keyword == "signal"
        and each.type not in ("string", "enum", "set")
        and each.text is None
        and each.model is None
    ]
    return found[:MOST_SIGNALS]


def readings(board: SignalBoard, manifest: Manifest) -> Numbers:
    """What is known of the signals now; what is stale or was not read is left out."""
    wanted = {each.name: each for each in charted(manifest)}
    stale = {name: each.stale_after or _FOREVER for name, each in wanted.items()}
    found = ((n, _number(wanted[n].type, raw)) for n, raw in board.fresh(stale).items())
    return {name: value for name, value in found if value is not None}


def _number(kind: str, raw: object) -> float | None:
    if isinstance(raw, bool):
        return int(raw) if kind == "bool" else None
    if isinstance(raw, Scaled):
        return raw.value
    return None if kind == "bool" else scaled(raw, kind)


def traffic(sheet: Sheet) -> Numbers:
    """How many requests for models went where so far."""
    found: Numbers = {}
    for key, numbers in sheet.series:
        if key[0] == REQUESTS.name and key[1]:
            _, _, status, target = key
            where = target or _INSTEAD.get(status, FAILED)
            found[where] = found.get(where, 0) + numbers[0]
    return found


def since(now: Mapping[str, float], before: Mapping[str, float]) -> Numbers:
    """What was added between two counts."""
    return {name: n - before.get(name, 0) for name, n in now.items() if n != before.get(name, 0)}


def merged(samples: Iterable[tuple[int, Sample]]) -> Sample:
    """What several workers say of one moment, in the order in which they said it.

    `samples` has each with the worker's number.  Traffic is summed; so are queues, of which
    each worker's last word counts.  Of other signals the last word of all does.
    """
    signals: Numbers = {}
    queues: dict[tuple[str, int], float] = {}
    went: Numbers = {}
    for worker, sample in samples:
        for name, value in sample.signals.items():
            if name.endswith(_SUMMED):
                queues[name, worker] = value
            else:
                signals[name] = value
        for name, value in sample.traffic.items():
            went[name] = went.get(name, 0) + value
    for (name, _), value in queues.items():
        signals[name] = signals.get(name, 0) + value
    return Sample(signals, went)
