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
    """Tests that were made for a policy, and where they are now."""

    policy: str
    path: str
    titles: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """For `--format json`."""
        return {"file": self.policy, "written": self.path, "tests": list(self.titles)}


def page_of(compiled: Compiled, output: Path | None) -> Page | None:
    """Where the tests of a policy will go; None for standard output.  It is known beforehand."""
    from epol.compiler.generation.writing import WritingError, page_for

    if output == STANDARD_OUTPUT:
        return None
    try:
        return page_for(compiled, output)
    except WritingError as error:
        fail(str(error))


def add_tests(
    compiled: Compiled, page: Page | None, comment: str, blocks: Sequence[str]
) -> tuple[Written, list[Outcome]]:
    """Write tests that were made, and what becomes of them when they are run."""
    from epol.compiler.generation.reading import Reading, formatted
    from epol.compiler.generation.writing import WritingError
    from epol.compiler.testing import run_test

    assert compiled.policy is not None
    text = formatted("\n\n".join(blocks) + "\n")
    outcomes = [run_test(compiled.policy, test) for test in Reading(compiled).read(text)]
    name = compiled.unit.root.tree.source.name
    titles = tuple(outcome.test.title for outcome in outcomes)
    if page is None:
        typer.echo(text, nl=False)
        return Written(name, "-", titles), outcomes
    try:
        content = page.with_tests(comment, blocks)
    except WritingError as error:
        fail(str(error))
    if not page.is_as_read():
        fail(f"{page.path}: the file was changed in the meantime; run the command again")
    write_whole(page.path, content)
    count = f"{len(titles)} test{'' if len(titles) == 1 else 's'}"
    typer.echo(f"wrote {count} to {page.path}", err=True)
    if not page.is_read:
        typer.echo(f"note: they run once {name} imports that file", err=True)
    return Written(name, str(page.path), titles), outcomes
