"""The layout: one namespace, four typed packages, and what each may import."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.repo.house import PACKAGES, ROOT, modules, project, tracked


def test_epol_is_a_namespace_and_never_a_package() -> None:
    assert not [path for path in ROOT.glob("*/epol/__init__.py") if path in tracked()]


@pytest.mark.parametrize("package", PACKAGES)
def test_every_package_is_typed_and_says_what_it_is(package: str) -> None:
    home = ROOT / package / "epol" / package
    assert (home / "py.typed").is_file()
    assert ast.get_docstring(ast.parse((home / "__init__.py").read_text()))


@pytest.mark.parametrize("package", PACKAGES)
def test_every_directory_of_a_package_has_an_init(package: str) -> None:
    bare = {path.parent for path in modules(package) if not (path.parent / "__init__.py").exists()}
    assert not bare


# --- THIRD_PARTY.md: each dependency, its licence, and the one door it comes in by ------


def table() -> dict[str, tuple[str, list[str]]]:
    """Import name and doors of each dependency, by its name on the package index."""
    rows = re.findall(
        r"^\| ([\w-]+) \(`(\w+)`\) \| [^|]+ \| [^|]+ \| ([^|]+) \|$",
        (ROOT / "THIRD_PARTY.md").read_text(),
        re.MULTILINE,
    )
    return {name: (module, re.findall(r"`([^`]+)`", doors)) for name, module, doors in rows}


def imports(path: Path) -> Iterator[str]:
    """The top-level names that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            # What ships no types is imported by its name, so that a Protocol can describe it.
            names = (each.value for each in node.args if isinstance(each, ast.Constant))
            yield from (str(name).split(".")[0] for name in names)


def test_third_party_lists_the_dependencies() -> None:
    needed = project()["project"]["dependencies"]
    extras = project()["project"]["optional-dependencies"].values()
    wanted = [*needed, *(each for extra in extras for each in extra)]
    declared = [re.split(r"[<>=!~\[; ]", each)[0] for each in wanted]
    assert sorted(table()) == sorted(declared)


def test_each_dependency_comes_in_by_its_door() -> None:
    doors = dict(table().values())
    strangers: list[str] = []
    used: set[tuple[str, str]] = set()
    for path in (path for package in PACKAGES for path in modules(package)):
        name = path.relative_to(ROOT).as_posix()
        for module in set(imports(path)) - set(sys.stdlib_module_names) - {"epol"}:
            door = next((d for d in doors.get(module, []) if name.startswith(d)), None)
            if door is None:
                strangers.append(f"{name} imports {module}")
            else:
                used.add((module, door))
    assert not strangers
    assert used == {(module, door) for module, files in doors.items() for door in files}
