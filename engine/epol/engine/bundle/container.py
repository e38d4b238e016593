"""The bytes of a bundle file: header, table, sections, signatures.  docs/bundles.md draws them.

Nothing here knows what a section means.  Every byte of a file is covered by a check: the
header and the table by a digest, each section by its own, what lies between them is zero, and
the signatures have a digest too.  So a damaged file is told from a whole one before anything
in it is read, and a signature of header and table is one of everything.
"""

from __future__ import annotations

import hashlib
import re
import struct
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

from epol.engine.errors import BundleError

FORMAT = 1
"""The version of the format that is written."""
MAX_BYTES = 256 * 1024 * 1024
"""Of a whole file.  A bundle of all standard modules has about 2 MB of sources and program, and
pattern databases of a few MB for each kind of machine."""
MAX_SECTIONS = 64
MAX_SIGNATURES = 16
ALIGNMENT = 64
"""Sections begin at multiples of it: of a cache line, and of any type an array can have."""

MAGIC = b"\x89EPB\r\n\x1a\n"
"""As PNG's: what alters line ends or clears the eighth bit alters it."""
_HEADER = struct.Struct("<8sIIQQ")
_ENTRY = struct.Struct("<80sQQ32s")
_DIGEST = 32
_COUNT = struct.Struct("<Q")
_MUCH = 4 * 1024 * 1024
"""Bytes, whose digest takes milliseconds."""
_SIGNATURE = struct.Struct("<32s64s")
_NAME = re.compile(rb"[a-z0-9][a-z0-9._+-]*(/[a-z0-9][a-z0-9._+-]*)*\Z")
_AGAIN = "copy it again from where it was built, or build it again"

Buffer = bytes | memoryview


@dataclass(frozen=True)
class Signature:
    """One signature: whose, and its 64 bytes."""

    key_id: bytes
    value: bytes


@dataclass(frozen=True)
class Frame:
    """A file whose lengths fit and whose header, table and signatures are undamaged.

    `head` is the header and the table: what is signed.
    """

    view: memoryview
    format: int
    head: bytes
    body: int
    signatures: tuple[Signature, ...]

    @property
    def digest(self) -> str:
        """What the bundle is called: SHA-256 over `head`, and so over all but the signatures."""
        return "sha256:" + hashlib.sha256(self.head).hexdigest()


# --- writing ---------------------------------------------------------------------------------


def pack(sections: Mapping[str, Buffer], format: int = FORMAT) -> bytes:
    """A file without signatures.  Raises `BundleError` for what no reader would take."""
    if format != FORMAT:
        raise BundleError(f"format {format} is not written by this version, only {FORMAT}")
    if not 1 <= len(sections) <= MAX_SECTIONS:
        raise BundleError(f"a bundle has 1 to {MAX_SECTIONS} sections, not {len(sections)}")
    offset = _HEADER.size + _ENTRY.size * len(sections) + _DIGEST
    entries: list[bytes] = []
    parts: list[Buffer] = []
    for name, content in sorted(sections.items()):
        if len(name) > 80 or not _NAME.match(name.encode()):
            raise BundleError(f"`{name}` cannot be the name of a section")
        digest = hashlib.sha256(content).digest()
        entries.append(_ENTRY.pack(name.encode(), offset, len(content), digest))
        padding = -len(content) % ALIGNMENT
        parts += [content, bytes(padding)]
        offset += len(content) + padding
    head = _HEADER.pack(MAGIC, format, len(sections), offset, 0) + b"".join(entries)
    data = b"".join([head, hashlib.sha256(head).digest(), *parts, _block(())])
    if len(data) > MAX_BYTES - _SIGNATURE.size * MAX_SIGNATURES:
        raise BundleError(f"the bundle would have {len(data):,} bytes; {MAX_BYTES:,} is the most")
    return data


def with_signature(data: bytes, signature: Signature) -> bytes:
    """The file with one signature more; one of the same key is replaced."""
    frame = open_frame(data)
    kept = {each.key_id: each for each in (*frame.signatures, signature)}
    if len(kept) > MAX_SIGNATURES:
        raise BundleError(f"a bundle has at most {MAX_SIGNATURES} signatures; build it again")
    ordered = tuple(kept[key] for key in sorted(kept))
    return bytes(frame.view[: frame.body]) + _block(ordered)


def _block(signatures: tuple[Signature, ...]) -> bytes:
    packed = b"".join(_SIGNATURE.pack(each.key_id, each.value) for each in signatures)
    block = _COUNT.pack(len(signatures)) + packed
    return block + hashlib.sha256(block).digest()


# --- reading ---------------------------------------------------------------------------------


