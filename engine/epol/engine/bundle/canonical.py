"""JSON in one form only: keys sorted, no white space, each value written in one way.

The same value is always the same bytes, and bytes that are not those of their value are
refused: no unknown key, no key twice.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from epol.engine.errors import BundleError

T = TypeVar("T")
MAX_JSON_BYTES = 64 * 1024 * 1024


def encode(value: object) -> bytes:
    """A dataclass (with integers, strings, tuples, mappings and null in it) as JSON."""
    return msgspec.json.encode(value, order="sorted")


def decode(data: memoryview, kind: type[T], section: str) -> T:
    """The dataclass that a section's bytes are of.  Raises `BundleError`."""
    if len(data) > MAX_JSON_BYTES:
        raise _bad(section, f"it has more than {MAX_JSON_BYTES:,} bytes")
    try:
        value = msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _bad(section, _where(error)) from None
    except RecursionError:
        raise _bad(section, "it is nested too deep") from None
    # Views are compared element by element, bytes at once.
    if encode(value) != bytes(data):
        raise _bad(section, "it is not canonical JSON of what this version knows")
    return value


def _where(error: Exception) -> str:
    """What is wrong, without what the section says there."""
    return str(error) if isinstance(error, msgspec.ValidationError) else "it is not JSON"


def _bad(section: str, why: str) -> BundleError:
    message = f"the section `{section}` cannot be read: {why}"
    return BundleError(f"{message}; build the bundle with the compiler of this version")


def plain(value: object) -> Any:  # noqa: ANN401 (JSON)
    """A dataclass as the dicts and lists that JSON is made of."""
    return msgspec.to_builtins(value)
