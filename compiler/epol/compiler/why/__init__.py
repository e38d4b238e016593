"""Why a decision is what it is, and what would change it, in plain sentences."""

from __future__ import annotations

from epol.compiler.why.changes import what_would_change
from epol.compiler.why.reasons import explain
from epol.lang.model import Policy
from epol.lang.request import Request

__all__ = ["explain_decision"]


def explain_decision(policy: Policy, request: Request) -> list[str]:
    """The explanation of one decision: paragraphs, with list items that begin with "- "."""
    changes = what_would_change(policy, request)
    lines = explain(policy, request)
    if changes:
        lines += ["", "What would change it:", *(f"- {change}" for change in changes)]
    return lines
