"""What a scan says of a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

ORIGINAL = "original"
"""The name of the view that is the text as it was sent."""


class Finding(NamedTuple):
    """A span of a label: characters `start` up to `end` of the original text.

    `confidence` is percent; `view` names the normalisations through which it was seen;
    `checks` are the validators that it passed and `near` the policy's phrases beside it.
    """

    label: str
    detector: str
    start: int
    end: int
    confidence: int
    view: str = ORIGINAL
    checks: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


@dataclass(frozen=True)
class Scan:
    """What one text holds.

    `signals` has for each text signal that matched its spans; `opaque` counts encodings
    too deep to follow.
    """

    findings: tuple[Finding, ...] = ()
    signals: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()
    opaque: int = 0


CLEAN = Scan()


@dataclass(frozen=True)
class RequestScan:
    """What all texts of one request hold together.

    `scans` has one scan a text, in order; `labels` distinct spans by label and role;
    `signals` the values of text signals: a count, whether something matched, or a
    density in millionths.  `unknown` has the labels of model detectors that failed or were not
    run, each with the reason.
    """

    scans: tuple[Scan, ...]
    labels: Mapping[str, Mapping[str, int]]
    signals: Mapping[str, int | bool]
    opaque: int
    unknown: Mapping[str, str] = field(default_factory=dict[str, str])
