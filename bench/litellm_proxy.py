"""LiteLLM's proxy for `bench/gateway.py`: as it is, with its content filter, and with epol in it.

It runs in `.venv-litellm`, which `tools/environment litellm` makes.  Its content filter is the
guardrail `litellm_content_filter` with all prebuilt patterns, which mask what they find.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

HOME = Path(__file__).resolve().parent.parent / ".venv-litellm"
KEY = "sk-the-key-of-the-bench"
MODEL = "any"
PLAIN, FILTERED, GUARDED = "litellm", "litellm, content filter", "litellm, epol"
_PATTERNS = "proxy/guardrails/guardrail_hooks/litellm_content_filter/patterns.json"
_LISTENS = re.compile(r"Uvicorn running on http://127\.0\.0\.1:(\d+)")
_PATIENCE = 300.0


def is_there() -> bool:
    """Whether its environment has been made."""
    return (HOME / "made-for").is_file()


def version() -> str:
    """The release that is installed."""
    [found] = HOME.glob("lib/python*/site-packages/litellm-*.dist-info")
    return found.name.removeprefix("litellm-").removesuffix(".dist-info")


def start(name: str, folder: Path, url: str, policy: Path) -> tuple[subprocess.Popen[bytes], int]:
    """One of the three proxies, before a target at a URL, and the port that it listens on."""
    # It puts the folder above its own on Python's path.
    home = folder / name.replace(", ", "-") / "a" / "b"
    home.mkdir(parents=True)
    # JSON is YAML.
    (home / "config.yaml").write_text(json.dumps(_config(name, url)), encoding="utf-8")
    log = home / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [HOME / "bin" / "litellm", *"--config config.yaml --host 127.0.0.1 --port 0".split()],
            cwd=home,
            env={
                **os.environ,
                "EPOL_POLICY": str(policy),
                "EPOL_LOG_LEVEL": "WARNING",
                "LITELLM_LOCAL_MODEL_COST_MAP": "True",
            },
            stdout=output,
            stderr=output,
        )
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        if found := _LISTENS.search(log.read_text(encoding="utf-8", errors="replace")):
            return process, int(found[1])
        time.sleep(0.1)
    process.kill()
    raise SystemExit(f"{name} does not start:\n{log.read_text(encoding='utf-8', errors='replace')}")


def _config(name: str, url: str) -> Mapping[str, object]:
    deployment = {
        "model_name": MODEL,
        "litellm_params": {"model": "openai/large", "api_base": url, "api_key": "none"},
        "model_info": {"id": "azure-1", "epol_target": "azure"},
    }
    settings: dict[str, Any] = {"telemetry": False}
    if name == GUARDED:
        settings["callbacks"] = ["epol.gateway.litellm.guardrail"]
    made: dict[str, object] = {
        "model_list": [deployment],
        "litellm_settings": settings,
        "general_settings": {"master_key": KEY},
    }
    if name == FILTERED:
        made["guardrails"] = [_content_filter()]
    return made


def _content_filter() -> Mapping[str, object]:
    [patterns] = HOME.glob(f"lib/python*/site-packages/litellm/{_PATTERNS}")
    names = [each["name"] for each in json.loads(patterns.read_text("utf-8"))["patterns"]]
    return {
        "guardrail_name": "filter",
        "litellm_params": {
            "guardrail": "litellm_content_filter",
            "mode": "pre_call",
            "default_on": True,
            "patterns": [
                {"pattern_type": "prebuilt", "pattern_name": each, "action": "MASK"}
                for each in names
            ],
        },
    }
