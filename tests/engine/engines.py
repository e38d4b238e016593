"""What the tests of the engine share: bundles of real policies, compiled once."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from epol.compiler.embedding import compile_bundle
from epol.engine import Decision, Engine, Request
from epol.engine.bundle.dsse import sign
from epol.engine.signals.model import SignalModel
from tests.engine.bundle.making import key

BODY = """
attr request.tokens : int in 0 .. 100k default 0
attr caller.tenant  : string
attr caller.roles   : set { clinician, admin }
signal net.jitter : duration in 0s .. 60s stale after 5s = 10s
signal net.online : bool stale after 2s = false
signal site.load  : ratio
signal m.hard : ratio from model "hard" cost 2ms
signal text.local_only : bool from match words "on-prem only"
label phi.mrn
detector mrn -> phi.mrn { match /MRN [0-9]{8}/ }
target ward { at local }
target site { at premises }
target azure { at cloud }
rule nameless { when target.at == cloud  tokenize phi }
rule bulk { when count phi.mrn > 5  block  because "bulk export" }
rule rough { when net.jitter > 80ms and target.at == cloud  deny }
rule offline { when not net.online and target.at != local  avoid 5 }
rule on_prem { when text.local_only and target.at == cloud  deny  because "asked for" }
rule hard { when m.hard >= 0.7 and target.at == cloud  prefer 60 }
rule loaded { when site.load > 0.9 and target.at == premises  deny }
rule trial { when caller.tenant == "trial"  cap max_output_tokens 100  tag "trial" }
rule big { when request.tokens > 90k  hold }
"""
GOOD: Mapping[str, object] = {"net.jitter": "4ms", "net.online": True, "site.load": 0.1}
"""Readings under which nothing but the request decides."""
KNOWN: Mapping[str, object] = {**GOOD, "caller.tenant": "x"}
"""A request's attributes, nothing unknown that matters."""


def source(name: str = "clinic", version: str | None = "1.2.0", more: str = "") -> str:
    """The source of the policy of these tests."""
    said = "" if version is None else f' version "{version}"'
    return f"policy {name}{said}\n{BODY}{more}"


@cache
def bundle_of(text: str) -> bytes:
    """The bundle of a policy."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "policy.epol"
        path.write_text(text, encoding="utf-8")
        return compile_bundle(path)


def bundle(name: str = "clinic", version: str | None = "1.2.0", more: str = "") -> bytes:
    """A bundle of the policy of these tests."""
    return bundle_of(source(name, version, more))


def signed(data: bytes, *keys: int) -> bytes:
    """The bundle with signatures by some keys of the tests."""
    for number in keys:
        data = sign(data, key(number))
    return data


def public_key(folder: Path, number: int) -> Path:
    """The file of a public key of the tests."""
    path = folder / f"{number}.pub"
    path.write_bytes(key(number).public.pem)
    return path


def decided(engine: Engine, text: str = "", **attributes: object) -> Decision:
    """A decision under good readings; `a__b=…` is the attribute a.b."""
    named = {name.replace("__", "."): value for name, value in attributes.items()}
    spoken = [("user", text)] if text else []
    return engine.decide(Request({**GOOD, **named}, spoken))


def answering(value: object) -> SignalModel:
    """A model that says the same of every request."""

    def model(request: Request) -> object:
        return value

    return model


def python(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python of its own that runs some code; it may not take longer than two minutes."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={**os.environ, **environment},
    )
