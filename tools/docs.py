"""Write the pages that are made from the code: diagnostics, modules and validators in docs/.

`python tools/docs.py` writes them; `--check` writes nothing and ends with status 1 if one
is not as it would be written.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from itertools import takewhile
from pathlib import Path

from epol.compiler.catalogue import catalogue
from epol.compiler.resolve import stdlib
from epol.engine.text import validators as registry
from epol.engine.text.validators._schemes import ALIASES, SCHEMES
from epol.engine.text.validators.phone import DEFAULT_REGIONS
from epol.lang import ast
from epol.lang.diagnostics import Definition, Example
from epol.lang.parser import parse
from epol.lang.source import Source, Span

DOCS = Path(__file__).resolve().parents[1] / "docs"
MOST_LINES, MOST_COLUMNS = 14, 100

MADE = "<!-- Made by `make docs` from the sources; changes here are lost. -->"


# --- diagnostics ---------------------------------------------------------------------


def diagnostics() -> str:
    """The page of all diagnostics."""
    return _joined(_diagnostics(catalogue()))


def _diagnostics(known: Mapping[str, Definition]) -> Iterator[str]:
    yield "# Diagnostics"
    yield MADE
    yield (
        "Every message of `epolc check` has a name that says what is wrong and stays the same. An\n"
        "**error** always fails; a **warning** fails under `--strict`; a **note** never does.\n"
        "`epolc explain NAME` prints the text below. Examples without a `policy` line stand for a\n"
        "policy that imports `std.edge` and has a target called `ward`."
    )
    yield _table("name | severity | said when", (_summary(each) for each in known.values()))
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
        yield _fenced(shown)


def _clip(line: str) -> str:
    line = line.encode("utf-8", "replace").decode()
    return line if len(line) <= MOST_COLUMNS else line[:MOST_COLUMNS] + "…"


# --- standard modules ----------------------------------------------------------------


def modules() -> str:
    """The page of the standard modules."""
    return _joined(_modules())


def _modules() -> Iterator[str]:
    yield "# Standard modules"
    yield MADE
    yield (
        "Standard modules are written in epol and imported by name: `import std.edge`. Their\n"
        "sources are in `stdlib-policies/`. `epolc scan --policy std.hipaa` scans with the\n"
        "detectors of one."
    )
    for name in stdlib.modules():
        yield from _Module(name).page()


class _Module:
    """One module: its text and tree."""

    def __init__(self, name: str) -> None:
        path = stdlib.path_of(name)
        assert path is not None, name
        self.name = name
        self.source = Source(name, path.read_text(encoding="utf-8"))
        self.declarations = parse(self.source).file.declarations

    def page(self) -> Iterator[str]:
        """The section of the module."""
        yield f"## {self.name}"
        lines = self.source.text.splitlines()
        yield self._prose(takewhile(lambda line: line.startswith("#"), lines))
        for title, columns, kind, row in self._tables():
            rows = [row(node) for node in self.declarations if isinstance(node, kind)]
            if rows:
                yield f"### {title} of {self.name}"
                yield _table(columns, rows)
        rules = [node for node in self.declarations if isinstance(node, ast.Rule)]
        if rules:
            yield f"### Rules of {self.name}"
            yield _fenced("\n\n".join(rule.span.text for rule in rules).splitlines())

    def _tables(self) -> list[tuple[str, str, type[ast.Node], Callable[..., str]]]:
        return [
            ("Params", "param | type | default | ", ast.Param, self._typed),
            ("Facts", "name | type | where it is not given | ", ast.InputDecl, self._fact),
            ("Target fields", "field | type | default | ", ast.Field, self._typed),
            ("Labels", "label | description | further parents | generalized by", ast.LabelDecl,
             _label),
            ("Detectors", "detector | finds | with | ", ast.Detector, self._detector),
        ]  # fmt: skip

    def _typed(self, node: ast.Param | ast.Field) -> str:
        default = _code(node.default.span) if node.default else "none"
        cells = (f"`{node.name.text}`", _code(node.type.span), default, self._remark(node))
        return " | ".join(cells)

    def _fact(self, node: ast.InputDecl) -> str:
        missing = [f"{_code(s.value.span)}, stale after {s.after.text}" for s in node.stales]
        missing += [_code(default.span) for default in node.defaults]
        origin = _code(node.origin.span) if node.origin else ""
        name = f"{node.keyword} `{node.name.text}`"
        cells = (name, _code(node.type.span), missing[0] if missing else "unknown")
        return " | ".join((*cells, self._remark(node) or origin))

    def _detector(self, node: ast.Detector) -> str:
        checks = [n.text for item in node.items if isinstance(item, ast.Check) for n in item.names]
        ways = {
            ast.Match: "patterns",
            ast.WordList: "words",
            ast.DetectorModel: "a model",
            ast.Near: "words nearby",
        }
        found = [way for kind, way in ways.items() if any(isinstance(i, kind) for i in node.items)]
        found += [f"check {name}" for name in checks]
        above = self._above(node)
        cells = (f"`{node.name.text}`", f"`{node.label.text}`", ", ".join(found), above)
        return " | ".join(cells)

    def _remark(self, node: ast.Node) -> str:
        """The comment behind a declaration, on its last line."""
        line = self.source.text[node.span.end :].split("\n", 1)[0]
        return self._prose([line.strip()]) if line.strip().startswith("#") else ""

    def _above(self, node: ast.Node) -> str:
        """The comment lines directly above a declaration."""
        before = self.source.text[: node.span.start].splitlines()
        lines = list(takewhile(lambda line: line.startswith("#"), reversed(before)))
        return self._prose(reversed(lines)).replace("\n", " ")

    @staticmethod
    def _prose(lines: Iterator[str] | list[str] | reversed[str]) -> str:
        """Comment lines as text; an empty one separates paragraphs."""
        text = "\n".join(line.lstrip("#").strip() for line in lines)
        return re.sub(r"\.  +", ". ", text).strip()


def _label(node: ast.LabelDecl) -> str:
    description = node.description.value if node.description else ""
    under = ", ".join(f"`{name.text}`" for name in node.under)
    methods = ", ".join(" ".join(m.span.text.split()) for m in node.generalize)
    return " | ".join((f"`{node.name.text}`", description, under, methods))


# --- validators ----------------------------------------------------------------------


def validators() -> str:
    """The page of what `check` may name."""
    return _joined(_validators())


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
    yield _table("name | checks", rows)
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
    yield _table("name | issuer or standard", issued)
    yield "## Second names"
    yield _table("name | is", (f"`{name}` | `{ALIASES[name]}`" for name in sorted(ALIASES)))


def _described(name: str) -> str:
    """A row of a validator that is a module: what its docstrings say."""
    module = import_module(f"{registry.__name__}.{name}")
    what = " ".join((inspect.getdoc(module) or "").partition(":")[0].split()).rstrip(".")
    how = (inspect.getdoc(getattr(module, name)) or "").partition("\n\n")[0]
    told = re.split(r"\s*Sources?:\s", " ".join(how.split()))[0]
    return f"`{name}` | {what}. {told.replace('`DEFAULT_REGIONS`', 'the regions below')}"


# --- Markdown ------------------------------------------------------------------------


def _code(span: Span) -> str:
    return f"`{' '.join(span.text.split())}`"


def _table(columns: str, rows: Iterator[str] | list[str]) -> str:
    """A table; a last column that is empty everywhere is left out."""
    cells = [[cell.strip() for cell in row.split(" | ")] for row in (columns, *rows)]
    while all(not row[-1] for row in cells):
        cells = [row[:-1] for row in cells]
    head, *body = (f"| {' | '.join(row)} |" for row in cells)
    return "\n".join([head, "|" + "---|" * len(cells[0]), *body])


def _fenced(lines: list[str]) -> str:
    return "\n".join(["```epol example", *lines, "```"])


def _joined(parts: Iterator[str]) -> str:
    return "\n\n".join(part for part in parts if part) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "diagnostics.md": diagnostics,
    "modules.md": modules,
    "validators.md": validators,
}


def stale(folder: Path = DOCS) -> list[str]:
    """The pages that are not as they would be written."""
    return [
        name
        for name, make in PAGES.items()
        if not (folder / name).exists() or (folder / name).read_text(encoding="utf-8") != make()
    ]


def main(arguments: list[str]) -> int:
    """Write the pages, or say which are stale."""
    if arguments not in ([], ["--check"]):
        print("usage: python tools/docs.py [--check]", file=sys.stderr)
        return 2
    for name in stale():
        if arguments:
            print(f"docs/{name} is stale: run `make docs`", file=sys.stderr)
        else:
            (DOCS / name).write_text(PAGES[name](), encoding="utf-8")
            print(f"wrote docs/{name}")
    return 1 if arguments and stale() else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
