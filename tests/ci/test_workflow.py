"""The workflow that users copy, run step by step in a folder that `epolc new` has made."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import yaml

from tests.compiler.cli.running import epolc
from tests.docs.blocks import ROOT

BIN = Path(sys.executable).parent
WORKFLOW = files("epol.compiler").joinpath("template", "workflow.yml").read_text(encoding="utf-8")


def steps() -> list[str]:
    """What the workflow runs, in order."""
    (job,) = yaml.safe_load(WORKFLOW)["jobs"].values()
    return [step["run"] for step in job["steps"] if "run" in step]


def run(step: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """One step, as a runner does it: by a shell that stops at the first failure.

    Nothing is fetched: pip finds that this version of epol is installed, or fails.
    """
    path = os.pathsep.join((str(BIN), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "PIP_NO_INDEX": "1"}
    shell = ["sh", "-e", "-c", step]
    return subprocess.run(
        shell,
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


def test_every_step_passes_in_a_new_folder(tmp_path: Path) -> None:
    folder = tmp_path / "firm"
    assert epolc("new", "--sector", "law", folder).status == 0
    written = (folder / ".github" / "workflows" / "epol.yml").read_text(encoding="utf-8")
    assert written == WORKFLOW
    install, *commands = steps()
    assert install == "pip install epol"
    assert len(commands) == 3
    # An environment that uv has made has no pip.
    for step in [install, *commands] if (BIN / "pip").exists() else commands:
        done = run(step, folder)
        assert done.returncode == 0, f"{step}\n{done.stdout}{done.stderr}"


def test_a_step_fails_where_a_policy_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "policy.epol").write_text('policy p version "1"\ntarget here { at nowhere }\n')
    check = next(step for step in steps() if step.startswith("epolc check"))
    done = run(check, tmp_path)
    assert done.returncode == 1
    assert done.stdout.startswith("::error file=policy.epol,line=2")


def test_the_page_shows_the_workflow_that_is_written() -> None:
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    assert f"```yaml\n{WORKFLOW}```" in page