def open_frame(data: Buffer) -> Frame:
    """Check magic, format, lengths, header, table and signatures.  Raises `BundleError`."""
    view = memoryview(data).cast("B").toreadonly()
    if len(view) > MAX_BYTES:
        raise BundleError(f"the bundle has {len(view):,} bytes; {MAX_BYTES:,} is the most")
    if len(view) < _HEADER.size or bytes(view[: len(MAGIC)]) != MAGIC:
        raise BundleError(
            "this is not a bundle: it does not begin as one; `epolc build` makes them"
        )
    _, number, *_ = _HEADER.unpack_from(view)
    reader = READERS.get(number)
    if reader is None:
        known = " and ".join(map(str, sorted(READERS)))
        raise BundleError(
            f"the bundle is of format {number}, and this version reads {known}; "
            "build it with the compiler of this version"
        )
    return reader(view)


def _open_1(view: memoryview) -> Frame:
    _, number, count, body, reserved = _HEADER.unpack_from(view)
    if not 1 <= count <= MAX_SECTIONS or reserved:
        raise _damaged("its header (bytes 0 to 31)")
    head = _HEADER.size + _ENTRY.size * count
    if not head + _DIGEST <= body <= len(view):
        raise BundleError(
            f"the bundle is cut short or its header is damaged: it has {len(view):,} bytes, "
            f"and its header speaks of {body:,} and signatures; {_AGAIN}"
        )
    if hashlib.sha256(view[:head]).digest() != bytes(view[head : head + _DIGEST]):
        raise _damaged(f"its header or its table of sections (bytes 0 to {head + _DIGEST - 1})")
    return Frame(view, number, bytes(view[:head]), body, _signatures(view[body:], body))


READERS: Mapping[int, Callable[[memoryview], Frame]] = {1: _open_1}
"""How a file of each format that this version reads is opened: the one that it writes, and the
one before (there is none before 1)."""


def _signatures(block: memoryview, at: int) -> tuple[Signature, ...]:
    count = _COUNT.unpack_from(block)[0] if len(block) >= _COUNT.size else 0
    size = _COUNT.size + _SIGNATURE.size * count
    if count > MAX_SIGNATURES or len(block) != size + _DIGEST:
        raise BundleError(
            f"the bundle's signatures (from byte {at:,}) are damaged or cut short, or something "
            f"follows them; {_AGAIN}"
        )
    if hashlib.sha256(block[:size]).digest() != bytes(block[size:]):
        raise _damaged(f"its signatures (from byte {at:,})")
    found = [Signature(*each) for each in _SIGNATURE.iter_unpack(block[_COUNT.size : size])]
    if any(a.key_id >= b.key_id for a, b in pairwise(found)):
        raise BundleError("the bundle's signatures are not in order, or one key's is there twice")
    return tuple(found)


def sections_of(frame: Frame) -> dict[str, memoryview]:
    """The sections by name, each as its digest says.  Raises `BundleError`."""
    found: dict[str, memoryview] = {}
    expected: list[tuple[int, bytes]] = []
    end, before = len(frame.head) + _DIGEST, b""
    for packed, offset, length, digest in _ENTRY.iter_unpack(frame.head[_HEADER.size :]):
        raw = packed.rstrip(b"\0")
        if not _NAME.match(raw) or raw <= before:
            raise BundleError(
                "the bundle's table is not in order: a section's name is no name, stands twice or "
                f"out of order; {_AGAIN}"
            )
        name, before = raw.decode(), raw
        if offset != end or length > frame.body - offset:
            raise BundleError(
                f"the section `{name}` does not lie where the bundle's table must put it, or is "
                f"longer than the file; {_AGAIN}"
            )
        end = offset + length + -length % ALIGNMENT
        _check_zero(frame.view[offset + length : end], name)
        found[name] = frame.view[offset : offset + length]
        expected.append((offset, digest))
    if end != frame.body:
        raise BundleError(f"something lies behind the bundle's last section; {_AGAIN}")
    digests = _digests(list(found.values()))
    for (name, content), digest, (at, right) in zip(found.items(), digests, expected, strict=True):
        if digest != right:
            raise _damaged(f"the section `{name}` ({len(content):,} bytes from byte {at:,})")
    return found


def _digests(contents: list[memoryview]) -> list[bytes]:
    """The SHA-256 of each; two threads share the work where it is much."""
    if sum(map(len, contents)) < _MUCH:
        return list(map(_digest, contents))
    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(_digest, contents))


def _digest(content: memoryview) -> bytes:
    return hashlib.sha256(content).digest()


def _check_zero(padding: memoryview, name: str) -> None:
    if any(padding):
        raise _damaged(f"the bytes behind the section `{name}`")


def _damaged(where: str) -> BundleError:
    return BundleError(f"the bundle is damaged in {where}; {_AGAIN}")
