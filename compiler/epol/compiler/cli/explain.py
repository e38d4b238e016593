"""`epolc explain`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from epol.compiler.cli._common import fail

if TYPE_CHECKING:
    from epol.lang.diagnostics import Definition, Example


def explain(
    name: Annotated[
        str | None, typer.Argument(help="A diagnostic, such as rule-without-effect.")
    ] = None,
) -> None:
    """Say what a diagnostic means, with an example and the cure; without NAME, list all."""
    from epol.compiler.catalogue import catalogue
    from epol.lang.diagnostics import did_you_mean

    known = catalogue()
    if name is None:
        width = max(map(len, known))
        for definition in known.values():
            typer.echo(f"{definition.name:<{width}}  {definition.severity}: {definition.summary}")
    elif name in known:
        typer.echo("\n".join(page(known[name])))
    else:
        near = did_you_mean(name, known)
        fail(f"there is no diagnostic `{name}`; {near or 'epolc explain lists them all'}")


def page(definition: Definition) -> list[str]:
    """The lines of a diagnostic's page."""
    import textwrap

    return [
        f"{definition.name} ({definition.severity})",
        "",
        f"{definition.summary[0].upper()}{definition.summary[1:]}.",
        "",
        *textwrap.wrap(definition.explanation, 96),
        "",
        "Wrong:",
        "",
        *_example(definition.bad),
        "",
        "Right:",
        "",
        *_example(definition.good),
    ]


def _example(example: Example) -> list[str]:
    files = {"": example} if isinstance(example, str) else example
    lines: list[str] = []
    for name, text in files.items():
        if len(files) > 1:
            lines.append(f"    # {name}")
        shown = text.splitlines()
        lines += [f"    {line[:96]}{'…' if len(line) > 96 else ''}" for line in shown[:12]]
        if len(shown) > 12:
            lines.append(f"    … {len(shown) - 12} more lines like these")
    return [line.encode("utf-8", "replace").decode() for line in lines]
