"""Each diagnostic's own examples: the bad one has it, the good one does not."""

import importlib
import pkgutil
import re
from pathlib import Path

import pytest

import epol.compiler
from epol.compiler.examine import examine
from epol.lang.diagnostics import Definition, Example, definitions

for _module in pkgutil.walk_packages(epol.compiler.__path__, "epol.compiler."):
    importlib.import_module(_module.name)

DEFINITIONS = definitions()
HEAD = re.compile(r"^(policy|module) ", re.MULTILINE)


def found(folder: Path, definition: Definition, example: Example) -> set[str]:
    """The names of all that is found in an example."""
    if isinstance(example, str):
        prelude = "" if HEAD.search(example) else definition.prelude
        example = {"policy.epol": prelude + example}
    for name, text in example.items():
        (folder / name).write_text(text, encoding="utf-8", errors="surrogateescape")
    return {each.name for each in examine(folder / next(iter(example))).diagnostics}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_bad_example_has_what_it_is_for(name: str, tmp_path: Path) -> None:
    assert name in found(tmp_path, DEFINITIONS[name], DEFINITIONS[name].bad)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_the_good_example_has_it_not(name: str, tmp_path: Path) -> None:
    assert name not in found(tmp_path, DEFINITIONS[name], DEFINITIONS[name].good)


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_good_example_is_no_other_error(name: str, tmp_path: Path) -> None:
    names = found(tmp_path, DEFINITIONS[name], DEFINITIONS[name].good)
    errors = {each for each in names if DEFINITIONS[each].severity == "error"}
    assert not errors


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_definition_says_what_it_means(name: str) -> None:
    definition = DEFINITIONS[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", name)
    assert definition.summary[0].islower() or definition.summary[0] == "`"
    assert not definition.summary.endswith(".")
    assert definition.explanation.endswith((".", ".)"))
    assert len(definition.explanation) > len(definition.summary)
