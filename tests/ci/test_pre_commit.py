"""The hooks that users copy, run by pre-commit itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any, cast

import pytest
import yaml

from tests.docs.blocks import ROOT

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="pre-commit needs git")

BIN = Path(sys.executable).parent
HOOKS = ROOT / ".pre-commit-hooks.yaml"
TEMPLATE = Path(str(files("epol.compiler").joinpath("template", "pre-commit-config.yaml")))
POLICY = """policy desk version "1"

import std.edge
import "./limits.epol"

target here { at local context 8k }

test "a short one" {
  set request.tokens = 4k
  expect route here
}
"""
MODULE = """module limits

rule short {
  when request.tokens > 4k
  deny
  because "too long"
}
"""


def run(folder: Path, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command in a repository of its own: no configuration of whoever runs the tests counts."""
    outside = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    who = {"NAME": "a", "EMAIL": "a@example.org"}
    mine = {f"GIT_{role}_{key}": v for role in ("AUTHOR", "COMMITTER") for key, v in who.items()}
    return subprocess.run(
        command,
        cwd=folder,
        env={
            **outside,
            **mine,
            "GIT_CONFIG_GLOBAL": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "PATH": os.pathsep.join((str(BIN), os.environ["PATH"])),
            "PRE_COMMIT_HOME": str(home),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def repository(folder: Path, home: Path, texts: dict[str, str]) -> None:
    """A repository with one commit."""
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "first"]):
        done = run(folder, home, "git", *command)
        assert done.returncode == 0, done.stderr


def hooks(path: Path) -> list[dict[str, Any]]:
    """The hooks of a manifest, or of the one repository of a configuration."""
    read: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
    return cast(list[dict[str, Any]], read["repos"][0]["hooks"] if isinstance(read, dict) else read)


def test_the_hooks_stop_what_is_not_formatted_checked_and_tested(tmp_path: Path) -> None:
    home = tmp_path / "home"
    repository(tmp_path / "epol", home, {HOOKS.name: HOOKS.read_text(encoding="utf-8")})
    revision = run(tmp_path / "epol", home, "git", "rev-parse", "HEAD").stdout.strip()
    # What is here is tested, not what the index has: nothing is installed.
    wanted = [{"id": hook["id"], "language": "system"} for hook in hooks(HOOKS)]
    source = {"repo": str(tmp_path / "epol"), "rev": revision, "hooks": wanted}
    mine = tmp_path / "mine"
    config = yaml.safe_dump({"repos": [source]})
    texts = {"desk.epol": POLICY, "limits.epol": MODULE, ".pre-commit-config.yaml": config}
    repository(mine, home, texts)

    passed = run(mine, home, str(BIN / "pre-commit"), "run", "--all-files")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert passed.stdout.count("Passed") == len(wanted) == 3

    # Only the module changes; the policy that imports it no longer does what its test says.
    changed = MODULE.replace("4k", "3k")
    (mine / "limits.epol").write_text(changed.replace("\n", "  \n"), encoding="utf-8")
    run(mine, home, "git", "add", "-A")
    stopped = run(mine, home, str(BIN / "pre-commit"), "run")
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert stopped.stdout.count("Failed") == 3, stopped.stdout
    assert "files were modified by this hook" in stopped.stdout
    assert "a short one" in stopped.stdout
    assert (mine / "limits.epol").read_text(encoding="utf-8") == changed


def test_the_hooks_of_a_new_folder_are_the_same(tmp_path: Path) -> None:
    keys = ("id", "entry", "args", "files", "pass_filenames")

    def kept(path: Path) -> list[dict[str, Any]]:
        return [{key: hook.get(key) for key in keys} for hook in hooks(path)]

    assert kept(TEMPLATE) == kept(HOOKS)
    valid = run(tmp_path, tmp_path, str(BIN / "pre-commit"), "validate-config", str(TEMPLATE))
    assert valid.returncode == 0, valid.stdout


def test_the_page_shows_the_configuration_that_is_written() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert (
        f"```yaml file=.pre-commit-config.yaml\n{TEMPLATE.read_text(encoding='utf-8')}```" in page
    )
