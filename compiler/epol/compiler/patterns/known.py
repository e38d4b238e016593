"""Patterns whose two forms are known from an earlier run, so that nobody reads them again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from epol.compiler.patterns.compile import compile_pattern
from epol.compiler.patterns.needs import trigger_of
from epol.compiler.patterns.zeros import gate_in_zeros


class Form(NamedTuple):
    """A pattern that can be used: what it says, both forms (`compile.Regex`), its trigger, and
    its gate in a text of zeros."""

    regex: str
    flags: str
    gate: str
    exact: str
    max_bytes: int | None
    needs: str | None
    zeros: str | None


_known: dict[tuple[str, str], Form] = {}


def known(regex: str, flags: str) -> Form | None:
    """The forms of a pattern, if they have been learned."""
    return _known.get((regex, flags))


def learn(forms: Iterable[Form]) -> None:
    """Take over forms that `form_of` has made, here or in an earlier run."""
    _known.update(((form.regex, form.flags), form) for form in forms)


def form_of(regex: str, flags: str) -> Form | None:
    """The forms of a pattern, or None for one that matches nothing at all.

    Raises `PatternError` for one that cannot be used.
    """
    compiled = compile_pattern(regex, flags)
    if compiled.min_width == 0:
        return None
    needs = trigger_of(compiled.node)
    zeros = gate_in_zeros(compiled.relaxed, needs)
    return Form(regex, flags, compiled.gate, compiled.exact, compiled.max_bytes, needs, zeros)
