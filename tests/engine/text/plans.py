"""Plans to scan with, made of the language's own patterns."""

from __future__ import annotations

from dataclasses import replace

from epol.compiler.emit.text import regex
from epol.engine.bundle.textplan import DetectorPlan, Near, Regex, SignalPlan, TextPlan
from epol.engine.text.scanner import Scanner


def pattern(text: str, flags: str = "", *, bounded: bool = False) -> Regex:
    """A pattern in the scanner's two forms."""
    return replace(regex(text, flags), bounded=bounded)


EMAIL = DetectorPlan(
    "email",
    "pii.email",
    (pattern(r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b"),),
)  # fmt: skip
CARD = DetectorPlan(
    "card",
    "pii.card",
    (pattern(r"\b[0-9](?:[ -]?[0-9]){11,18}\b"),),
    checks=("luhn",),
)
MRN = DetectorPlan(
    "mrn", "phi.mrn", (pattern(r"\bmrn\s*[:#]?\s*(?P<value>[0-9]{6,10})\b", "i"),), score=80
)
BADGE = DetectorPlan(
    "badge",
    "staff.badge",
    (pattern(r"EMP-[0-9]{6}"),),
    score=40,
    near=(Near(("badge", "staff card"), 20, 30),),
    left=("word",),
    right=("digit",),
)
KEY = DetectorPlan(
    "key",
    "secret",
    (pattern(r"key_[A-Za-z0-9]{16,32}"),),
    stopwords=("example", "xxxx"),
    entropy=3.0,
)
DRUG = DetectorPlan("drug", "phi.drug", (pattern(r"aspirin|ibu\s+profen", "i", bounded=True),))
QUESTIONS = SignalPlan("text.questions", "count", (pattern("[?\uff1f]"),), frozenset({"user"}))
LOCAL = SignalPlan("text.local", "match", (pattern(r"do\s+not\s+send", "i", bounded=True),))
SHOUT = SignalPlan("text.shout", "density", (pattern("ignore|reveal", "i", bounded=True),))

PLAN = TextPlan((EMAIL, CARD, MRN, BADGE, KEY, DRUG), (QUESTIONS, LOCAL, SHOUT))
SCANNER = Scanner(PLAN)


def found(text: str, scanner: Scanner = SCANNER) -> list[tuple[str, str]]:
    """Label and characters of every finding."""
    return [(f.label, text[f.start : f.end]) for f in scanner.scan(text).findings]
