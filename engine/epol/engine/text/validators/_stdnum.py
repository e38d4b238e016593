"""The door to python-stdnum: its check of one scheme, as a total function of a text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from stdnum import numdb
from stdnum.exceptions import ValidationError

from epol.engine.text.validators._schemes import Scheme
from epol.engine.text.validators._text import MAX_LENGTH, compact, placeholder


class _Module(Protocol):
    def validate(self, number: str, /, **options: bool) -> str: ...


@cache
def _module(name: str) -> _Module:
    return cast(_Module, import_module(f"stdnum.{name}"))


def valid(name: str, text: str, **options: bool) -> bool:
    """Whether `stdnum.<name>` accepts a text.

    Beside its own error, some of its modules let through what reading a character that is
    no digit raises (`ValueError`, of which its own is a kind, and `LookupError`).
    """
    try:
        _module(name).validate(text, **options)
    except (ValidationError, ValueError, LookupError):
        return False
    return True


def row(table: str, key: str) -> dict[str, str]:
    """What a table of python-stdnum says of a key; empty where it has none."""
    found = numdb.get(table).info(key)
    return found[0][1] if found else {}


def checker(scheme: Scheme) -> Callable[[str], bool]:
    """The validator of one row of the table of schemes."""
    shape = re.compile(scheme.shape, re.ASCII | re.DOTALL)

    def check(value: str) -> bool:
        text = _as_written(value) if scheme.punctuated else compact(value)
        if shape.fullmatch(text) is None or (placeholder(text) and not scheme.repeats):
            return False
        return valid(scheme.module, text)

    return check


def _as_written(value: str) -> str:
    return " ".join(value.split()).upper() if len(value) <= MAX_LENGTH else ""
