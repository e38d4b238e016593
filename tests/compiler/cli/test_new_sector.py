"""`epolc new --sector`: what it writes is whole, and fits together.

That each policy passes `check --strict`, has whole coverage and no mutant that survives is shown,
and so tested, by its page in docs/sectors.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from epol.compiler.emit.manifest import manifest_of
from epol.compiler.pipeline import compile_policy
from epol.compiler.sectors import sectors
from epol.gateway.facts import fact_reader
from epol.gateway.settings import read_settings
from tests.compiler.cli.running import epolc
from tests.docs.blocks import ROOT, blocks
from tests.docs.shell import steps

NAMES = list(sectors())
OF_EVERY_GATEWAY = {"EPOL_VAULT_KEY", "EPOL_LOG_KEY", "EPOL_KEY", "EPOL_ADMIN_KEY"}


@pytest.mark.parametrize("name", NAMES)
def test_a_sector_is_written_whole(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    assert epolc("new", "--sector", name, folder).status == 0
    written = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    own = {path.name for path in sectors()[name].iterdir()}
    assert written == own | {".github/workflows/epol.yml", ".pre-commit-config.yaml"}
    assert {"policy.epol", "gateway.toml", "README.md"} <= own
    for each in own:
        assert (folder / each).read_bytes() == (sectors()[name] / each).read_bytes()
    assert epolc("fmt", "--check", folder).status == 0


@pytest.mark.parametrize("name", NAMES)
def test_the_settings_of_a_sector_fit_its_policy(name: str) -> None:
    folder = sectors()[name]
    policy = compile_policy(folder / "policy.epol").policy
    assert policy is not None
    settings = read_settings(folder / "gateway.toml")
    reader = fact_reader(manifest_of(policy, ()), settings)
    assert reader.headers
    given = {
        known: value for who in settings.callers.values() for known, value in who.attributes.items()
    }
    assert given
    readme = (folder / "README.md").read_text(encoding="utf-8")
    text = (folder / "policy.epol").read_text(encoding="utf-8")
    targets = set(re.findall(r'^  (?:url|key) env "(\w+)"$', text, re.MULTILINE))
    keys = {caller.key_env for caller in settings.callers.values()}
    variables = set(re.findall(r"`([A-Z_]+_KEY|[A-Z_]+_URL)`", readme))
    assert variables == targets | keys | OF_EVERY_GATEWAY


@pytest.mark.parametrize("name", NAMES)
def test_the_page_of_a_sector_checks_it(name: str) -> None:
    shown = [
        (block.options["dir"], step.command)
        for block in blocks(ROOT / "docs" / "sectors" / f"{name}.md")
        for step in steps(block.text)
    ]
    assert {folder for folder, _ in shown} == {f"examples/sectors/{name}"}
    commands = {command for _, command in shown}
    assert {"epolc check --strict .", "epolc test --coverage --mutate --strict ."} <= commands


@pytest.mark.parametrize("name", NAMES)
def test_the_page_names_every_rule_and_claim(name: str) -> None:
    text = (sectors()[name] / "policy.epol").read_text(encoding="utf-8")
    page = (ROOT / "docs" / "sectors" / f"{name}.md").read_text(encoding="utf-8")
    declared = re.findall(r"^(?:rule|prove) (\w+)", text, re.MULTILINE)
    assert not [each for each in declared if f"`{each}`" not in page]


def test_an_unknown_sector_lists_those_that_are(tmp_path: Path) -> None:
    ran = epolc("new", "--sector", "hotel", tmp_path / "x")
    assert ran.status == 2
    assert ran.err == f"error: there is no sector hotel; these are: {', '.join(NAMES)}\n"
    assert not (tmp_path / "x").exists()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "policy.epol").write_text("mine", encoding="utf-8")
    ran = epolc("new", "--sector", "law", tmp_path)
    assert ran.status == 2
    assert "is there already" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["policy.epol"]
    assert (tmp_path / "policy.epol").read_text(encoding="utf-8") == "mine"
