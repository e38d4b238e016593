"""The kernel's source run as plain Python, so that a changed kernel can be tried at once."""

from __future__ import annotations

import ast
import ctypes
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import cast
from unittest.mock import patch

from epol.engine.kernel import load
from epol.engine.kernel.load import Kernel

NAME = "epol.engine.kernel.kernel"
_WORDS, _BYTES = ctypes.POINTER(ctypes.c_int64), ctypes.POINTER(ctypes.c_uint8)


def source() -> Path:
    """Where the kernel's source is."""
    spec = find_spec(NAME)
    assert spec is not None
    return Path(str(spec.origin))


def pure_kernel(tree: ast.Module | None = None) -> Kernel:
    """The kernel without numba, from its source or from a changed tree of it.

    Words have 64 bits as in machine code: what is stored or returned wraps.
    """
    tree = tree or ast.parse(source().read_text(encoding="utf-8"))
    module = ModuleType(NAME)
    with patch.dict(sys.modules, {"numba": cast(ModuleType, _numba())}):
        exec(compile(tree, str(source()), "exec", dont_inherit=True), vars(module))
    run = cast(Callable[..., None], vars(module)["decide"])

    def decide(code: int, numbers: int, known: int, planes: int, out: int, n: int, on: int) -> None:
        words = (ctypes.cast(place, _WORDS) for place in (code, numbers))
        rest = (ctypes.cast(place, _WORDS) for place in (planes, out))
        run(*words, ctypes.cast(known, _BYTES), *rest, n, on)

    return Kernel(decide, was_cached=False, owner=module)


def machine_kernel(tree: ast.Module) -> Kernel:
    """The kernel of a changed tree in machine code, which takes numba some seconds."""
    module = ModuleType(NAME)
    exec(compile(tree, str(source()), "exec", dont_inherit=True), vars(module))
    code, name = cast(Callable[[], tuple[bytes, str]], vars(module)["compiled"])()
    link = cast(Callable[..., Kernel], load.__dict__["_link"])
    return link(name.encode() + b"\0" + code, was_cached=False)


def _numba() -> SimpleNamespace:
    """What the kernel's source asks of numba."""

    def njit(error_model: str) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
        assert error_model == "numpy"
        return _wrapping

    def nothing(*_: object) -> None:
        return None

    types = SimpleNamespace(CPointer=nothing, int64=None, uint8=None, void=nothing)
    return SimpleNamespace(types=types, njit=njit, uint64=_unsigned, int64=_signed)


def _wrapping(function: Callable[..., int | None]) -> Callable[..., int | None]:
    def call(*args: object) -> int | None:
        result = function(*args)
        return _signed(result) if type(result) is int else result

    return call


def _unsigned(value: int) -> int:
    return value % 2**64


def _signed(value: float) -> int:
    """As int64: of a float what is before the point, of an int the lowest 64 bits."""
    return (int(value) + 2**63) % 2**64 - 2**63
