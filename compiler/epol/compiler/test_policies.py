"""Test policies: what a module, which declares no targets, is tested with.

The test policy of `limits.epol` is `limits.test.epol` beside it: a policy that imports the module
and has targets and tests.
"""

from __future__ import annotations

from pathlib import Path

from epol.compiler.resolve.loader import LoadedFile, Unit
from epol.compiler.resolve.stdlib import TEST_SUFFIX


def test_policy_of(module: Path) -> Path | None:
    """The test policy of a module's file; None if there is none beside it."""
    path = named_for(module)
    return path if path.is_file() else None


def named_for(module: Path) -> Path:
    """Where the test policy of a module's file is looked for."""
    return module.with_suffix(TEST_SUFFIX)


def subject(unit: Unit) -> LoadedFile | None:
    """The module that a build tests, if it is the test policy of one that it imports."""
    path = unit.root.path
    if not path.name.endswith(TEST_SUFFIX):
        return None
    tested = path.with_name(path.name.removesuffix(TEST_SUFFIX) + ".epol").resolve()
    return next((file for file in unit.files[:-1] if file.path.resolve() == tested), None)


def own_files(unit: Unit) -> tuple[LoadedFile, ...]:
    """The files whose rules a build's tests are about.

    Of a test policy that is the module alone: what the policy itself says is there for the tests.
    Else all but standard modules; and the root, whatever it is.
    """
    tested = subject(unit)
    if tested is not None:
        return (tested,)
    return tuple(file for file in unit.files if not file.is_standard or file is unit.root)
