"""What `mutate.py` changes beside the language: lowering, kernel, engine; and who notices.

A change is noticed where the corpus of random policies shows it, or else where the tests
of its part fail.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from epol.compiler.lower import lower
from epol.engine.bundle.program_codec import encode_program
from epol.engine.deciding import batch
from epol.engine.kernel.load import Kernel
from tests.differential.decided import Decided, corners, corpus, one_unknown
from tests.engine.kernel.ends import finds_members, scales_all
from tests.engine.kernel.pure import fenced, machine_kernel, pure_kernel

ROOT = Path(__file__).resolve().parent
SEEDS, REQUESTS = range(48), 12
CHUNKS = (100, 64, 128)
"""Requests in a chunk where the kernel is plain Python: whole words, and a part of one."""


@dataclass(frozen=True)
class Subject:
    """Modules whose changes the same tests notice, those first that others import.

    `tests` are run if the corpus is silent.
    """

    modules: tuple[str, ...]
    is_noticed: Callable[[ast.Module], bool]
    tests: tuple[str, ...] = ()

    def fails(self) -> bool:
        """Whether the tests fail; `is_noticed` is asked first, of the changed module."""
        options = ["-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:randomly"]
        files = [str(ROOT / name) for name in self.tests]
        # Tests that are not there (4, 5) have noticed nothing.
        return bool(files) and pytest.main([*options, *files]) in (1, 2, 3)


@cache
def decided() -> tuple[Decided, ...]:
    """The corpus, made before anything is changed."""
    return *corpus(SEEDS, REQUESTS), *(one_unknown(n) for n in (2, 3, 8, 16, 40, 64)), corners()


@cache
def _written() -> tuple[bytes, ...]:
    return tuple(encode_program(each.program) for each in decided())


def prepare() -> None:
    """Make all that is compared with, and import all that is changed, before it is."""
    _written()
    for subject in SUBJECTS.values():
        assert all((ROOT / name).exists() for name in subject.tests), subject.tests
        for name in subject.modules:
            if name != KERNEL:  # which is made anew from each tree, and imports numba
                importlib.import_module(name)


def _lowered_otherwise(_tree: ast.Module) -> bool:
    """As tests/compiler/lower/test_golden.py sees it."""
    pairs = zip(decided(), _written(), strict=True)
    return any(encode_program(lower(each.policy)) != data for each, data in pairs)


def _decided_otherwise(_tree: ast.Module) -> bool:
    return any(each.disagrees(each.program) for each in _quick_first())


def _decided_by_kernel_otherwise(tree: ast.Module) -> bool:
    """First in plain Python, for that is quick; what differs in 64 bits, in machine code."""
    return _differs(pure_kernel(tree)) or _strays(tree) or _differs(machine_kernel(tree))


def _strays(tree: ast.Module) -> bool:
    """Whether it leaves an arena's memory, which nobody else would notice."""
    batch.__dict__["CHUNK"] = 100
    with fenced():
        kernel = pure_kernel(tree)
        return any(each.disagrees(each.program, kernel) for each in decided()[:6])


def _differs(kernel: Kernel) -> bool:
    for place, each in enumerate(_quick_first()):
        batch.__dict__["CHUNK"] = CHUNKS[place % len(CHUNKS)]
        if each.disagrees(each.program, kernel):
            return True
    return not (scales_all(kernel) and finds_members(kernel))


def _quick_first() -> Iterator[Decided]:
    yield from sorted(decided(), key=lambda each: len(each.program.request.nodes))


LOWER, ENGINE = "epol.compiler.lower", "epol.engine"
KERNEL = f"{ENGINE}.kernel.kernel"
SUBJECTS = {
    "lowering": Subject(
        (
            "epol.compiler.ir",
            *(f"{LOWER}.{name}" for name in ("tables", "inputs", "expressions", "blame", "rules")),
            LOWER,
        ),
        _lowered_otherwise,
        ("compiler/lower/test_circuit.py",),
    ),
    "kernel": Subject((KERNEL,), _decided_by_kernel_otherwise),
    "assembling": Subject(
        (f"{ENGINE}.kernel.assemble", f"{ENGINE}.deciding.arena"),
        _decided_otherwise,
        ("engine/kernel",),
    ),
    "deciding": Subject(
        tuple(f"{ENGINE}.deciding.{name}" for name in ("outcome", "decider", "batch"))
        + tuple(f"{ENGINE}.reading.{name}" for name in ("inputs", "labels", "globs", "numbers"))
        + tuple(f"{ENGINE}.deciding.{name}" for name in ("columns", "demand")),
        _decided_otherwise,
        ("engine/deciding/test_batch.py", "fuzz/test_requests.py", "engine/deciding"),
    ),
}
