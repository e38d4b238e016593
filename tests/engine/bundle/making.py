"""What the tests of bundles share: small contents, fixed keys, and files made by hand."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import replace

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from epol.engine.bundle.contents import Contents, write_bundle
from epol.engine.bundle.dsse import sign
from epol.engine.bundle.ed25519 import PrivateKey
from epol.engine.bundle.manifest import (
    Attribute,
    Endpoint,
    Generalization,
    LabelEntry,
    Manifest,
    ModelDetector,
    RuleEntry,
    SourceDigest,
    TargetEntry,
)
from epol.engine.bundle.record import Claim, Finding, Record
from epol.engine.bundle.sources import SourceFile, Sources
from epol.engine.bundle.trust import Trust

TEXT = 'policy clinic version "1.2.0"\ntarget ward { at local }\n'
MANIFEST = Manifest(
    name="clinic",
    version="1.2.0",
    digest="sha256:" + "0" * 64,
    compiler="0.1.0",
    language=1,
    sources=(SourceDigest("policy/clinic.epol", hashlib.sha256(TEXT.encode()).hexdigest()),),
    attributes=(
        Attribute("caller.roles", "attr", "set", ("doctor", "nurse"), fallback=("nurse",)),
        Attribute("net.jitter", "signal", "duration", low=0, high=10**9, stale_after=5, cost=7),
        Attribute("net.online", "signal", "bool", fallback=True, stale_value=False),
        Attribute(
            "task.complexity", "signal", "number", low=0, high=10**6, model="m", text="count"
        ),
    ),
    labels=(
        LabelEntry("pii.age", ("pii.age",), "Age", Generalization("round", 10_000_000)),
        LabelEntry("pii", ("pii", "pii.age")),
    ),
    targets=(
        TargetEntry(
            "ward",
            {"at": "local", "context": 8_000, "zones": ("a", "b"), "baa": False},
            {"key": Endpoint("WARD_KEY", from_environment=True)},
            price_in=1,
            price_out=2,
            price_unit=10**6,
        ),
    ),
    models=(ModelDetector("names", "pii.name", "names-v1", 900),),
    rules=(RuleEntry("stays", ("request", "response"), "“no” cloud"), RuleEntry("x", ("request",))),
)
RECORD = Record(
    findings=(Finding("some-note", "note", "look", "policy/clinic.epol", 2, 8),),
    claims=(Claim("never_raw", "proved"),),
    tests=2,
    tests_passed=2,
    translation="the same for every request",
    solver="z3 4.15.0",
)
CONTENTS = Contents(
    MANIFEST,
    Sources("policy/clinic.epol", (SourceFile("policy/clinic.epol", TEXT),)),
    RECORD,
    program=bytes(range(100)),
    text=b"what to look for",
    databases={"5.4.11-x86_64-avx2": b"\x00\x01native", "5.4.11-arm64": b""},
)


def key(number: int) -> PrivateKey:
    """One of the keys of the tests; nobody else should use it."""
    return PrivateKey(Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))


def trusting(*numbers: int, revoked: tuple[int, ...] = (), threshold: int = 1) -> Trust:
    """A trust in some of those keys."""
    publics = [key(number).public for number in numbers]
    gone = {key(number).public.id: "lost" for number in revoked}
    return Trust({each.id: each for each in publics}, gone, threshold)


def bundle(*signers: int, contents: Contents = CONTENTS) -> bytes:
    """A bundle that some of those keys have signed."""
    data = write_bundle(contents)
    for number in signers:
        data = sign(data, key(number))
    return data


SMALL = replace(CONTENTS, manifest=Manifest("p", None, "sha256:0", "0", 1), record=Record())


# --- by hand: what no writer of ours makes, with digests that are right ---------------------

HEADER = struct.Struct("<8sIIQQ")
ENTRY = struct.Struct("<80sQQ32s")
MAGIC = b"\x89EPB\r\n\x1a\n"
NO_SIGNATURES = struct.pack("<Q", 0)


def sealed(block: bytes) -> bytes:
    """Bytes and their digest behind them."""
    return block + hashlib.sha256(block).digest()


def entry(name: bytes, offset: int, content: bytes, length: int | None = None) -> bytes:
    """A line of the table."""
    size = len(content) if length is None else length
    return ENTRY.pack(name, offset, size, hashlib.sha256(content).digest())


def file_of(
    entries: list[bytes],
    payload: bytes,
    *,
    count: int | None = None,
    body: int | None = None,
    version: int = 1,
    reserved: int = 0,
    end: bytes = sealed(NO_SIGNATURES),
) -> bytes:
    """A file of lines of the table and what stands behind it."""
    table = b"".join(entries)
    size = HEADER.size + len(table) + 32 + len(payload) if body is None else body
    number = len(entries) if count is None else count
    head = HEADER.pack(MAGIC, version, number, size, reserved) + table
    return sealed(head) + payload + end
