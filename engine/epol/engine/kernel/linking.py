"""Object files in the cache, linked into this process: the door to llvmlite.

Its loader is small, and links what numba has compiled without numba.
"""

from __future__ import annotations

import ctypes
import importlib
from collections.abc import Iterable
from typing import Any, cast

from epol.engine.errors import KernelError

Function = tuple[bytes, str]
"""An object file, and the name of the function in it."""

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


def linked(functions: Iterable[Function]) -> tuple[object, list[int]]:
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
