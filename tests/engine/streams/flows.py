"""What the tests of streams share: an answer on its way out, with a real scanner and tokens."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from epol.engine.bundle.findings import Finding
from epol.engine.bundle.textplan import DetectorPlan, Near, TextPlan
from epol.engine.bundle.treatment import Detail, Plan, Treatment
from epol.engine.errors import EpolError
from epol.engine.streams.channel import in_json
from epol.engine.text.restoring import Original, restore
from epol.engine.text.service import TextService
from epol.engine.text.treatments.keys import Keys
from epol.engine.text.treatments.tokens import Tokens
from tests.engine.text.plans import pattern

KEY = b"a key of sixteen bytes and more."
TOKENS = Tokens(KEY, "s")
MRN = TOKENS.token("phi.mrn", "00482913")
NAME = TOKENS.token("pii.name", 'Åsa "Ace"\nO\'Hara')
ORIGINALS = {MRN: "00482913", NAME: 'Åsa "Ace"\nO\'Hara'}

TEXT_PLAN = TextPlan(
    (
        DetectorPlan("mrn", "phi.mrn", (pattern(r"\bMRN ?(?P<value>[0-9]{6,8})\b", "i"),)),
        DetectorPlan(
            "badge",
            "staff.badge",
            (pattern("E-[0-9]{3}"),),
            score=40,
            near=(Near(("badge",), 8, 30),),
            right=("digit",),
        ),
        DetectorPlan("pin", "pin", (pattern("[0-9]{4}"),), left=("word",), right=("word",)),
        DetectorPlan("mark", "mark", (pattern("<x>"),)),
        DetectorPlan("pair", "pair", (pattern("a[a-c]{2,5}"),), left=("digit",)),
    )
)
LABELS = ("phi.mrn", "staff.badge", "pin", "mark", "pair")
TEXT = TextService(TEXT_PLAN)


class RefusedError(EpolError):
    """The answer may not go on."""


@dataclass
class Flow:
    """As `StreamFlow` asks; `most` spans of a label may go out."""

    plan: Plan = field(default_factory=dict[str, Detail])
    watched: Collection[str] = LABELS
    labels: Collection[str] = ("phi.mrn", "pii.name")
    is_json: bool = False
    is_whole: bool = False
    closed: int = 0
    most: Mapping[str, int] = field(default_factory=dict[str, int])
    tokens: Tokens = TOKENS
    text: TextService = TEXT
    keys: Keys = field(default_factory=lambda: Keys(KEY, TOKENS))
    calls: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])
    denied: Collection[str] = ()

    def verdict(self, counts: Mapping[str, int]) -> None:
        for label, count in counts.items():
            if count > self.most.get(label, 10**9):
                raise RefusedError(f"rule bulk: too much of {label}")

    def whole(self, text: str, originals: Sequence[Original]) -> str:
        return text.upper()

    def close(self, restored: int, unknown: int) -> None:
        self.closed += 1

    def tool_call(self, name: str, identity: str, arguments: str) -> str:
        self.calls.append((name, identity, arguments))
        if name in self.denied:
            raise RefusedError("rule tools: this tool may not be called")
        if name != "home":
            return arguments
        return restore(arguments, self.tokens, escape=in_json).text


def ignored(_finding: Finding) -> None:
    """Hear of a finding."""


def plan(**treatments: Treatment) -> dict[str, Detail]:
    """The details of labels; `a__b` is the label a.b."""
    return {name.replace("__", "."): Detail(t) for name, t in treatments.items()}


def everywhere(treatment: Treatment) -> dict[str, Detail]:
    """One treatment for all labels."""
    return {label: Detail(treatment) for label in LABELS}


def pieces(text: str, cuts: Collection[int]) -> list[str]:
    """A text cut at some places, modulo its length."""
    places = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    return [text[a:b] for a, b in pairwise(places)]
