"""The pages of the standard modules, in docs/modules/: which there are, and the index of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tools.markdown import MADE, anchor, joined, table
from tools.module_section import Section

from epol.compiler.resolve import stdlib
from epol.lang import ast

DOCS = Path(__file__).resolve().parents[1] / "docs"

TITLES = {
    "std.pii": "std.pii: personal data of every country",
    "std.pii.africa": "std.pii: Africa",
    "std.pii.americas": "std.pii: the Americas",
    "std.pii.asia": "std.pii: Asia",
    "std.pii.eu": "std.pii: the European Union",
    "std.pii.europe": "std.pii: Europe outside the Union",
    "std.pii.oceania": "std.pii: Oceania",
}
"""Titles of pages that are not called like their first module; those below `std.pii` have the
countries that the module of that name imports."""

MORE = {
    "std.ccpa": "compliance/ccpa.md",
    "std.eu_ai_act": "compliance/eu_ai_act.md",
    "std.ferpa": "compliance/ferpa.md",
    "std.gdpr": "compliance/gdpr.md",
    "std.glba": "compliance/glba.md",
    "std.hipaa": "compliance/hipaa.md",
    "std.injection": "injection.md",
    "std.names": "models.md",
    "std.pci": "compliance/pci.md",
    "std.routing": "routing.md",
}
"""Where a page of the documentation says more, by the first module of a page."""


def page_of(module: str) -> str:
    """The first module of the page that a module is on."""
    if module in TITLES:
        return module
    for page in TITLES:
        if page != "std.pii" and module in _section(page).imports():
            return page
    return ".".join(module.split(".")[:2])


@cache
def pages() -> dict[str, list[str]]:
    """The modules of each page, by its first one."""
    found: dict[str, list[str]] = {}
    for module in stdlib.modules():
        found.setdefault(page_of(module), []).append(module)
    return dict(sorted(found.items()))


def path_of(page: str) -> str:
    """The file of a page, in docs/."""
    return f"modules/{page.removeprefix('std.').replace('.', '-')}.md"


@cache
def _section(module: str) -> Section:
    path = stdlib.path_of(module)
    assert path is not None, module
    return Section(module, path)


def page(first: str) -> str:
    """The page of a module and those that stand with it."""
    return joined(_page(first))


def _page(first: str) -> Iterator[str]:
    yield f"# {TITLES.get(first, first)}"
    yield MADE
    modules = sorted(pages()[first], key=lambda name: (name != first, name))
    yield " ".join([*_further(first, modules), "[All modules](../modules.md)."])
    for module in modules:
        yield f"## {module}"
        yield from _section(module).parts()


def _further(first: str, modules: list[str]) -> Iterator[str]:
    """Where more is said, and where the tests are."""
    if first in MORE:
        title = (DOCS / MORE[first]).read_text(encoding="utf-8").partition("\n")[0].lstrip("# ")
        yield f"What it is for and how it is used: [{title}](../{MORE[first]})."
    tests = [path for module in modules if (path := _section(module).tests()) is not None]
    if tests:
        links = (f"[{path.name}]({os.path.relpath(path, DOCS / 'modules')})" for path in tests)
        yield f"Tested by {', '.join(links)}."


def index() -> str:
    """The page of all modules."""
    return joined(_index())


def _index() -> Iterator[str]:
    yield "# Standard modules"
    yield MADE
    yield (
        "Standard modules are written in epol and imported by name: `import std.edge`. Their\n"
        "sources are in `stdlib-policies/`. `epolc scan --policy std.hipaa` scans with the\n"
        "detectors of one, `epolc test --coverage std.hipaa.associates` runs [its\n"
        "tests](testing.md#a-module)."
    )
    yield table("page | modules | detectors | rules | claims", map(_row, pages()))


def _row(first: str) -> str:
    modules = sorted(pages()[first], key=lambda name: (name != first, name))
    sections = [_section(module) for module in modules]
    counts = (
        sum(len(each.nodes(kind)) for each in sections)
        for kind in (ast.Detector, ast.Rule, ast.Prove)
    )
    title = TITLES.get(first, first)
    links = ", ".join(f"[`{name}`]({path_of(first)}#{anchor(name)})" for name in modules)
    return " | ".join((f"[{title}]({path_of(first)})", links, *(str(n or "") for n in counts)))
