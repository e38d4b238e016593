"""Witnesses as files of tests that can be kept: what `epolc check --write-tests` writes.

Each is a `cases.yaml` in a folder of its own, which names its policy and has the witness as
`test` blocks.  A file is written over only if nobody has changed it since it was written, which
the digest in its first line tells.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from epol.compiler.examine import Examination
from epol.lang.diagnostics import Diagnostic

FILE = "cases.yaml"
_FIRST = re.compile(r"# written by `epolc check --write-tests`, ([0-9a-f]{16})\n")
_MOST_CHARACTERS = 80


@dataclass(frozen=True)
class Kept:
    """A file for one witness: where, and its text."""

    path: Path
    text: str


def kept(examinations: Iterable[Examination], folder: Path) -> Iterator[Kept]:
    """The files for the witnesses of policies below a folder; the same names on every run."""
    taken: dict[str, int] = {}
    for examination in examinations:
        policy = Path(examination.path)
        for diagnostic in examination.diagnostics:
            if diagnostic.witness is not None:
                name = _name(policy, diagnostic)
                taken[name] = taken.get(name, 0) + 1
                own = folder / (name if taken[name] == 1 else f"{name}-{taken[name]}")
                yield Kept(own / FILE, _text(os.path.relpath(policy, own), diagnostic.witness))


def _name(policy: Path, diagnostic: Diagnostic) -> str:
    """Which finding of what: `hospital.claim-refuted.no_raw_phi`."""
    subject = re.sub(r"[^a-z0-9_.-]+", "-", diagnostic.span.text.lower()).strip("-.")
    stem = re.sub(r"[^A-Za-z0-9_.-]+", "-", policy.stem)
    return f"{stem}.{diagnostic.name}.{subject}"[:_MOST_CHARACTERS].rstrip("-.")


def _text(policy: str, witness: str) -> str:
    blocks = "".join(f"  {line}\n" if line else "\n" for line in witness.splitlines())
    body = f"policy: {json.dumps(Path(policy).as_posix())}\ntests: |\n{blocks}"
    return f"# written by `epolc check --write-tests`, {_digest(body)}\n{body}"


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8")).hexdigest()[:16]


def is_ours(text: str) -> bool:
    """Whether a file is as it was written, so that it may be written anew."""
    first = _FIRST.match(text)
    return first is not None and first.group(1) == _digest(text[first.end() :])
