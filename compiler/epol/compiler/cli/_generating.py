"""Tests that a command makes: written to a file whole, or to standard output."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from epol.compiler.cli._common import fail
from epol.compiler.cli._output import write_whole

if TYPE_CHECKING:
    from epol.compiler.generation.writing import Page
    from epol.compiler.pipeline import Compiled
    from epol.compiler.testing import Outcome

STANDARD_OUTPUT = Path("-")


@dataclass(frozen=True)
class Written:
    """Tests that were made for a policy, and where they are now (`-`: standard output)."""

    policy: str
    path: str
    tests: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """For `--format json`; the blocks themselves, for they may be nowhere else."""
        return {"file": self.policy, "written": self.path, "tests": list(self.tests)}


def page_of(compiled: Compiled, output: Path | None) -> Page | None:
    """Where the tests of a policy will go; None for standard output.  It is known beforehand."""
    from epol.compiler.generation.writing import WritingError, page_for

    if output == STANDARD_OUTPUT:
        return None
    try:
        return page_for(compiled, output)
    except WritingError as error:
        fail(str(error))


def tried(compiled: Compiled, blocks: Sequence[str]) -> list[Outcome]:
    """What becomes of tests that were made when they are run.

    Raises ValueError if one does not pass: nothing is written then, and it is a defect.
    """
    from epol.compiler.generation.reading import Reading
    from epol.compiler.testing import PASSED, run_test

    assert compiled.policy is not None
    tests = Reading(compiled).read("\n".join(blocks)) if blocks else ()
    outcomes = [run_test(compiled.policy, test) for test in tests]
    if any(outcome.status != PASSED for outcome in outcomes):
        raise ValueError("a test that was made for the policy does not pass")
    return outcomes


def add_tests(
    compiled: Compiled, page: Page | None, comment: str, blocks: Sequence[str]
) -> Written:
    """Put tests that were made where they belong."""
    name = compiled.unit.root.tree.source.name
    if page is None:
        return Written(name, str(STANDARD_OUTPUT), tuple(blocks))
    _write(page, comment, blocks)
    count = f"{len(blocks)} test{'' if len(blocks) == 1 else 's'}"
    typer.echo(f"wrote {count} to {page.path}", err=True)
    if not page.is_read:
        typer.echo(f"note: they run once {name} imports that file", err=True)
    return Written(name, str(page.path), tuple(blocks))


def _write(page: Page, comment: str, blocks: Sequence[str]) -> None:
    from epol.compiler.generation.writing import WritingError

    try:
        content = page.with_tests(comment, blocks)
    except WritingError as error:
        fail(str(error))
    if not page.is_as_read():
        fail(f"{page.path}: the file was changed in the meantime; run the command again")
    write_whole(page.path, content)
