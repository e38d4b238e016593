"""The kernel and the automata as functions, from the cache where they are there.

numba takes seconds to compile them, and a quarter of a second and 100 MB only to be
imported.  So it is asked once; what it made is kept as object files, which later processes
link (`linking`).  They are two libraries, because who only decides needs no automata.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import os
import platform
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import cast

from epol.engine.bundle import cache
from epol.engine.errors import KernelError
from epol.engine.kernel import ahead
from epol.engine.kernel.linking import Function, linked, packed, unpacked

Decide = Callable[[int], None]
"""`kernel.decide` on the address of a frame (see `opcodes`)."""

Determinize = Callable[[int], int]
"""`automaton.determinize` on the address of a frame (see `automaton_words`)."""

Search = Callable[[bytes, int], int]
"""`automaton.search`, `search_all`, `lazy.scan` or `runs.may_hold_text` on a text in ASCII and the
address of a frame."""


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
    """What makes automata, and walks them over texts.  `was_cached` as that of the kernel.

    `search_long` lets other threads run meanwhile; the others keep the interpreter's lock.
    """

    determinize: Determinize
    search: Search
    search_long: Search
    search_all: Search
    scan: Search
    may_hold_text: Search
    was_cached: bool
    # What the machine code lives in.
    owner: object


_lock = threading.Lock()
_kernel: list[Kernel] = []
_automata: list[Automata] = []


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
        if not _kernel:
            owner, (address,), was_cached = _loaded(_KERNEL, folder)
            _kernel.append(deciding(address, owner, was_cached=was_cached))
        return _kernel[0]


def begin(folder: Path | None = None) -> None:
    """Begin to compile the kernel, for who will ask for it later, unless it is there."""
    folder = folder or cache.default_folder()
    if _kernel or not cache.can_write(folder) or cache.read(folder, _key(_KERNEL)) is not None:
        return
    assert folder is not None
    ahead.begin(folder)


def deciding(address: int, owner: object, *, was_cached: bool) -> Kernel:
    """The kernel at an address."""
    # A call with one address takes a fifth of the time of one with seven arguments.
    keeping, releasing = (kind(None, ctypes.c_void_p)(address) for kind in _KINDS)
    return Kernel(cast(Decide, keeping), cast(Decide, releasing), was_cached, owner)


def automata(folder: Path | None = None) -> Automata:
    """The automata of this process, as `kernel`.  Raises `KernelError`."""
    with _lock:
        if not _automata:
            owner, (determinize, search, *addresses), was_cached = _loaded(_AUTOMATA, folder)
            made = ctypes.PYFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)(determinize)
            keeping, releasing = (
                kind(ctypes.c_int64, ctypes.c_char_p, ctypes.c_void_p) for kind in _KINDS
            )
            others = (keeping(each) for each in addresses)
            _automata.append(
                Automata(
                    determinize=made,
                    search=keeping(search),
                    search_long=releasing(search),
                    search_all=next(others),
                    scan=next(others),
                    may_hold_text=next(others),
                    was_cached=was_cached,
                    owner=owner,
                )
            )
        return _automata[0]


def loaded_automata() -> Automata | None:
    """The automata, in a process that has asked for them: one that scans many texts."""
    return _automata[0] if _automata else None


_KINDS = ctypes.PYFUNCTYPE, ctypes.CFUNCTYPE


# --- compiling ------------------------------------------------------------------------


@dataclass(frozen=True)
class _Library:
    """Functions that are compiled together: by which module, and of which sources."""

    module: str
    sources: tuple[str, ...]
    count: int


_KERNEL = _Library("kernel", ("kernel.py", "opcodes.py"), 1)
_AUTOMATA = _Library(
    "automaton",
    (
        *("automaton.py", "automaton_words.py", "following.py", "lazy.py", "lazy_words.py"),
        *("runs.py", "runs_words.py", "sums.py", "kernel.py"),
    ),
    5,
)


def _loaded(library: _Library, folder: Path | None) -> tuple[object, list[int], bool]:
    """What a library lives in, where its functions are, and whether it was in the cache."""
    folder = folder or cache.default_folder()
    key = _key(library)
    cached = cache.read(folder, key)
    was_cached = cached is not None
    if cached is None and library is _KERNEL and ahead.finished():
        cached = cache.read(folder, key)
    if cached is not None:
        try:
            return *_linked(library, unpacked(cached)), was_cached
        except KernelError:
            pass  # as if it were not there
    functions = _compiled(library)
    cache.write(folder, key, packed(functions))
    return *_linked(library, functions), False


def _linked(library: _Library, functions: list[Function]) -> tuple[object, list[int]]:
    if len(functions) != library.count:
        raise KernelError("the compiled kernel lacks a function")
    return linked(functions)


def _key(library: _Library) -> str:
    """A name for the machine code: its source, who compiled it, and for what."""
    source = b"".join(Path(__file__).with_name(name).read_bytes() for name in library.sources)
    return cache.key_of(
        library.module,
        hashlib.sha256(source).hexdigest(),
        version("numba"),
        version("llvmlite"),
        f"{sys.implementation.cache_tag} {platform.python_version()} {sys.platform}",
    )


def _compiled(library: _Library) -> list[Function]:
    try:
        # Imported only here, because it brings numba.
        module = importlib.import_module(f"epol.engine.kernel.{library.module}")
    except ImportError as error:
        raise KernelError(f"the kernel cannot be compiled: {type(error).__name__}") from error
    return cast(Callable[[], list[Function]], module.compiled)()
