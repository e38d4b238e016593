"""Write what is made from the code in docs/: diagnostics, modules, validators, and the diagrams.

`python -m tools.docs` writes them; `--check` writes nothing and ends with status 1 if one
is not as it would be written.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path

from tools import module_pages
from tools.diagrams import DIAGRAMS
from tools.markdown import MADE, fenced, joined, table

from epol.compiler.catalogue import catalogue
from epol.engine.text import validators as registry
from epol.engine.text.validators._schemes import ALIASES, SCHEMES
from epol.engine.text.validators.phone import DEFAULT_REGIONS
from epol.lang.diagnostics import Definition, Example

DOCS = Path(__file__).resolve().parents[1] / "docs"
MOST_LINES, MOST_COLUMNS = 14, 100


# --- diagnostics ---------------------------------------------------------------------


def diagnostics() -> str:
    """The page of all diagnostics."""
    return joined(_diagnostics(catalogue()))


def _diagnostics(known: Mapping[str, Definition]) -> Iterator[str]:
    yield "# Diagnostics"
    yield MADE
    yield (
        "Every message of `epolc check` has a name that says what is wrong and stays the same. An\n"
        "**error** always fails; a **warning** fails under `--strict`; a **note** never does.\n"
        "`epolc explain NAME` prints the text below. Examples without a `policy` line stand for a\n"
        "policy that imports `std.edge` and has a target called `ward`."
    )
    yield table("name | severity | said when", (_summary(each) for each in known.values()))
    for definition in known.values():
        yield f"## {definition.name}"
        yield f"*{definition.severity}*: {definition.summary}."
        yield textwrap.fill(definition.explanation, MOST_COLUMNS, break_on_hyphens=False)
        yield "Wrong:"
        yield from _example(definition.bad)
        yield "Right:"
        yield from _example(definition.good)


def _summary(definition: Definition) -> str:
    name = definition.name
    return f"[{name}](#{name}) | {definition.severity} | {definition.summary}"


def _example(example: Example) -> Iterator[str]:
    files = {"": example} if isinstance(example, str) else example
    for name, text in files.items():
        if len(files) > 1:
            yield f"`{name}`:"
        lines = text.splitlines()
        shown = [_clip(line) for line in lines[:MOST_LINES]]
        if len(lines) > MOST_LINES:
            shown.append(f"# … {len(lines) - MOST_LINES} more lines like these")
        yield fenced(shown)


def _clip(line: str) -> str:
    line = line.encode("utf-8", "replace").decode()
    return line if len(line) <= MOST_COLUMNS else line[:MOST_COLUMNS] + "…"


# --- validators ----------------------------------------------------------------------


def validators() -> str:
    """The page of what `check` may name."""
    return joined(_validators())


def _validators() -> Iterator[str]:
    named = registry.names()
    yield "# Validators"
    yield MADE
    yield (
        f"A detector's `check NAME` discards spans that fail. There are {len(named)} names.\n"
        "Mostly, white space, dashes, dots and slashes between the characters are passed over,\n"
        "and a run of one digit is refused; no identifier may have more than 64 characters. A\n"
        "validator says that a value can be one, not that anybody has it."
    )
    yield "## By what they are"
    rows = (_described(name) for name in named if name not in SCHEMES and name not in ALIASES)
    yield table("name | checks", rows)
    yield textwrap.fill(
        "A telephone number without a country code is looked for in the plans of "
        f"{', '.join(DEFAULT_REGIONS)}.",
        MOST_COLUMNS,
    )
    yield "## By who issues the number"
    yield (
        "Check digits, dates and structure as python-stdnum has them. The first two letters are\n"
        "the country (ISO 3166-1), `eu` the Union; after them comes the national name."
    )
    issued = (f"`{name}` | {SCHEMES[name].source}" for name in named if name in SCHEMES)
    yield table("name | issuer or standard", issued)
    yield "## Second names"
    yield table("name | is", (f"`{name}` | `{ALIASES[name]}`" for name in sorted(ALIASES)))


def _described(name: str) -> str:
    """A row of a validator that is a module: what its docstrings say."""
    module = import_module(f"{registry.__name__}.{name}")
    what = " ".join((inspect.getdoc(module) or "").partition(":")[0].split()).rstrip(".")
    how = (inspect.getdoc(getattr(module, name)) or "").partition("\n\n")[0]
    told = re.split(r"\s*Sources?:\s", " ".join(how.split()))[0]
    return f"`{name}` | {what}. {told.replace('`DEFAULT_REGIONS`', 'the regions below')}"


# --- the pages ----------------------------------------------------------------------


PAGES: dict[str, Callable[[], str]] = {
    "diagnostics.md": diagnostics,
    "modules.md": module_pages.index,
    "validators.md": validators,
    **{
        module_pages.path_of(page): partial(module_pages.page, page)
        for page in module_pages.pages()
    },
    **DIAGRAMS,
}


def stale(folder: Path = DOCS) -> list[str]:
    """The pages that are not as they would be written, or are of a module that is gone."""
    there = {path.relative_to(folder).as_posix() for path in folder.glob("modules/*.md")}
    return [
        name
        for name, make in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != make()
    ] + sorted(there - {*PAGES})


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are stale."""
    if arguments not in ([], ["--check"]):
        print("usage: python -m tools.docs [--check]", file=sys.stderr)
        return 2
    for name in stale():
        if arguments:
            print(f"docs/{name} is stale: run `make docs`", file=sys.stderr)
        elif name in PAGES:
            (DOCS / name).parent.mkdir(exist_ok=True)
            (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"wrote docs/{name}")
        else:
            (DOCS / name).unlink()
            print(f"removed docs/{name}")
    return 1 if arguments and stale() else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
