"""What the tests of the log share: logs of real decisions, and what verifying says of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from epol.engine import DecisionLog, Engine, Request
from epol.engine.bundle.log_report import Report
from epol.engine.log.chain import Head
from epol.engine.log.keys import LogKeys
from epol.engine.log.reader import files_of
from epol.engine.log.verify import Verification
from tests.engine.engines import GOOD, bundle

KEY = b"a key for the tests of the log, long enough"
OTHER_KEY = b"another key of the tests, and long enough too"
CANARY = "Quetzalcoatl"
REQUESTS = (
    Request(GOOD),
    Request({**GOOD, "caller.tenant": "trial"}, [("user", "MRN 00482913")]),
    Request({**GOOD, "caller.tenant": CANARY, "request.tokens": 95_000}, [("tool", CANARY)]),
    Request(GOOD, labels={"phi.mrn": {"user": 3, "tool": 4}}),
)


def write(
    folder: Path,
    requests: Iterable[Request] = REQUESTS,
    *,
    key: bytes = KEY,
    policy: bytes | None = None,
    **settings: Any,  # noqa: ANN401 (those of the log)
) -> Path:
    """Log some decisions in one session."""
    with DecisionLog(folder, key=key, fsync="never", **settings) as log:
        engine = Engine.load(bundle() if policy is None else policy, log=log)
        for request in requests:
            engine.decide(request)
    return folder


def verify(*paths: Path, keys: Iterable[bytes] = (KEY,), head: str = "", **said: bool) -> Report:
    """What verifying says of files or folders."""
    known = None
    if head:
        seq, _, mac = head.partition(":")
        known = Head(int(seq), bytes.fromhex(mac))
    wanted = [LogKeys(key) for key in keys]
    verification = Verification(files_of(paths), wanted, head=known, **said)
    for _ in verification.lines():
        pass
    return verification.report


def found(report: Report) -> list[str]:
    """The names of what was found."""
    return [finding.name for finding in report.findings]


def records(folder: Path, kind: str = "decision") -> list[dict[str, Any]]:
    """The lines of a kind."""
    texts = [path.read_text(encoding="utf-8") for path in files_of([folder])]
    lines = [json.loads(line) for text in texts for line in text.split("\n")[:-1]]
    return [line for line in lines if line["kind"] == kind]
