"""A proxy that would run without the policy does not start."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.gateway.litellm.proxy import config, needs_litellm, start

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
    assert process.wait(timeout=600) != 0
    log = (tmp_path / "log").read_text(errors="replace")
    assert said in log
    assert "Uvicorn running" not in log
