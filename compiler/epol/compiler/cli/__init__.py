"""`epolc`.  A command is one module of this package with one function of its name.

A group of commands is a `typer.Typer` of that name instead.  A name that Python has taken
ends in `_` (`import_`).

Importing a command must stay cheap: what is heavy (lark, msgspec, rich) is imported
when the command runs, so that `epolc --help` answers at once.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
import traceback
from typing import Annotated

import typer

_ORDER = ("check", "test", "decide", "fmt", "explain", "new")


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"epolc {version('epol')}")
        raise typer.Exit


def _root(
    _: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Check, test, run and format epol policies: which model may run an AI request, which one
    should, and what must happen to the data on the way there."""


def application() -> typer.Typer:
    """The command line with every command of this package."""
    app = typer.Typer(
        name="epolc",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_root)
    found = {m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")}
    for name in sorted(found, key=lambda n: (_ORDER.index(n) if n in _ORDER else len(_ORDER), n)):
        command = getattr(importlib.import_module(f"{__name__}.{name}"), name)
        if isinstance(command, typer.Typer):
            app.add_typer(command, name=name.rstrip("_"))
        else:
            app.command(name=name.rstrip("_"))(command)
    return app


def main() -> None:
    """Run `epolc` with the process's arguments; see interfaces for the exit statuses."""
    try:
        application()()
    except BrokenPipeError:
        # The reader of our output has gone (`epolc … | head`); nothing is wrong.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(0) from None
    except OSError as error:
        # Reading is each command's own; what is left is that the result cannot be written.
        typer.echo(f"error: the result cannot be written: {error.strerror or error}", err=True)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None
    except Exception as error:  # noqa: BLE001 (a defect must end in words, not in data)
        if os.environ.get("EPOLC_TRACEBACK"):
            # Where, not what: an exception's message may repeat a piece of the request.
            typer.echo("".join(traceback.format_tb(error.__traceback__)), err=True)
        kind = type(error).__name__
        typer.echo(
            f"error: epolc failed inside ({kind}); this is a defect of epolc. "
            "Set EPOLC_TRACEBACK=1 to see where, and please report it.",
            err=True,
        )
        raise SystemExit(2) from None
