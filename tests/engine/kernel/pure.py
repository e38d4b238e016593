"""The kernel's source run as plain Python, so that a changed kernel can be tried at once."""

from __future__ import annotations

import ast
import ctypes
import sys
from array import array
from collections.abc import Callable, Generator, MutableSequence, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from epol.engine.deciding.arena import Arena
from epol.engine.kernel.linking import Function, linked
from epol.engine.kernel.load import Automata, Kernel, deciding
from epol.engine.text.automata import automaton, lazy

NAME = "epol.engine.kernel.kernel"
FOLLOWING, SUMS, LAZY, RUNS = (
    f"epol.engine.kernel.{name}" for name in ("following", "sums", "lazy", "runs")
)
AUTOMATON = "epol.engine.kernel.automaton"
_WORDS = ctypes.POINTER(ctypes.c_int64)


def source() -> Path:
    """Where the kernel's source is."""
    spec = find_spec(NAME)
    assert spec is not None
    return Path(str(spec.origin))


class Stretch:
    """A stretch of memory that raises IndexError for who leaves it."""

    def __init__(self, words: Sequence[int], size: int) -> None:
        self._words, self._size = cast(MutableSequence[int], words), size

    def __getitem__(self, place: int) -> int:
        if not 0 <= place < self._size:
            raise IndexError(place)
        return self._words[place]

    def __setitem__(self, place: int, value: int) -> None:
        if not 0 <= place < self._size:
            raise IndexError(place)
        self._words[place] = value


@contextmanager
def fenced() -> Generator[None]:
    """Kernels that are made here raise IndexError where they leave an arena's memory.

    Only of arenas that are made here, too.
    """
    made = Arena.__init__

    def init(arena: Arena, *given: Any) -> None:  # noqa: ANN401 (as they come)
        made(arena, *given)
        own = vars(arena)
        for memory in (own["_program"], arena.numbers, arena.planes, arena.out):
            _sizes[memory.buffer_info()[0]] = len(memory)
        _sizes[ctypes.addressof(own["_known"])] = len(arena.known)

    with patch.object(Arena, "__init__", init):
        try:
            yield
        finally:
            _sizes.clear()


_sizes: dict[int, int] = {}
"""Of memory by its address, where kernels are fenced."""


def pure_kernel(tree: ast.Module | None = None) -> Kernel:
    """The kernel without numba, from its source or from a changed tree of it.

    Words have 64 bits as in machine code: what is stored or returned wraps.
    """
    tree = tree or ast.parse(source().read_text(encoding="utf-8"))
    module = ModuleType(NAME)
    with patch.dict(sys.modules, {"numba": cast(ModuleType, _numba())}):
        exec(compile(tree, str(source()), "exec", dont_inherit=True), vars(module))
    run = cast(Callable[..., None], vars(module)["decide"])

    def decide(frame: int) -> None:
        run(ctypes.cast(frame, _WORDS))

    return Kernel(decide, decide, was_cached=False, owner=module)


def pure_automata() -> Automata:
    """The automata without numba; for those who are fenced, `fence` says what memory there is."""
    made: dict[str, ModuleType] = {"numba": cast(ModuleType, _numba())}
    for name in (NAME, FOLLOWING, SUMS, LAZY, RUNS, AUTOMATON):
        module = made[name] = ModuleType(name)
        path = source().with_name(f"{name.rpartition('.')[2]}.py")
        with patch.dict(sys.modules, made):
            exec(compile(path.read_text(encoding="utf-8"), path, "exec"), vars(module))

    def function(name: str) -> Callable[[bytes, int], int]:
        run = cast(Callable[[object, object], int], vars(made[AUTOMATON])[name])
        return lambda data, frame: run(Stretch(data, len(data)), _at(frame))

    determinize = cast(Callable[[object], int], vars(made[AUTOMATON])["determinize"])
    search = function("search")
    return Automata(
        determinize=lambda frame: determinize(_at(frame)),
        search=search,
        search_long=search,
        search_all=function("search_all"),
        scan=function("scan"),
        may_hold_text=function("may_hold_text"),
        was_cached=False,
        owner=made,
    )


def _at(address: int) -> object:
    words = ctypes.cast(address, _WORDS)
    size = _sizes.get(address)
    return words if size is None else Stretch(cast(Sequence[int], words), size)


@contextmanager
def fence() -> Generator[None]:
    """Automata that are made and walked here raise IndexError where they leave their memory."""

    def address(memory: array[int]) -> int:
        place = memory.buffer_info()[0]
        _sizes[place] = len(memory)
        return place

    with patch.object(automaton, "address", address), patch.object(lazy, "address", address):
        try:
            yield
        finally:
            _sizes.clear()


def machine_kernel(tree: ast.Module) -> Kernel:
    """The kernel of a changed tree in machine code, which takes numba some seconds."""
    module = ModuleType(NAME)
    exec(compile(tree, str(source()), "exec", dont_inherit=True), vars(module))
    functions = cast(Callable[[], list[Function]], vars(module)["compiled"])()
    owner, (address,) = linked(functions)
    return deciding(address, owner, was_cached=False)


def _numba() -> SimpleNamespace:
    """What the kernel's source asks of numba."""

    def njit(
        error_model: str, **_: object
    ) -> Callable[[Callable[..., int | None]], Callable[..., int | None]]:
        assert error_model == "numpy"
        return _wrapping

    def nothing(*_: object) -> None:
        return None

    types = SimpleNamespace(
        CPointer=_pointer,
        int64=ctypes.c_int64,
        int32=ctypes.c_int32,
        uint8=ctypes.c_uint8,
        uint16=ctypes.c_uint16,
    )
    types.void = nothing
    extending = SimpleNamespace(intrinsic=_intrinsic)
    return SimpleNamespace(
        types=types, extending=extending, njit=njit, uint64=_unsigned, int64=_signed
    )


def _pointer(kind: type[ctypes.c_int64]) -> Callable[[object], Callable[[int], object]]:
    """The type of a pointer; numba's types are called for a signature, which here casts."""

    def pointer(address: int) -> object:
        words = ctypes.cast(address, ctypes.POINTER(kind))
        return Stretch(cast(Sequence[int], words), _sizes[address]) if _sizes else words

    return lambda _: pointer


def _intrinsic(typed: Callable[..., tuple[object, object]]) -> object:
    """What numba would make of an address is what its type says it returns."""
    return typed(None, None)[0]


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
