"""The kernel as a function, from the cache where it is there: the door to llvmlite.

numba takes seconds to compile the kernel, and a quarter of a second and 100 MB only to be
imported.  So it is asked once; what it made is kept as an object file, and llvmlite's
loader, which is small, links that into later processes.
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
from typing import Any, cast

from epol.engine.bundle import cache
from epol.engine.errors import KernelError

Decide = Callable[[int], None]
"""`kernel.decide` on the address of a frame (see `opcodes`)."""


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
_loaded: list[Kernel] = []


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
        return _loaded[0]


def _load(folder: Path | None) -> Kernel:
    key = _key()
    cached = cache.read(folder, key)
    if cached is not None:
        try:
            return _link(cached, was_cached=True)
        except KernelError:
            pass  # as if it were not there
    content = _compile()
    cache.write(folder, key, content)
    return _link(content, was_cached=False)


def _key() -> str:
    """A name for the kernel's machine code: its source, who compiled it, and for what."""
    source = b"".join(
        Path(__file__).with_name(name).read_bytes() for name in ("kernel.py", "opcodes.py")
    )
    return cache.key_of(
        "kernel",
        hashlib.sha256(source).hexdigest(),
        version("numba"),
        version("llvmlite"),
        f"{sys.implementation.cache_tag} {platform.python_version()} {sys.platform}",
    )


def _compile() -> bytes:
    """The name of the function, a zero byte, and the object file."""
    try:
        # Imported only here, because it brings numba.
        compiled = importlib.import_module("epol.engine.kernel.kernel").compiled
    except ImportError as error:
        raise KernelError(f"the kernel cannot be compiled: {type(error).__name__}") from error
    code, name = cast(tuple[bytes, str], compiled())
    return name.encode() + b"\0" + code


def _link(content: bytes, *, was_cached: bool) -> Kernel:
    name, _, code = content.partition(b"\0")
    llvm = cast(Any, importlib.import_module("llvmlite.binding"))  # it has no types
    try:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        machine = llvm.Target.from_default_triple().create_target_machine()
        for symbol in _FOR_ERRORS:
            llvm.add_symbol(symbol, ctypes.cast(_abort, ctypes.c_void_p).value)
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machine)
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        address = cast(int, engine.get_function_address(name.decode()))
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        raise KernelError("the compiled kernel cannot be loaded") from error
    if not address:
        raise KernelError("the compiled kernel lacks its function")
    # A call with one address takes a fifth of the time of one with seven arguments.
    keeping = ctypes.PYFUNCTYPE(None, ctypes.c_void_p)(address)
    releasing = ctypes.CFUNCTYPE(None, ctypes.c_void_p)(address)
    return Kernel(cast(Decide, keeping), cast(Decide, releasing), was_cached, engine)
