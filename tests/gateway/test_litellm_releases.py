"""Which release of LiteLLM is let in, and that the lock names no other."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from epol.gateway.litellm.releases import COMPROMISED, check_release
from epol.gateway.settings import SettingsError

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("release", ["1.106.2", "1.106.3", "1.106.20"])
def test_releases_that_were_tried_are_let_in(release: str) -> None:
    check_release(release)


@pytest.mark.parametrize(
    "release", [*COMPROMISED, "1.106.1", "1.106", "1.106.2rc1", "1.105.9", "1.108.0", "2.0.0", ""]
)
def test_all_others_are_refused(release: str) -> None:
    with pytest.raises(SettingsError, match=f"litellm {re.escape(release)} was"):
        check_release(release)


def test_the_extra_asks_for_no_other() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["optional-dependencies"]["litellm"] == ["litellm[proxy]>=1.106.2,<1.107"]


def test_the_lock_names_one_release_by_its_hashes() -> None:
    lock = (ROOT / "tools" / "litellm.txt").read_text()
    assert re.findall(r"^litellm==(\S+)", lock, re.MULTILINE) == ["1.106.2"]
    entries = re.split(r"^(?=\S)", lock, flags=re.MULTILINE)
    names = [each for each in entries if each and not each.startswith("#")]
    assert all("--hash=sha256:" in each and "==" in each for each in names)


def test_the_installer_takes_nothing_that_the_lock_does_not_name() -> None:
    script = (ROOT / "tools" / "environment").read_text()
    assert "--require-hashes --no-deps --only-binary :all:" in script
    made = re.findall(r"^ +-r tools/litellm.txt", script, re.MULTILINE)
    assert made
