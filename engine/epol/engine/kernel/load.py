"""The kernel and the automata as functions, from the cache where they are there: the door to
llvmlite.

numba takes seconds to compile them, and a quarter of a second and 100 MB only to be
imported.  So it is asked once; what it made is kept as object files, and llvmlite's
loader, which is small, links those into later processes.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import os
import platform
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from epol.engine.bundle import cache
from epol.engine.errors import KernelError

Decide = Callable[[int], None]
"""`kernel.decide` on the address of a frame (see `opcodes`)."""

Determinize = Callable[[int], int]
"""`automaton.determinize` on the address of a frame (see `automaton_words`)."""

Search = Callable[[bytes, int], int]
"""`automaton.search` on a text in ASCII and the address of a frame."""


@dataclass(frozen=True)
class Kernel:
    """The kernel, ready to run.  `was_cached` is False if it had to be compiled now.

    `decide` keeps the interpreter's lock, because to give it back takes as long as to decide
    a request; `decide_many` lets other threads run meanwhile.
    """

    decide: Decide
    decide_many: Decide
    was_cached: bool
    # What the machine code lives in.
    owner: object


@dataclass(frozen=True)
class Automata:
    """What makes automata, and walks them over texts.

    `search` keeps the interpreter's lock; `search_long` lets other threads run meanwhile.
    """

    determinize: Determinize
    search: Search
    search_long: Search


# numba's wrapper names these for errors, which the kernel cannot raise.  Unless every name
# is there, the loader quietly leaves all addresses unset.
_FOR_ERRORS = (
    "NRT_Free",
    "numba_do_raise",
    "numba_gil_ensure",
    "numba_gil_release",
    "numba_runtime_build_excinfo_struct",
    "numba_unpickle",
)
_abort = ctypes.CDLL(None).abort
_lock = threading.Lock()
_loaded: list[tuple[Kernel, Automata]] = []


def _after_fork() -> None:
    """In a forked child, no other thread is there to give the lock back."""
    global _lock  # noqa: PLW0603 (a lock of the process)
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def kernel(folder: Path | None = None) -> Kernel:
    """The kernel of this process; `folder` (else the default one) has the cache.

    Raises `KernelError`.
    """
    with _lock:
        if not _loaded:
            _loaded.append(_load(folder or cache.default_folder()))
        return _loaded[0][0]


def automata() -> Automata | None:
    """What comes with the kernel; None in a process that decides nothing, and so has none."""
    return _loaded[0][1] if _loaded else None


def _load(folder: Path | None) -> tuple[Kernel, Automata]:
    key = _key()
    cached = cache.read(folder, key)
    if cached is not None:
        try:
            return _ready(unpacked(cached), was_cached=True)
        except KernelError:
            pass  # as if it were not there
    functions = _compile()
    cache.write(folder, key, packed(functions))
    return _ready(functions, was_cached=False)


_SOURCES = ("kernel.py", "opcodes.py", "automaton.py", "automaton_words.py", "sums.py")


def _key() -> str:
    """A name for the machine code: its source, who compiled it, and for what."""
    source = b"".join(Path(__file__).with_name(name).read_bytes() for name in _SOURCES)
    return cache.key_of(
        "kernel",
        hashlib.sha256(source).hexdigest(),
        version("numba"),
        version("llvmlite"),
        f"{sys.implementation.cache_tag} {platform.python_version()} {sys.platform}",
    )


Function = tuple[bytes, str]
"""An object file, and the name of the function in it."""


def _compile() -> list[Function]:
    try:
        # Imported only here, because they bring numba.
        deciding = importlib.import_module("epol.engine.kernel.kernel").compiled
        walking = importlib.import_module("epol.engine.kernel.automaton").compiled
    except ImportError as error:
        raise KernelError(f"the kernel cannot be compiled: {type(error).__name__}") from error
    return [cast(Function, deciding()), *cast(list[Function], walking())]


def packed(functions: Iterable[Function]) -> bytes:
    """Functions as one file: of each its name, its size and its object file."""
    return b"".join(b"%s\0%d\0%s" % (name.encode(), len(code), code) for code, name in functions)


def unpacked(content: bytes) -> list[Function]:
    """The functions of such a file.  Raises `KernelError`."""
    functions = list[Function]()
    try:
        while content:
            name, size, rest = content.split(b"\0", 2)
            functions.append((rest[: int(size)], name.decode()))
            content = rest[int(size) :]
    except ValueError as error:
        raise KernelError("the compiled kernel cannot be loaded") from error
    return functions


def _ready(functions: list[Function], *, was_cached: bool) -> tuple[Kernel, Automata]:
    owner, addresses = _link(functions)
    if len(addresses) != 3:
        raise KernelError("the compiled kernel lacks a function")
    decide, determinize, search = addresses
    walking = Automata(
        ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(determinize),
        *(kind(ctypes.c_int64, ctypes.c_char_p, ctypes.c_void_p)(search) for kind in _KINDS),
    )
    return deciding(decide, owner, was_cached=was_cached), walking


_KINDS = ctypes.PYFUNCTYPE, ctypes.CFUNCTYPE


def deciding(address: int, owner: object, *, was_cached: bool) -> Kernel:
    """The kernel at an address."""
    # A call with one address takes a fifth of the time of one with seven arguments.
    keeping, releasing = (kind(None, ctypes.c_void_p)(address) for kind in _KINDS)
    return Kernel(cast(Decide, keeping), cast(Decide, releasing), was_cached, owner)


def _link(functions: Iterable[Function]) -> tuple[object, list[int]]:
    """What the machine code lives in, and where each function is.  Raises `KernelError`."""
    llvm = cast(Any, importlib.import_module("llvmlite.binding"))  # it has no types
    try:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine()
        for symbol in _FOR_ERRORS:
            llvm.add_symbol(symbol, ctypes.cast(_abort, ctypes.c_void_p).value)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        names = list[str]()
        for code, name in functions:
            engine.add_object_file(llvm.ObjectFileRef.from_data(code))
            names.append(name)
        engine.finalize_object()
        addresses = [cast(int, engine.get_function_address(name)) for name in names]
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        raise KernelError("the compiled kernel cannot be loaded") from error
    if not all(addresses):
        raise KernelError("the compiled kernel lacks a function")
    return engine, addresses
