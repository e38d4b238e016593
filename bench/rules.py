"""Detectors to measure with: a few of our own, and the secret rules of a peer.

Betterleaks' rules are read from the library in its environment (they are embedded in it
as TOML), so that both scan for the same things; none of them is kept here.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, cast

from epol.compiler.emit.text import regex
from epol.compiler.patterns import PatternError
from epol.engine.bundle.exact import Exact, PatternRefusedError
from epol.engine.bundle.hyper import refusal
from epol.engine.bundle.textplan import DetectorPlan, TextPlan

_LIBRARY = Path(__file__).parent / "peers" / ".envs" / "betterleaks"
_ENTROPY = re.compile(r'entropy\(finding\["secret"\]\)\s*<=?\s*([0-9.]+)')


def own() -> tuple[DetectorPlan, ...]:
    """Common personal data, as a policy would have it."""
    return (
        _own("email", _EMAIL),
        _own("card", r"\b[2-6][0-9]{3}(?:[ -]?[0-9]){8,15}\b", "card"),
        _own("ssn", r"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", "ssn"),
        _own("iban", r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", "iban"),
        _own("ip", r"\b(?:[0-9]{1,3}\.){3}[0-9]{1,3}\b", "ipv4"),
        _own("mrn", r"\b[Mm][Rr][Nn]\s*[:#]?\s*(?P<value>[0-9]{6,10})\b"),
        _own("phone", r"\+[0-9]{1,3}(?:[ .-]?[0-9]{2,4}){2,5}\b", "phone"),
        _own("badge", r"\bEMP-[0-9]{6}\b"),
    )


_EMAIL = (
    r"\b[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,24}\b"
)


def _own(name: str, pattern: str, *checks: str) -> DetectorPlan:
    return DetectorPlan(name, f"pii.{name}", (regex(pattern, ""),), checks=checks)


def secrets() -> tuple[tuple[DetectorPlan, ...], int]:
    """The peer's rules as detectors, and how many of them have no form here."""
    plans: list[DetectorPlan] = []
    refused = 0
    for rule in _rules():
        plan = _detector(rule)
        if plan is None:
            refused += 1
        else:
            plans.append(plan)
    return tuple(plans), refused


def plan() -> TextPlan:
    """Everything together."""
    return TextPlan((*own(), *secrets()[0]))


def _rules() -> list[dict[str, Any]]:
    """The rules of the embedded file; none where the peer is not installed."""
    for library in _LIBRARY.glob("lib/*/site-packages/betterleaks/libbetterleaks.*"):
        data = library.read_bytes()
        first = data.find(b"[[rules]]")
        if first >= 0:
            text = data[first : data.index(b"\0", first)].decode()
            return cast(list[dict[str, Any]], tomllib.loads(text)["rules"])
    return []


def _detector(rule: dict[str, Any]) -> DetectorPlan | None:
    text = str(rule.get("regex", ""))
    if not text:
        return None
    entropy = _ENTROPY.search(str(rule.get("filter", "")))
    try:
        form = regex(_valued(text), "")
        Exact(form.exact)
    except (PatternError, PatternRefusedError):
        return None
    if refusal(form.gate):
        return None
    name = re.sub(r"[^a-z0-9_]", "_", str(rule["id"]).lower())
    return DetectorPlan(name, "secret", (form,), entropy=float(entropy[1]) if entropy else None)


def _valued(text: str) -> str:
    """The first capturing group is the secret, unless one is called so."""
    if "(?P<value>" in text or "(?P<secret>" in text:
        return text.replace("(?P<secret>", "(?P<value>")
    return re.sub(r"(?<!\\)\((?!\?)", "(?P<value>", text, count=1)
