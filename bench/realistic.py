"""Policies as a large team would write them, always the same ones, of a given size."""

from __future__ import annotations

from collections.abc import Callable

HEAD = """policy bench.team version "1"
import std.edge
import std.hipaa
label staff.badge
label deal.code
detector badge -> staff.badge { match /EMP-\\d{6}/ }
detector deal -> deal.code { match /DEAL-[A-Z]{4}/ }
attr caller.roles : set { clinician, researcher, billing, engineer, guest }
attr data.class : enum { public, internal, restricted } default internal
signal ward.crowding : ratio stale after 30s = 100%
"""

PLACES = ("local", "premises", "cloud")
LABELS = ("phi.mrn", "phi.name", "staff.badge", "deal.code")
KINDS = ("parse", "plan", "retrieve", "tool", "generate", "summarize")
ROLES = ("clinician", "researcher", "billing", "engineer", "guest")


def targets(count: int) -> list[str]:
    """Targets that differ in place, size, price and abilities."""
    return [
        f"target t{i} {{ at {PLACES[i % 3]} context {8 * (i + 1)}k tools {_bool(i % 2)} "
        f"vision {_bool(i % 3 == 2)} baa {_bool(i % 4 != 1)} accepts_opaque true "
        f'jurisdiction "{("eu", "us")[i % 2]}" '
        f"price in $0.{i + 1} out ${i + 1} per 1M }}"
        for i in range(count)
    ]


def _bool(value: object) -> str:
    return "true" if value else "false"


def _deny(i: int) -> str:
    return (
        f'when caller.tenant == "team-{i}" and target.at == cloud and request.tokens > {i % 37}k '
        f'and data.class == restricted deny because "team {i} keeps restricted work at home"'
    )


def _treat(i: int) -> str:
    treatment = ("redact", "tokenize", "mask", "hash")[i // 6 % 4]
    return (
        f'when target.at != local and caller.tenant == "team-{i}" and caller.roles has '
        f"{ROLES[i % 5]} {treatment} {LABELS[i // 6 % 4]}"
    )


def _prefer(i: int) -> str:
    return (
        f'when step.kind == {KINDS[i // 6 % 6]} and caller.tenant like "team-{i}*" '
        f'and target.name == "t{i % 8}" prefer {i + 3}'
    )


def _score(i: int) -> str:
    return (
        f'when caller.tenant == "team-{i}" and task.complexity > 0.{10 + i % 80} '
        f"score {i % 9 + 1} * local.load"
    )


def _cap(i: int) -> str:
    return (
        f'when caller.tenant == "team-{i}" and budget.remaining < ${i % 50 + 1} '
        f"cap max_output_tokens {i % 20 + 1}k"
    )


def _hold(i: int) -> str:
    return (
        f'when caller.tenant == "team-{i}" and found {LABELS[i // 6 % 4]} and target.at == cloud '
        f"and ward.crowding > {i % 90 + 1}% hold"
    )


FORMS: tuple[Callable[[int], str], ...] = (_deny, _treat, _prefer, _score, _cap, _hold)


def policy(rules: int, count: int = 8) -> str:
    """A policy of so many rules of its own."""
    own = [f"rule r{i} {{ {FORMS[i % len(FORMS)](i)} }}" for i in range(rules)]
    return "\n".join([HEAD, *targets(count), *own]) + "\n"
