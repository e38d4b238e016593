"""Words from fixed lists: flows, roles, treatments, caps, generalizations, validators."""

from __future__ import annotations

from collections.abc import Iterable

from epol.compiler.resolve.scope import Scope
from epol.lang import ast
from epol.lang.builtins import FLOWS, GENERALIZATIONS, ROLES, TREATMENTS, Treatment
from epol.lang.diagnostics import correction, define, did_you_mean
from epol.lang.literals import MILLION, Kind, parse_number
from epol.lang.model import Method

UNKNOWN_WORD = define(
    "unknown-word",
    "a word is not one of the fixed list that can stand there",
    "Flows (`request response tool_call any`), roles (`system user assistant tool`), treatments, "
    "caps, generalizations, validators and boundary classes are fixed lists of the language.",
    bad="rule r { on requests when net.online deny }",
    good="rule r { on request when net.online deny }",
)
DETAIL_NEEDED = define(
    "generalization-amount",
    "a generalization lacks its number, or has one it cannot use",
    "`round N` needs a number above zero to round down to a multiple of; `year month decade zip3 "
    "network` take none.",
    bad="label staff.age generalize by round",
    good="label staff.age generalize by round 10",
)


def word(scope: Scope, name: ast.Name, known: Iterable[str], what: str) -> str | None:
    """A word that must be on a list; None, reported, if it is not."""
    words = list(known)
    if name.text in words:
        return name.text
    near = did_you_mean(name.text, words)
    message = f"`{name.text}` is not {what}"
    listed = f"possible: {', '.join(words)}"
    scope.report(
        UNKNOWN_WORD,
        name.span,
        message,
        help=near or listed,
        fix=correction(name.span, name.text, words),
    )
    return None


def flows(scope: Scope, name: ast.Name | None) -> frozenset[str]:
    """The flows a rule governs: `request` if none is named."""
    if name is None:
        return frozenset({"request"})
    known = word(scope, name, (*FLOWS, "any"), "a flow")
    return frozenset(FLOWS) if known == "any" else frozenset({known} if known else ())


def roles(scope: Scope, names: tuple[ast.Name, ...] | None) -> frozenset[str] | None:
    """The roles of a `from`; None is all roles."""
    if names is None:
        return None
    known = (word(scope, name, ROLES, "a role") for name in names)
    return frozenset(role for role in known if role)


def treatment(scope: Scope, name: ast.Name) -> Treatment:
    """A treatment by its name; `keep` if it is unknown and reported."""
    known = word(scope, name, TREATMENTS, "a treatment")
    return TREATMENTS[known] if known else Treatment.KEEP


def generalization(scope: Scope, method: ast.Method) -> Method | None:
    """A generalization, with the amount of `round` in millionths."""
    name = word(scope, method.name, GENERALIZATIONS, "a generalization")
    if name is None:
        return None
    amount = None if method.amount is None else parse_number(method.amount.text)
    if (name == "round") != (amount is not None):
        need = "needs a number" if name == "round" else "takes no number"
        scope.report(DETAIL_NEEDED, method.span, f"`{name}` {need}")
        return None
    if amount is None:
        return Method(name)
    if amount.kind not in (Kind.INT, Kind.NUMBER) or amount.value <= 0:
        scope.report(DETAIL_NEEDED, method.span, "`round` needs a plain number above zero")
        return None
    return Method(name, amount.value * (MILLION if amount.kind == Kind.INT else 1))
