"""The floors hold, and each contract would notice if they did not."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.house import PACKAGES, ROOT, project

CONTRACTS = project()["tool"]["importlinter"]["contracts"]
FORBIDDEN = [
    ("lang", "epol.compiler"),
    ("lang", "epol.engine"),
    ("lang", "epol.gateway"),
    ("engine", "epol.lang"),
    ("engine", "epol.compiler"),
    ("engine", "epol.gateway"),
    ("engine", "lark"),
    ("engine", "z3"),
    ("compiler", "epol.engine"),
    ("compiler", "epol.engine.errors"),
    ("compiler", "epol.gateway"),
    ("gateway", "epol.lang"),
    ("gateway", "epol.compiler"),
    ("smt", "epol.compiler.emit"),
    ("smt", "epol.compiler.ir"),
    ("smt", "epol.compiler.lower"),
    ("smt", "epol.compiler.validation"),
    ("smt", "epol.engine"),
    ("program", "epol.compiler.smt"),
    ("program", "epol.compiler.validation"),
    ("validation", "epol.compiler.emit"),
    ("validation", "epol.compiler.ir"),
    ("validation", "epol.compiler.lower"),
]
WITHIN = {"smt": "compiler.smt", "program": "compiler.lower", "validation": "compiler.validation"}
"""The contracts that bind a part of a package, and that part."""
PARTS = (*WITHIN.values(), "compiler.ir", "compiler.emit", "compiler.emit.program")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small house of the same shape: the contracts judge names, not contents."""
    root = tmp_path_factory.mktemp("house")
    for package in PACKAGES:
        home = root / package / "epol" / package
        home.mkdir(parents=True)
        (home / "__init__.py").touch()
        (home / "errors.py").touch()
    (root / "engine/epol/engine/bundle.py").write_text("import epol.engine.errors\n")
    for part in PARTS:
        home = root.joinpath("compiler", "epol", *part.split("."))
        home.mkdir()
        (home / "__init__.py").touch()
    (root / "compiler/epol/compiler/emit/write.py").write_text(
        "import epol.lang.errors\nfrom epol.engine.bundle import write\n"
    )
    (root / "gateway/epol/gateway/proxy.py").write_text("from epol.engine import Engine\n")
    return root


def lint(root: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run the repository's contracts over a house."""
    limits = [part for contract in contracts for part in ("--contract", contract)]
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as run; run()",
            *("--config", str(ROOT / "pyproject.toml"), "--no-cache", "--no-logo", *limits),
        ],
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(str(root / p) for p in PACKAGES)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_house_built_by_the_rules_is_accepted(house: Path) -> None:
    report = lint(house)
    assert report.returncode == 0, report.stdout
    assert f"Contracts: {len(CONTRACTS)} kept, 0 broken." in report.stdout


@pytest.mark.parametrize(("contract", "target"), FORBIDDEN)
def test_a_forbidden_import_breaks_the_contract(
    house: Path, tmp_path: Path, contract: str, target: str
) -> None:
    copy = shutil.copytree(house, tmp_path / "house")
    part = WITHIN.get(contract, contract)
    package = part.split(".")[0]
    (copy.joinpath(package, "epol", *part.split(".")) / "bad.py").write_text(f"import {target}\n")
    report = lint(copy, contract)
    assert report.returncode == 1
    assert f"epol.{part}.bad -> {target}" in report.stdout


def test_every_contract_is_tried() -> None:
    tried = {(package, target) for package, target in FORBIDDEN}
    written = {
        (contract["id"], target)
        for contract in CONTRACTS
        for target in contract["forbidden_modules"]
    }
    assert written <= tried
