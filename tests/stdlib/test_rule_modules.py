"""The modules of rules: claims proved, tests passed, every rule and atom seen both ways.

Modules declare no targets, so policies import them that have targets and tests: those that test
them (`NAME.test.epol` beside them, see test_modules.py), and those of `examples/compliance/` and
`examples/routing/`, which set params otherwise or use several modules.  Beside them stands
`cases.yaml`.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from epol.compiler.cases import run_cases
from epol.compiler.coverage import cover
from epol.compiler.examine import Examination, examine
from epol.compiler.pipeline import compile_policy
from epol.compiler.resolve import stdlib
from epol.lang.model import Policy

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = [
    *sorted(stdlib.root().rglob("*" + stdlib.TEST_SUFFIX)),
    *sorted((ROOT / "examples" / "compliance").glob("*/policy.epol")),
    *sorted((ROOT / "examples" / "routing").rglob("policy.epol")),
]
PAGES = {
    "std.ccpa": "compliance/ccpa.md",
    "std.eu_ai_act": "compliance/eu_ai_act.md",
    "std.ferpa": "compliance/ferpa.md",
    "std.gdpr": "compliance/gdpr.md",
    "std.glba": "compliance/glba.md",
    "std.hipaa.": "compliance/hipaa.md",
    "std.pci": "compliance/pci.md",
    "std.routing.": "routing.md",
}
"""The pages that say what the modules whose names begin so do."""
MODULES = [name for name in stdlib.modules() if name.startswith(tuple(PAGES))]
DECLARED = re.compile(r"^(rule|prove) (\w+)", re.MULTILINE)


def named(path: Path) -> str:
    """The name of an example: its own, or that of its folder."""
    return path.parent.name if path.name == "policy.epol" else path.name


@cache
def examined(path: Path) -> Examination:
    """An example after `check`."""
    return examine(path)


@cache
def policy_of(path: Path) -> Policy:
    """The policy of an example."""
    policy = compile_policy(path).policy
    assert policy is not None
    return policy


def declared(module: str, kind: str) -> set[str]:
    """The names of a module's rules (`rule`) or claims (`prove`), as its text has them."""
    path = stdlib.path_of(module)
    assert path is not None
    found = DECLARED.findall(path.read_text(encoding="utf-8"))
    return {f"{module}.{name}" for word, name in found if word == kind}


@pytest.mark.parametrize("path", EXAMPLES, ids=named)
def test_an_example_has_no_findings_and_its_claims_are_proved(path: Path) -> None:
    result = examined(path)
    assert not [(each.name, each.message) for each in result.diagnostics]
    assert result.tests
    assert {outcome.status for outcome in result.tests} == {"passed"}
    assert {claim.outcome for claim in result.claims} <= {"proved"}


CASES = sorted({cases for path in EXAMPLES if (cases := path.with_name("cases.yaml")).exists()})


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.parent.name)
def test_the_cases_of_an_example_pass(path: Path) -> None:
    results = run_cases(path)
    assert results
    assert not [f"{each.name}: {each.problem}" for each in results if each.problem]


@pytest.mark.parametrize("module", MODULES)
def test_every_claim_of_a_module_is_proved_in_an_example(module: str) -> None:
    proved = {claim.name for path in EXAMPLES for claim in examined(path).claims}
    assert declared(module, "prove") <= proved


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_see_every_rule_and_atom_of_a_module_both_ways(module: str) -> None:
    wanted = declared(module, "rule")
    seen: dict[tuple[str, str], set[bool]] = {}
    for path in EXAMPLES:
        for each in cover(policy_of(path), examined(path).tests, {module}).all():
            if each.span.source.name == module:
                both = {value for value in (True, False) if value not in each.lacking()}
                seen.setdefault((each.what, each.place), set()).update(both)
    assert wanted == {what.removeprefix("rule ") for what, _ in seen if what.startswith("rule ")}
    assert {key: both for key, both in seen.items() if both != {True, False}} == {}


@pytest.mark.parametrize("module", MODULES)
def test_the_page_of_a_module_names_every_rule_and_claim(module: str) -> None:
    (page,) = (page for prefix, page in PAGES.items() if module.startswith(prefix))
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    names = {
        name.rpartition(".")[2] for kind in ("rule", "prove") for name in declared(module, kind)
    }
    assert not {name for name in names if f"`{name}`" not in text}
