"""CEL by common-expression-language: the expression is compiled once, evaluated for each target."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from importlib.metadata import version
from typing import Any

# This runs in the peer's environment; where types are checked it is not installed.
_cel: Any = import_module("cel")

VERSION = version("common-expression-language")


def prepare(policy: str, targets: list[dict[str, Any]]) -> Callable[[dict[str, Any]], list[bool]]:
    """What decides a request for all targets."""
    program = _cel.compile(policy)
    facts = [(each["at"], each["context"]) for each in targets]

    def decide(request: dict[str, Any]) -> list[bool]:
        context = _cel.Context(request)
        answers: list[bool] = []
        for at, size in facts:
            context.add_variable("at", at)
            context.add_variable("context", size)
            answers.append(program.execute(context))
        return answers

    return decide
