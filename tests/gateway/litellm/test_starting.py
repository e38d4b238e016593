"""A proxy that would run without the policy does not start."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from tests.gateway.litellm.proxy import HOME, config, needs_litellm, start

needs_litellm()


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"EPOL_POLICY": ""}, "EPOL_POLICY is to name the policy"),
        ({"EPOL_POLICY": "there-is-none.epolb"}, "there-is-none.epolb"),
    ],
    ids=["no-policy", "no-file"],
)
def test_without_a_policy_the_proxy_does_not_start(
    tmp_path: Path, environment: dict[str, str], said: str
) -> None:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config(guarded=True)))
    process = start(tmp_path, **environment)
    assert process.wait(timeout=180) != 0
    log = (tmp_path / "log").read_text(errors="replace")
    assert said in log
    assert "Uvicorn running" not in log


@pytest.mark.parametrize(
    "release", ["1.82.7", "1.82.8", "1.107.0", "1.106.1", "1.108.0", "1.106.20rc1"]
)
def test_a_release_that_was_not_tried_is_refused(release: str) -> None:
    program = f"""
from importlib import metadata
metadata.version = lambda name: {release!r}
from epol.gateway.litellm import starting
try:
    starting.guardrail({{"EPOL_POLICY": "x"}})
except starting.SettingsError as error:
    print(error)
"""
    done = subprocess.run(
        [HOME / "bin" / "python", "-c", program],
        capture_output=True,
        text=True,
        timeout=180,
        check=True,
    )
    assert f"litellm {release} was" in done.stdout
